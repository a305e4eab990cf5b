import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { IconPhoto, IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { ProblemNote } from "../../components/ProblemNote";
import { applications } from "../../texts/applications";
import { KindIcon } from "./KindIcon";
import { connectionsQuery } from "./queries";
import { Section } from "./sections";

const words = applications.uploads;
// the file itself: the generated type of a body of bytes is a text
const bytes = (file: File) => ({ body: "", bodySerializer: () => file, headers: { "Content-Type": "application/octet-stream" } });

/** The logo of an application: a picture that is drawn anew, and shown wherever the application is named. */
export function LogoPart({ name, kind }: { name: string; kind: string }) {
  const queries = useQueryClient();
  const logo = useQuery(connectionsQuery).data?.find((one) => one.name === name)?.logo ?? "";
  const settled = { onSuccess: () => queries.invalidateQueries({ queryKey: connectionsQuery.queryKey, exact: true }) };
  const path = { connection: name };
  const giving = useMutation({ mutationFn: (file: File) => data(api.PUT("/api/v1/connections/{connection}/logo", { params: { path }, ...bytes(file) })), ...settled });
  const removing = useMutation({ mutationFn: () => data(api.DELETE("/api/v1/connections/{connection}/logo", { params: { path } })), ...settled });
  return (
    <Section title={words.logo}>
      <Group>
        <KindIcon kind={kind} name={name} logo={logo} size={28} />
        <FileButton accept="image/png,image/jpeg,image/gif,image/webp" onChange={(file) => file !== null && giving.mutate(file)}>
          {(props) => (
            <Button variant="default" leftSection={<IconPhoto size={16} aria-hidden />} loading={giving.isPending} {...props}>
              {logo === "" ? words.give : words.replace}
            </Button>
          )}
        </FileButton>
        {logo !== "" && (
          <Button variant="subtle" color="red" loading={removing.isPending} onClick={() => removing.mutate()}>
            {words.takeAway}
          </Button>
        )}
        <Text size="sm" c="dimmed">
          {words.logoHint}
        </Text>
      </Group>
      <ProblemNote error={giving.error ?? removing.error} />
    </Section>
  );
}

/** The file that a connection reads, replaced by another of its kind once that was looked through. */
export function FilePart({ name, kind }: { name: string; kind: string }) {
  const replacing = useMutation({
    mutationFn: (file: File) => data(api.PUT("/api/v1/connections/{connection}/file", { params: { path: { connection: name } }, ...bytes(file) })),
  });
  return (
    <Section title={words.file}>
      <Stack gap="xs">
        <Group>
          <FileButton accept={kind === "ldif" ? ".ldif,.ldf" : ".csv,.tsv,.txt,.xlsx"} onChange={(file) => file !== null && replacing.mutate(file)}>
            {(props) => (
              <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} loading={replacing.isPending} {...props}>
                {words.replaceFile}
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed">
            {words.fileHint}
          </Text>
        </Group>
        {replacing.data !== undefined && (
          <Text size="sm" role="status">
            {words.replaced(replacing.data.file, replacing.data.count)}
          </Text>
        )}
        <ProblemNote error={replacing.error} />
      </Stack>
    </Section>
  );
}
