import { Anchor, Select, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api, data } from "../../api/client";
import type { EffectState, RunResults, Work } from "../../api/schema";
import { Facts, Standing, Standings } from "../../components/Facts";
import { Moment } from "../../components/Moment";
import { Empty, LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { RunStanding } from "../../components/RunStanding";
import { WorkProgress } from "../../components/WorkProgress";
import { EFFECT_STATES, KINDS, runs as words } from "../../texts/plans";
import { LOOKS } from "./looks";
import { ResultDrawer } from "./ResultDrawer";
import { RunActions } from "./RunActions";
import { RunLive } from "./RunLive";
import { tookOf } from "./RunList";
import { UNDONE } from "./routes";

const shownStates = [UNDONE, "begun", "done", "refused", "stale", "failed"] as const;

/** A run as it goes, and what came of each action; from here it can be taken back. */
export function RunPage() {
  const { run } = useParams({ from: "/shell/runs/$run" });
  const { state: shown, work } = useSearch({ from: "/shell/runs/$run" });
  const navigate = useNavigate();
  const planned = useCallback(
    (over: Work) => {
      const digest = over.result?.["plan"];
      if (digest !== undefined) void navigate({ to: "/plans/$digest", params: { digest }, search: {} });
    },
    [navigate],
  );
  const query = useInfiniteQuery({
    queryKey: ["runs", run, { shown }],
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/runs/{run}", {
          params: { path: { run }, query: { after: pageParam, limit: 100, ...(shown === undefined ? {} : shown === UNDONE ? { undone: true } : { state: shown }) } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.run.state === "running" ? 2000 : false),
  });
  const [opened, setOpened] = useState<string>();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const first = query.data?.pages[0];
  if (first === undefined) return query.error === null ? <LoadingRows /> : <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  return (
    <Page title={`${words.run} ${first.run.id}`} lead={<Lead found={first} />} help="operations" actions={<RunActions found={first} busy={work !== undefined} />}>
      {work !== undefined && <WorkProgress id={work} label={words.planning} done={planned} />}
      <RunLive found={first} />
      <RunFacts found={first} />
      <Select
        label={words.show}
        placeholder={words.all}
        clearable
        clearButtonProps={{ "aria-label": words.all }}
        value={shown ?? null}
        onChange={(value) => {
          const state = shownStates.find((one) => one === value);
          void navigate({ to: "/runs/$run", params: { run }, search: state === undefined ? {} : { state }, replace: true });
        }}
        data={shownStates
          .filter((one) => one === UNDONE || one === shown || (first.counts[one] ?? 0) > 0)
          .map((one) => ({ value: one, label: one === UNDONE ? words.onlyUndone : words.count(EFFECT_STATES[one], first.counts[one] ?? 0) }))}
        maw={280}
      />
      <RowTable
        label={words.resultsLabel}
        rows={items}
        onOpen={(row) => setOpened(row.action)}
        rowKey={(row) => row.action}
        columns={[
          { key: "name", title: words.account, cell: (row) => row.name || row.action },
          { key: "state", title: words.result, cell: (row) => <Standing kind={LOOKS[row.state]}>{EFFECT_STATES[row.state]}</Standing> },
          { key: "kind", title: words.did, cell: (row) => (row.kind == null ? "" : KINDS[row.kind]) },
          { key: "account", title: words.key, cell: (row) => <span className="mono">{row.target_key || "–"}</span>, wide: true },
          { key: "detail", title: words.detail, cell: (row) => <Text size="sm">{row.detail}</Text> },
        ]}
        more={query.hasNextPage}
        loadingMore={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
        empty={<Empty title={words.none} />}
      />
      <ResultDrawer item={items.find((one) => one.action === opened)} close={() => setOpened(undefined)} />
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
