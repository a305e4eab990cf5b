import { Anchor, Card, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import { Loaded } from "../../components/Loaded";
import { duration, Moment } from "../../components/Moment";
import { Empty, Page } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { RunStanding } from "../../components/RunStanding";
import { plans, runs as words } from "../../texts/plans";

/** What was planned, and what was applied. */
export function RunsPage() {
  const { tab } = useSearch({ from: "/shell/runs" });
  const navigate = useNavigate();
  return (
    <Page title={words.title} lead={words.lead} help="operations">
      <SegmentedControl
        w="fit-content"
        value={tab ?? "runs"}
        onChange={(value) => void navigate({ to: "/runs", search: value === "plans" ? { tab: "plans" } : {} })}
        data={[
          { value: "runs", label: words.runsTab },
          { value: "plans", label: words.plansTab },
        ]}
      />
      {tab === "plans" ? <PlanList /> : <RunList />}
    </Page>
  );
}

function RunList() {
  const query = useQuery({
    queryKey: ["runs", "list"],
    queryFn: () => data(api.GET("/api/v1/runs", { params: { query: { limit: 200 } } })),
  });
  return (
    <Loaded query={query}>
      {(rows) => (
        <RowTable
          label={words.runsTab}
          rows={rows}
          rowKey={(row) => row.id}
          columns={[
            {
              key: "id",
              title: words.run,
              cell: (row) => (
                <Anchor size="sm" className="mono" renderRoot={(props) => <Link to="/runs/$run" params={{ run: row.id }} search={{}} {...props} />}>
                  {row.id}
                </Anchor>
              ),
            },
            { key: "state", title: words.state, cell: (row) => <RunStanding run={row} /> },
            { key: "rule", title: words.rule, cell: (row) => row.rule, wide: true },
            { key: "by", title: words.by, cell: (row) => row.operator, wide: true },
            { key: "started", title: words.started, cell: (row) => <Moment at={row.started} /> },
            { key: "took", title: words.took, cell: (row) => tookOf(row.started, row.ended), wide: true },
          ]}
          empty={
            <Card withBorder>
              <Empty title={words.empty}>{words.emptyText}</Empty>
            </Card>
          }
        />
      )}
    </Loaded>
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
