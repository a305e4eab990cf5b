import { Anchor, Card, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data } from "../../api/client";
import type { AutomationRun } from "../../api/schema";
import { AutomationStanding } from "../../components/AutomationStanding";
import { Loaded } from "../../components/Loaded";
import { Moment } from "../../components/Moment";
import { Empty } from "../../components/Page";
import { RowTable } from "../../components/RowTable";
import { automations as words } from "../../texts/automations";
import { plans } from "../../texts/plans";

const OPEN: ReadonlySet<string> = new Set(["queued", "running", "started"]);

/** The starts of an automation, newest first: why each began, and what came of it. */
export function Starts({ name }: { name: string }) {
  const query = useQuery({
    queryKey: ["automations", name, "starts"],
    queryFn: () => data(api.GET("/api/v1/automations/{automation}/starts", { params: { path: { automation: name }, query: { limit: 50 } } })),
    refetchInterval: ({ state }) => (state.data?.some((one) => OPEN.has(one.state)) === true ? 2000 : 5000), // what starts by itself tells nobody here,
  });
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {words.history}
      </Title>
      <Loaded query={query}>
        {(rows) => (
          <RowTable
            label={words.history}
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { key: "outcome", title: words.outcome, cell: (row) => <AutomationStanding state={row.state} /> },
              { key: "cause", title: words.cause, cell: (row) => <Text size="sm">{row.cause}</Text>, wide: true },
              { key: "due", title: words.due, cell: (row) => <Moment at={row.due} /> },
              { key: "reasons", title: words.reasons, cell: (row) => <Reasons row={row} /> },
            ]}
            empty={<Empty title={words.noStarts} />}
          />
        )}
      </Loaded>
    </Card>
  );
}

function Reasons({ row }: { row: AutomationRun }) {
  return (
    <>
      {row.plan && (
        <Anchor size="sm" renderRoot={(props) => <Link to="/plans/$digest" params={{ digest: row.plan }} search={{}} {...props} />}>
          {plans.plan(row.plan)}
        </Anchor>
      )}
      {row.reasons?.slice(0, 3).map((one) => (
        <Text key={one} size="xs">
          {one}
        </Text>
      ))}
    </>
  );
}
