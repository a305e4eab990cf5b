import { Anchor, Button, Card, Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDownload, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { address } from "../../api/client";
import type { PlanSummary, Verdict, Work } from "../../api/schema";
import { useMay } from "../../api/session";
import { Facts, Standing } from "../../components/Facts";
import { Loaded } from "../../components/Loaded";
import { duration, Moment } from "../../components/Moment";
import { Empty, Page } from "../../components/Page";
import { RunStanding } from "../../components/RunStanding";
import { WorkProgress } from "../../components/WorkProgress";
import { plans as words, runs } from "../../texts/plans";
import { ActionList } from "./ActionList";
import { ApplyDialog } from "./ApplyDialog";
import { FindingList } from "./FindingList";
import { Agreements, Verdicts } from "./PlanStanding";
import { planQuery } from "./queries";

/** A plan as somebody reviews it: what it rests on, what it costs, every action; and the way to apply exactly it. */
export function PlanPage() {
  const { digest } = useParams({ from: "/shell/plans/$digest" });
  const query = useQuery(planQuery(digest));
  return <Loaded query={query}>{(plan) => <Plan plan={plan} />}</Loaded>;
}

function Plan({ plan }: { plan: PlanSummary }) {
  const { tab, work } = useSearch({ from: "/shell/plans/$digest" });
  const navigate = useNavigate();
  const here = useNavigate({ from: "/plans/$digest" });
  const [dialog, setDialog] = useState(false);
  const mayApply = useMay("apply_plans");
  const applied = useCallback(
    (over: Work) => {
      const run = over.result?.["run"];
      if (run !== undefined) void navigate({ to: "/runs/$run", params: { run }, search: {} });
    },
    [navigate],
  );
  const actions = (
    <>
      <Button variant="default" component="a" href={address(`/api/v1/plans/${plan.digest}/file`)} download={`plan-${plan.digest.slice(0, 12)}.jsonl`} leftSection={<IconDownload size={16} aria-hidden />}>
        {words.download}
      </Button>
      {mayApply && plan.changes > 0 && (
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setDialog(true)} disabled={work !== undefined}>
          {words.apply}
        </Button>
      )}
    </>
  );
  return (
    <Page title={words.plan(plan.digest)} lead={<>{words.of(plan.rule)}</>} help="reconcile" actions={actions}>
      {work !== undefined && <WorkProgress id={work} label={words.applying} done={applied} />}
      <PlanFacts plan={plan} />
      <SimpleGrid cols={{ base: 1, md: plan.agreements.length > 0 ? 2 : 1 }} spacing="sm">
        <Verdicts plan={plan} />
        <Agreements plan={plan} />
      </SimpleGrid>
      {plan.runs.length > 0 && <PlanRuns plan={plan} />}
      {plan.changes === 0 && plan.findings === 0 ? (
        <Card withBorder>
          <Empty title={words.nothing} />
        </Card>
      ) : (
        <Stack gap="sm">
          <SegmentedControl
            value={tab ?? "actions"}
            onChange={(value) =>
              void here({
                search: (now) => (value === "findings" ? { ...now, tab: "findings" as const } : without(now)),
              })
            }
            data={[
              { value: "actions", label: `${words.actions} (${plan.changes.toLocaleString()})` },
              { value: "findings", label: `${words.leftAlone} (${plan.findings.toLocaleString()})` },
            ]}
            w="fit-content"
            maw="100%"
          />
          {tab === "findings" ? <FindingList digest={plan.digest} /> : <ActionList plan={plan} />}
        </Stack>
      )}
      {dialog && <ApplyDialog plan={plan} close={() => setDialog(false)} />}
    </Page>
  );
}

function without<Search extends { tab?: unknown }>(search: Search): Omit<Search, "tab"> {
  const { tab: _, ...rest } = search;
  return rest;
}

function PlanFacts({ plan }: { plan: PlanSummary }) {
  const calls = Object.values(plan.cost.calls ?? {}).reduce((sum, one) => sum + one, 0);
  return (
    <Facts
      facts={[
        side(words.source, plan.source),
        side(words.target, plan.target),
        { label: words.calls, value: words.callsText(calls), note: words.callsTime(duration(plan.cost.seconds)) },
        {
          label: words.guards,
          value: (
            <Standing kind={plan.guards.length > 0 ? "warn" : "good"}>
              {plan.guards.length > 0 ? words.beyond : words.within}
            </Standing>
          ),
        },
      ]}
    />
  );
}

function side(label: string, verdict: Verdict) {
  const whole = verdict.completeness === "complete";
  return {
    label,
    value: (
      <Group gap={8}>
        {words.read(verdict.records)}
        <Standing kind={whole ? "good" : "warn"}>{words.complete[verdict.completeness]}</Standing>
      </Group>
    ),
    note: verdict.reason,
  };
}

function PlanRuns({ plan }: { plan: PlanSummary }) {
  return (
    <Card withBorder padding="sm">
      <Text size="xs" c="dimmed" fw={600} mb={4}>
        {words.runs}
      </Text>
      {plan.runs.map((run) => (
        <Group key={run.id} gap="sm">
          <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$run" params={{ run: run.id }} search={{}} {...props} />}>
            {run.id}
          </Anchor>
          <RunStanding run={run} />
          <Text size="sm" c="dimmed">
            {runs.by} {run.operator}, <Moment at={run.started} />
          </Text>
        </Group>
      ))}
    </Card>
  );
}
