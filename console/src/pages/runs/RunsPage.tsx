import { Anchor, Card, Group, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { Loaded } from "../../components/Loaded";
import { duration, Moment } from "../../components/Moment";
import { Empty, LoadingRows, Page } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { RowTable } from "../../components/RowTable";
import { RunStanding } from "../../components/RunStanding";
import { plans, RUN_STATES, runs as words } from "../../texts/plans";
import { RUN_STATES as TEMPLATE_STATES } from "../../texts/templates";

/** What was planned, and what was applied and run. */
export function RunsPage() {
  const { tab } = useSearch({ from: "/shell/runs" });
  const navigate = useNavigate();
  return (
    <Page title={words.title} lead={words.lead} help="operations">
      <SegmentedControl
        w="fit-content"
        maw="100%"
        value={tab ?? "runs"}
        onChange={(value) => void navigate({ to: "/runs", search: value === "plans" || value === "templates" ? { tab: value } : {} })}
        data={[
          { value: "runs", label: words.runsTab },
          { value: "templates", label: words.templatesTab },
          { value: "plans", label: words.plansTab },
        ]}
      />
      {tab === "plans" ? <PlanList /> : tab === "templates" ? <TemplateRunList /> : <RunList />}
    </Page>
  );
}

const PAGE = 50;

function RunFilters() {
  const { rule, state, operator = "" } = useSearch({ from: "/shell/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const [typed, setTyped] = useState(operator);
  const rules = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  const go = (name: "rule" | "state" | "operator", value: string) =>
    void navigate({
      replace: true,
      search: (before) => {
        const { [name]: _, ...others } = before;
        return value === "" ? others : { ...others, [name]: value };
      },
    });
  const later = useDebouncedCallback(go, 300);
  const names = new Set([...(rules.data ?? []).map((one) => one.name), ...(rule === undefined ? [] : [rule])]);
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label={words.rule}
        placeholder={words.all}
        clearable
        searchable
        clearButtonProps={{ "aria-label": words.all }}
        value={rule ?? null}
        onChange={(value) => go("rule", value ?? "")}
        data={[...names].toSorted()}
        style={{ flex: "0 1 200px" }}
      />
      <Select
        label={words.state}
        placeholder={words.anyState}
        clearable
        clearButtonProps={{ "aria-label": words.anyState }}
        value={state ?? null}
        onChange={(value) => go("state", value ?? "")}
        data={Object.entries(RUN_STATES).map(([value, label]) => ({ value, label }))}
        style={{ flex: "0 1 180px" }}
      />
      <TextInput
        label={words.by}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later("operator", event.currentTarget.value.trim());
        }}
        style={{ flex: "0 1 180px" }}
      />
    </Group>
  );
}

function RunList() {
  const { rule, state, operator } = useSearch({ from: "/shell/runs" });
  const chosen = {
    ...(rule === undefined ? {} : { rule }),
    ...(state === undefined ? {} : { state }),
    ...(operator === undefined ? {} : { operator }),
  };
  const query = useInfiniteQuery({
    queryKey: ["runs", "list", chosen],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/runs", { params: { query: { ...chosen, before: pageParam, limit: PAGE } } })),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length === PAGE ? page.at(-1)?.id : undefined),
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.pages.flat() ?? [];
  const filtered = Object.keys(chosen).length > 0;
  return (
    <>
      <RunFilters />
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined ? (
        query.error === null && <LoadingRows />
      ) : (
        <RowTable
          label={words.runsTab}
          rows={rows}
          rowKey={(row) => row.id}
          columns={[
            {
              key: "started",
              title: words.run,
              cell: (row) => (
                <Anchor size="sm" fw={550} renderRoot={(props) => <Link to="/runs/$run" params={{ run: row.id }} search={{}} {...props} />} title={row.id}>
                  <Moment at={row.started} exact />
                </Anchor>
              ),
            },
            { key: "state", title: words.state, cell: (row) => <RunStanding run={row} /> },
            { key: "rule", title: words.rule, cell: (row) => row.rule },
            { key: "results", title: words.results, cell: (row) => (row.results ?? 0).toLocaleString(), align: "right", wide: true },
            { key: "by", title: words.by, cell: (row) => row.operator, wide: true },
            { key: "took", title: words.took, cell: (row) => tookOf(row.started, row.ended), wide: true },
          ]}
          more={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          empty={
            <Card withBorder>
              <Empty title={filtered ? words.none : words.empty}>{filtered ? undefined : words.emptyText}</Empty>
            </Card>
          }
        />
      )}
    </>
  );
}

function TemplateRunList() {
  const query = useInfiniteQuery({
    queryKey: ["template-runs", "list"],
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/template-runs", { params: { query: { before: pageParam, limit: PAGE } } })),
    initialPageParam: "",
    getNextPageParam: (page) => (page.length === PAGE ? page.at(-1)?.id : undefined),
  });
  if (query.error !== null) return <ProblemNote error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <LoadingRows />;
  return (
    <RowTable
      label={words.templatesTab}
      rows={query.data.pages.flat()}
      rowKey={(row) => row.id}
      columns={[
        {
          key: "started",
          title: words.run,
          cell: (row) => (
            <Anchor size="sm" fw={550} renderRoot={(props) => <Link to="/template-runs/$run" params={{ run: row.id }} search={{}} {...props} />} title={row.id}>
              <Moment at={row.started} exact />
            </Anchor>
          ),
        },
        { key: "state", title: words.state, cell: (row) => TEMPLATE_STATES[row.state] },
        { key: "template", title: words.template, cell: (row) => row.template },
        { key: "subjects", title: words.subjects, cell: (row) => Object.values(row.counts ?? {}).reduce((sum, one) => sum + one, 0).toLocaleString(), align: "right" },
        { key: "by", title: words.by, cell: (row) => row.operator, wide: true },
        { key: "took", title: words.took, cell: (row) => tookOf(row.started, row.ended), wide: true },
      ]}
      more={query.hasNextPage}
      loadingMore={query.isFetchingNextPage}
      onMore={() => void query.fetchNextPage()}
      empty={
        <Card withBorder>
          <Empty title={words.empty}>{words.emptyTemplates}</Empty>
        </Card>
      }
    />
  );
}

export function tookOf(started: string, ended: string | null | undefined): string {
  return ended == null ? "" : duration((Date.parse(ended) - Date.parse(started)) / 1000);
}

function PlanList() {
  const query = useQuery({
    queryKey: ["plans", "list"],
    queryFn: () => data(api.GET("/api/v1/plans", { params: { query: { limit: 200 } } })),
  });
  return (
    <Loaded query={query}>
      {(rows) => (
        <RowTable
          label={words.plansTab}
          rows={rows}
          rowKey={(row) => row.digest}
          columns={[
            {
              key: "digest",
              title: words.plan,
              cell: (row) => (
                <Anchor size="sm" className="mono" renderRoot={(props) => <Link to="/plans/$digest" params={{ digest: row.digest }} search={{}} {...props} />}>
                  {row.digest.slice(0, 12)}
                </Anchor>
              ),
            },
            { key: "rule", title: words.rule, cell: (row) => row.rule },
            { key: "at", title: words.seen, cell: (row) => <Moment at={row.at} /> },
          ]}
          empty={
            <Card withBorder>
              <Empty title={plans.empty}>{plans.emptyText}</Empty>
            </Card>
          }
        />
      )}
    </Loaded>
  );
}
