import { Anchor, Button, Card, Stack, Text } from "@mantine/core";
import { IconFileSearch, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api, data } from "../../api/client";
import type { RuleListed, Work } from "../../api/schema";
import { useMay } from "../../api/session";
import { useAskWork } from "../../api/works";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { NameDialog } from "../../components/NameDialog";
import { Empty, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { type Column, RowTable } from "../../components/RowTable";
import { RunStanding } from "../../components/RunStanding";
import { WorkProgress } from "../../components/WorkProgress";
import { rules as words } from "../../texts/plans";
import { rule as definition } from "../../texts/rule";

/** The rules: each can be planned here, and its last plan and run looked at. */
export function RulesPage() {
  const navigate = useNavigate();
  const { work, rule } = useSearch({ from: "/shell/rules" });
  const mayPlan = useMay("make_plans");
  const mayChange = useMay("change_configuration");
  const [adding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  const asking = useAskWork((begun) => {
    const name = begun.wanted.kind === "plan" ? begun.wanted.rule : "";
    void navigate({ to: "/rules", search: { work: begun.id, rule: name }, replace: true });
  });
  const planned = useCallback(
    (over: Work) => {
      const digest = over.result?.["plan"];
      if (digest !== undefined) void navigate({ to: "/plans/$digest", params: { digest }, search: {} });
    },
    [navigate],
  );
  const plan = (name: string) => asking.mutate({ kind: "plan", rule: name, accept_size: false, retry_refused: false });
  const add = mayChange && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {definition.add}
    </Button>
  );
  return (
    <Page title={words.title} lead={words.lead} help="reconcile" actions={add}>
      {asking.error !== null && <ProblemNote error={asking.error} />}
      {work !== undefined && <WorkProgress id={work} label={words.planning(rule ?? "")} done={planned} />}
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={words.title}
            rows={rows}
            rowKey={(row) => row.name}
            columns={columnsOf(mayPlan ? plan : undefined, asking.isPending)}
            empty={
              <Card withBorder>
                <Empty title={words.empty}>{words.emptyText}</Empty>
              </Card>
            }
          />
        )}
      </Loaded>
      {adding && (
        <NameDialog
          title={definition.add}
          label={definition.name}
          hint={definition.nameHint}
          go={(name) => void navigate({ to: "/rules/$rule/definition", params: { rule: name } })}
          close={() => setAdding(false)}
        />
      )}
    </Page>
  );
}

function columnsOf(plan: ((rule: string) => void) | undefined, busy: boolean): Column<RuleListed>[] {
  const columns: Column<RuleListed>[] = [
    { key: "name", title: words.rule, cell: (row) => <RuleName row={row} /> },
    { key: "sides", title: words.sides, cell: (row) => `${row.source} → ${row.target}`, wide: true },
    { key: "plan", title: words.lastPlan, cell: (row) => <LastPlan row={row} /> },
    { key: "run", title: words.lastRun, cell: (row) => (row.run === null ? words.never : <RunStanding run={row.run} />), wide: true },
  ];
  if (plan === undefined) return columns;
  const button = (row: RuleListed) => (
    <Button
      size="compact-sm"
      variant="light"
      disabled={busy}
      leftSection={<IconFileSearch size={15} aria-hidden />}
      onClick={() => plan(row.name)}
      aria-label={`${words.plan}: ${row.name}`}
    >
      {words.plan}
    </Button>
  );
  return [...columns, { key: "act", title: "", cell: button, align: "right" }];
}

function RuleName({ row }: { row: RuleListed }) {
  return (
    <Stack gap={0}>
      <Anchor fw={600} size="sm" renderRoot={(props) => <Link to="/rules/$rule" params={{ rule: row.name }} search={{}} {...props} />}>
        {row.name}
      </Anchor>
      {row.description !== "" && (
        <Text size="xs" c="dimmed">
          {row.description}
        </Text>
      )}
    </Stack>
  );
}

function LastPlan({ row }: { row: RuleListed }) {
  const plan = row.plan;
  if (plan === null) return words.never;
  return (
    <Anchor
      size="sm"
      renderRoot={(props) => <Link to="/plans/$digest" params={{ digest: plan.digest }} search={{}} {...props} />}
    >
      <Moment at={plan.at} />
    </Anchor>
  );
}
