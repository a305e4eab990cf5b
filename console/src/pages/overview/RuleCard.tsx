import { Anchor, Card, Group, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { RuleListed } from "../../api/schema";
import { useMay } from "../../api/session";
import { Moment } from "../../components/Moment";
import { STANDINGS, type StandingName } from "../../texts/comparison";
import { overview as words } from "../../texts/overview";
import { comparisonsQuery } from "../rules/queries";

const Chart = lazy(() => import("../../components/StandingChart").then((one) => ({ default: one.StandingChart })));

/** One rule: how many stand how, and how that went; the table of the same numbers is on its page. */
export function RuleCard({ rule }: { rule: RuleListed }) {
  const may = useMay("read_people", "read_runs");
  const query = useQuery({ ...comparisonsQuery(rule.name), enabled: may });
  const last = query.data?.[0];
  const off = (Object.keys(STANDINGS) as StandingName[]).filter((one) => one !== "in_step" && (last?.counts[one] ?? 0) > 0);
  return (
    <Card withBorder>
      <Group justify="space-between" align="flex-start">
        <div>
          <Anchor fw={650} renderRoot={(props) => <Link to="/rules/$rule" params={{ rule: rule.name }} search={{}} {...props} />}>
            {rule.name}
          </Anchor>
          <Text size="sm" c="dimmed">
            {rule.source} → {rule.target}
          </Text>
        </div>
        {query.isLoading ? (
          <Skeleton w={220} h={24} />
        ) : last === undefined ? (
          <Text size="sm" c="dimmed">
            {words.notCompared}
          </Text>
        ) : (
          <Group gap="md">
            <Text fw={600}>{words.inStep(last.counts["in_step"] ?? 0)}</Text>
            {off.map((one) => (
              <Anchor key={one} size="sm" renderRoot={(props) => <Link to="/rules/$rule" params={{ rule: rule.name }} search={{ tag: one }} {...props} />}>
                {STANDINGS[one]} {(last.counts[one] ?? 0).toLocaleString()}
              </Anchor>
            ))}
            <Text size="xs" c="dimmed">
              {words.compared} <Moment at={last.at} />
            </Text>
          </Group>
        )}
      </Group>
      {(query.data?.length ?? 0) > 1 && (
        <Suspense fallback={<Skeleton h={140} mt="sm" />}>
          <Chart comparisons={query.data ?? []} height={140} />
        </Suspense>
      )}
    </Card>
  );
}
