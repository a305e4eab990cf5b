import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { useMe } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { settings } from "../../texts/settings";
import { PasswordCard } from "./PasswordCard";
import { RightsTable } from "./RightsTable";
import { SecondFactorCard } from "./SecondFactorCard";

const words = settings.account;

/** What is about whoever is signed in. */
export function AccountTab() {
  const me = useMe();
  if (me === null) return null;
  return (
    <Stack gap="lg">
      {me.operator.kind === "person" && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <PasswordCard />
          <SecondFactorCard has={me.operator.second_factor} />
        </SimpleGrid>
      )}
      <Card withBorder>
        <Title order={2} size="h4" mb="sm">
          {words.sessions}
        </Title>
        <Sessions name={me.operator.name} current={me.session} />
      </Card>
      <Card withBorder>
        <Title order={2} size="h4" mb="sm">
          {words.rights}
        </Title>
        <RightsTable rights={me.rights} />
      </Card>
    </Stack>
  );
}

function Sessions({ name, current }: { name: string; current: string | null }) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["sessions", name],
    queryFn: () => data(api.GET("/api/v1/operators/{name}/sessions", { params: { path: { name } } })),
  });
  const ending = useMutation({
    mutationFn: (session: string) => data(api.DELETE("/api/v1/operators/{name}/sessions", { params: { path: { name }, query: { session } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["sessions", name] }),
  });
  return (
    <Loaded query={query}>
      {(rows) => (
        <>
          <ProblemNote error={ending.error} />
          <RowTable
            label={words.sessions}
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              {
                key: "origin",
                title: words.origin,
                cell: (row) => (
                  <Group gap="xs">
                    {row.origin}
                    {row.id === current && (
                      <Text span size="xs" c="dimmed">
                        ({words.current})
                      </Text>
                    )}
                  </Group>
                ),
              },
              { key: "agent", title: words.agent, cell: (row) => <Text size="xs">{row.agent}</Text>, wide: true },
              { key: "created", title: words.since, cell: (row) => <Moment at={row.created} />, wide: true },
              { key: "seen", title: words.seen, cell: (row) => <Moment at={row.seen} /> },
              {
                key: "end",
                title: "",
                align: "right",
                cell: (row) =>
                  row.id === current ? null : (
                    <Button size="compact-sm" variant="default" onClick={() => ending.mutate(row.id)} loading={ending.isPending}>
                      {words.end}
                    </Button>
                  ),
              },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}
