import { Button, Group, List, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../api/client";
import type { KeepstepPortsFinding as Finding } from "../api/schema";
import { useMay } from "../api/session";
import { ProblemNote } from "./ProblemNote";
import { applications } from "../texts/applications";

const words = applications.check;

/** Asks the system whether it can be reached, whether the credentials are good, and which right is missing. */
export function CheckPanel({ name, enabled, unsaved }: { name: string; enabled: boolean; unsaved: boolean }) {
  const queries = useQueryClient();
  const mayTest = useMay("test_connections");
  const check = useMutation({
    mutationFn: () => data(api.POST("/api/v1/connections/{connection}/check", { params: { path: { connection: name }, query: {} } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["connections"] }),
  });
  const missing = check.data?.filter((one) => !one.good).length ?? 0;
  const why = enabled ? (unsaved ? words.unsaved : words.lead) : words.off;
  return (
    <Paper withBorder p="md" component="section" aria-label={words.title}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h4">
            {words.title}
          </Title>
          <Text size="sm" c="dimmed">
            {why}
          </Text>
        </div>
        {mayTest && (
          <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} onClick={() => check.mutate()} loading={check.isPending} disabled={!enabled}>
            {words.go}
          </Button>
        )}
      </Group>
      <div aria-live="polite">
        {check.error !== null && (
          <Stack mt="md">
            <ProblemNote error={check.error} retry={() => check.mutate()} />
          </Stack>
        )}
        {check.data !== undefined && !check.isPending && (
          <Stack mt="md" gap="sm">
            <Text fw={600}>{missing > 0 ? words.missing(missing) : words.good}</Text>
            <List spacing="xs" listStyleType="none" pl={0}>
              {check.data.map((one) => (
                <Found key={`${one.subject} ${one.detail}`} one={one} />
              ))}
            </List>
          </Stack>
        )}
      </div>
    </Paper>
  );
}

function Found({ one }: { one: Finding }) {
  return (
    <List.Item
      icon={
        <ThemeIcon size={22} radius="xl" variant="light" color={one.good ? "green" : "orange"}>
          {one.good ? <IconCheck size={14} aria-label={words.isGood} /> : <IconAlertTriangle size={14} aria-label={words.isMissing} />}
        </ThemeIcon>
      }
    >
      <Text size="sm">
        <b>{one.subject}</b> — {one.detail}
      </Text>
      {!one.good && one.hint !== "" && (
        <Text size="sm" c="dimmed">
          {one.hint}
        </Text>
      )}
    </List.Item>
  );
}
