import { Anchor, Button, Code, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { useMay } from "../../api/session";
import { BASE } from "../../app/page";
import { ProblemNote } from "../../components/ProblemNote";
import { applications } from "../../texts/applications";
import { rememberConsent } from "./asked";

const words = applications.consent;

/** OAuth 2.0 with a person: the question, and the answer that the browser brought back. */
export function ConsentPanel({ name, unsaved }: { name: string; unsaved: boolean }) {
  const may = useMay("set_secrets");
  const queries = useQueryClient();
  const [pasted, setPasted] = useState("");
  const params = { path: { connection: name } };
  const begin = useMutation({
    mutationFn: () => data(api.POST("/api/v1/connections/{connection}/consent", { params })),
    onSuccess: ({ address, visit }) => rememberConsent(address, { connection: name, visit }),
  });
  const finish = useMutation({
    mutationFn: (visit: string) => api.POST("/api/v1/connections/{connection}/consent/answer", { params, body: { address: pasted, visit } }),
    onSuccess: () => {
      setPasted("");
      begin.reset();
      return queries.invalidateQueries({ queryKey: ["connections"] });
    },
  });
  if (!may) return null;
  const here = begin.data?.callback === `${location.origin}${BASE}/consent`;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.title}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2} size="h4">
              {words.title}
            </Title>
            <Text size="sm" c="dimmed">
              {unsaved ? words.unsaved : words.lead}
            </Text>
          </div>
          <Button variant="default" disabled={unsaved} loading={begin.isPending} onClick={() => begin.mutate()} style={{ flex: "none" }}>
            {begin.data === undefined ? words.begin : words.again}
          </Button>
        </Group>
        {begin.error !== null && <ProblemNote error={begin.error} />}
        {finish.isSuccess && begin.data === undefined && (
          <Text role="status" fw={600}>
            {words.done}
          </Text>
        )}
        {begin.data !== undefined && (
          <>
            <Text size="sm">
              {words.callback}: <Code className="mono">{begin.data.callback}</Code>
            </Text>
            <Anchor href={begin.data.address} {...(here ? {} : { target: "_blank" })} rel="noreferrer noopener" underline="always">
              {words.open}
            </Anchor>
            {!here && <form
              onSubmit={(event) => {
                event.preventDefault();
                if (begin.data !== undefined && pasted !== "") finish.mutate(begin.data.visit);
              }}
            >
              <Group align="flex-end">
                <TextInput label={words.pasted} value={pasted} onChange={(event) => setPasted(event.currentTarget.value)} autoComplete="off" flex={1} miw={240} classNames={{ input: "mono" }} />
                <Button type="submit" loading={finish.isPending} disabled={pasted === ""}>
                  {words.finish}
                </Button>
              </Group>
            </form>}
          </>
        )}
        {finish.error !== null && <ProblemNote error={finish.error} />}
      </Stack>
    </Paper>
  );
}
