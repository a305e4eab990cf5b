import { Anchor, Card, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import { useMay } from "../../api/session";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty, Page } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { plans, runs as words } from "../../texts/plans";
import { statesOf } from "./listed";
import { RunList } from "./RunList";
import type { RunsSearch } from "./routes";

/** What was applied and run, all of it or one kind; and what was planned. */
export function RunsPage() {
  const { tab, kind } = useSearch({ from: "/shell/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const mayPlans = useMay("read_runs", "approve");
  const shown = tab ?? kind ?? "all";
  return (
    <Page title={words.title} lead={words.lead} help="operations">
      <SegmentedControl
        w="fit-content"
        maw="100%"
        value={shown}
        onChange={(value) => void navigate({ search: (before) => turned(before, value) })}
        data={[
          { value: "all", label: words.all },
          { value: "plan", label: words.plansRun },
          { value: "template", label: words.templatesTab },
          ...(mayPlans ? [{ value: "plans", label: words.plansTab }] : []),
        ]}
      />
      {tab === "plans" ? <PlanList /> : <RunList key={shown} />}
    </Page>
  );
}

/** Return where *value* leads: what runs were chosen by stays, but for a state that they cannot be in. */
function turned(before: RunsSearch, value: string): RunsSearch {
  if (value === "plans") return { tab: "plans" };
  const kind = value === "plan" || value === "template" ? value : undefined;
  const { tab: _tab, kind: _kind, state, ...others } = before;
  const fits = state !== undefined && statesOf(kind).some((one) => one.value === state);
  return { ...others, ...(kind === undefined ? {} : { kind }), ...(fits ? { state } : {}) };
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
