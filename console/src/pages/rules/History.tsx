import { Card, Group, SegmentedControl, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { KeptComparison } from "../../api/schema";
import { Moment } from "../../components/Moment";
import { LoadingRows } from "../../components/Page";
import { ProblemNote } from "../../components/ProblemNote";
import { type Column, RowTable } from "../../components/RowTable";
import { comparison as words, STANDINGS, type StandingName } from "../../texts/comparison";
import { comparisonsQuery } from "./queries";

const Chart = lazy(() => import("../../components/StandingChart").then((one) => ({ default: one.StandingChart })));
const NAMES = (Object.keys(STANDINGS) as StandingName[]).filter((one) => one !== "in_step");

/** How many stood how, comparison by comparison: as a chart, and as a table for whoever reads numbers. */
export function History({ rule }: { rule: string }) {
  const [as, setAs] = useState("chart");
  const query = useQuery(comparisonsQuery(rule));
  if (query.error !== null) return <ProblemNote error={query.error} />;
  if (query.data === undefined || query.data.length === 0) return null;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {words.history}
        </Title>
        <SegmentedControl
          size="xs"
          value={as}
          onChange={setAs}
          data={[
            { value: "chart", label: words.chart },
            { value: "table", label: words.table },
          ]}
        />
      </Group>
      {as === "table" ? (
        <RowTable label={words.history} rows={query.data} rowKey={(row) => row.at} columns={COLUMNS} />
      ) : (
        <Suspense fallback={<LoadingRows rows={1} height={220} />}>
          <Chart comparisons={query.data} />
        </Suspense>
      )}
    </Card>
  );
}

const COLUMNS: readonly Column<KeptComparison>[] = [
  { key: "at", title: words.at, cell: (row) => <Moment at={row.at} exact /> },
  ...NAMES.map((name): Column<KeptComparison> => ({ key: name, title: STANDINGS[name], align: "right", cell: (row) => (row.counts[name] ?? 0).toLocaleString() })),
  { key: "by", title: words.by, cell: (row) => row.operator, wide: true },
];
