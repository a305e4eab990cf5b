import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { useMay } from "../api/session";
import { Findings } from "./Findings";
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
            <Findings findings={check.data} />
          </Stack>
        )}
      </div>
    </Paper>
  );
}
