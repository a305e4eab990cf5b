import { Anchor, Button, Group, Modal, Stack, Switch, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api, data } from "../../api/client";
import type { EffectState, RunResults, Work } from "../../api/schema";
import { useMay } from "../../api/session";
import { useAskWork } from "../../api/works";
import { Facts, Standing, Standings } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { RunStanding } from "../../components/RunStanding";
import { WorkProgress } from "../../components/WorkProgress";
import { common } from "../../texts/common";
import { EFFECT_STATES, runs as words } from "../../texts/plans";
import { tookOf } from "./RunsPage";

const LOOKS = { begun: "busy", done: "good", refused: "bad", stale: "warn", failed: "bad" } as const satisfies Record<EffectState, string>;

/** A run as it goes, and what came of each action; from here it can be taken back. */
export function RunPage() {
  const { run } = useParams({ from: "/shell/runs/$run" });
  const { undone, work } = useSearch({ from: "/shell/runs/$run" });
  const navigate = useNavigate();
  const planned = useCallback(
    (over: Work) => {
      const digest = over.result?.["plan"];
      if (digest !== undefined) void navigate({ to: "/plans/$digest", params: { digest }, search: {} });
    },
    [navigate],
  );
  const query = useInfiniteQuery({
    queryKey: ["runs", run, { undone }],
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/runs/{run}", {
          params: { path: { run }, query: { after: pageParam, limit: 200, undone: undone ?? false } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.run.state === "running" ? 2000 : false),
  });
  const first = query.data?.pages[0];
  if (first === undefined) return query.error === null ? <LoadingRows /> : <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  return (
    <Page title={`${words.run} ${first.run.id}`} lead={<Lead found={first} />} help="operations" actions={<Undo found={first} busy={work !== undefined} />}>
      {work !== undefined && <WorkProgress id={work} label={words.undoing} done={planned} />}
      <RunFacts found={first} />
      <Switch
        label={words.onlyUndone}
        checked={undone ?? false}
        onChange={(event) =>
          void navigate({ to: "/runs/$run", params: { run }, search: event.currentTarget.checked ? { undone: true } : {}, replace: true })
        }
      />
      <RowTable
        label={words.resultsLabel}
        rows={query.data?.pages.flatMap((page) => page.items) ?? []}
        rowKey={(row) => row.action}
        columns={[
          { key: "state", title: words.result, cell: (row) => <Standing kind={LOOKS[row.state]}>{EFFECT_STATES[row.state]}</Standing> },
          { key: "account", title: words.account, cell: (row) => <span className="mono">{row.target_key || row.action}</span> },
          { key: "detail", title: words.detail, cell: (row) => <Text size="sm">{row.detail}</Text> },
        ]}
        more={query.hasNextPage}
        loadingMore={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
        empty={<Empty title={words.none} />}
      />
    </Page>
  );
}

function Lead({ found }: { found: RunResults }) {
  return (
    <>
      {words.rule} {found.run.rule} · {words.by} {found.run.operator} · <Moment at={found.run.started} />
    </>
  );
}

function RunFacts({ found }: { found: RunResults }) {
  const counts = Object.entries(found.counts) as [EffectState, number][];
  return (
    <Facts
      facts={[
        { label: words.state, value: <RunStanding run={found.run} />, note: found.run.note },
        {
          label: words.result,
          value: (
            <Standings>
              {counts
                .filter(([, number]) => number > 0)
                .map(([state, number]) => (
                  <Standing key={state} kind={LOOKS[state]}>
                    {words.count(EFFECT_STATES[state], number)}
                  </Standing>
                ))}
            </Standings>
          ),
        },
        { label: words.took, value: tookOf(found.run.started, found.run.ended) || "…" },
        {
          label: words.plan,
          value: (
            <Anchor className="mono" renderRoot={(props) => <Link to="/plans/$digest" params={{ digest: found.run.plan }} search={{}} {...props} />}>
              {found.run.plan.slice(0, 12)}
            </Anchor>
          ),
        },
      ]}
    />
  );
}

function Undo({ found, busy }: { found: RunResults; busy: boolean }) {
  const navigate = useNavigate();
  const may = useMay("make_plans");
  const [opened, setOpened] = useState(false);
  const asking = useAskWork((work) => {
    setOpened(false);
    void navigate({ to: "/runs/$run", params: { run: found.run.id }, search: { work: work.id } });
  });
  if (!may || found.run.state === "running" || (found.counts.done ?? 0) === 0) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => setOpened(true)} disabled={busy}>
        {words.undo}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={words.undoTitle}>
        <Stack>
          <Text size="sm">{words.undoText}</Text>
          <ProblemNote error={asking.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpened(false)}>
              {common.cancel}
            </Button>
            <Button data-autofocus loading={asking.isPending} onClick={() => asking.mutate({ kind: "undo", run: found.run.id, disable_created: false })}>
              {words.undo.replace("…", "")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
