import { Anchor, Button, Card, Stack, Switch, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import type { AutomationListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { AutomationStanding } from "../../components/AutomationStanding";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { NameDialog } from "../../components/NameDialog";
import { Empty, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { type Column, RowTable } from "../../components/RowTable";
import { automations as words } from "../../texts/automations";

/** What starts by itself: when next, and what came of it last. */
export function AutomationsPage() {
  const may = useMay("change_configuration");
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: ["automations"], queryFn: () => data(api.GET("/api/v1/automations")), refetchInterval: 15_000 });
  const switching = useMutation({
    mutationFn: ({ name, enabled }: { name: string; enabled: boolean }) =>
      data(api.PUT("/api/v1/automations/{automation}/enabled", { params: { path: { automation: name } }, body: { enabled } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["automations"] }),
  });
  const add = may && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  const columns: Column<AutomationListed>[] = [
    { key: "name", title: words.name, cell: (row) => <Name row={row} /> },
    { key: "starts", title: words.starts, cell: (row) => row.starts, wide: true },
    { key: "when", title: words.when, cell: (row) => <Text size="sm">{row.trigger}</Text>, wide: true },
    { key: "next", title: words.next, cell: (row) => <Next row={row} /> },
    { key: "last", title: words.last, cell: (row) => (row.last === null ? words.never : <AutomationStanding state={row.last.state} />) },
    {
      key: "on",
      title: words.on,
      align: "right",
      cell: (row) => (
        <Switch
          aria-label={words.switch(row.name)}
          checked={row.enabled}
          disabled={!may || switching.isPending}
          onChange={(event) => switching.mutate({ name: row.name, enabled: event.currentTarget.checked })}
        />
      ),
    },
  ];
  return (
    <Page title={words.title} lead={words.lead} help="automations" actions={add}>
      {switching.error !== null && <ProblemNote error={switching.error} />}
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={words.title}
            rows={rows}
            rowKey={(row) => row.name}
            columns={columns}
            empty={
              <Card withBorder>
                <Empty title={words.empty} action={add}>
                  {words.emptyText}
                </Empty>
              </Card>
            }
          />
        )}
      </Loaded>
      {adding && (
        <NameDialog
          title={words.add}
          label={words.name}
          hint={words.nameHint}
          go={(name) => void navigate({ to: "/automations/$name", params: { name } })}
          close={() => setAdding(false)}
        />
      )}
    </Page>
  );
}

function Name({ row }: { row: AutomationListed }) {
  return (
    <Stack gap={0}>
      <Anchor size="sm" fw={600} renderRoot={(props) => <Link to="/automations/$name" params={{ name: row.name }} {...props} />}>
        {row.name}
      </Anchor>
      <Text size="xs" c="dimmed">
        {row.description}
      </Text>
    </Stack>
  );
}

function Next({ row }: { row: AutomationListed }) {
  if (!row.enabled) return <>–</>;
  const [next] = row.next;
  return next === undefined ? <Text size="sm">{words.byEvent}</Text> : <Moment at={next} />;
}
