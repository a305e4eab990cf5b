import "@mantine/charts/styles.css";
import { LineChart } from "@mantine/charts";
import type { KeptComparison } from "../api/schema";
import { STANDINGS, type StandingName } from "../texts/comparison";
import { exact } from "./Moment";

const COLORS: Readonly<Partial<Record<StandingName, string>>> = {
  mismatched: "orange.6",
  only_in_source: "blue.6",
  unauthorised: "red.6",
  disabled_but_active: "grape.6",
  disputed: "pink.6",
  duplicate: "yellow.7",
};

/** How many were not in step, over time. The same numbers stand in a table beside it. */
export function StandingChart({ comparisons, height = 220 }: { comparisons: readonly KeptComparison[]; height?: number }) {
  const names = (Object.keys(COLORS) as StandingName[]).filter((one) => comparisons.some((kept) => (kept.counts[one] ?? 0) > 0));
  const rows = comparisons
    .toReversed()
    .map((kept) => Object.fromEntries([["at", exact(new Date(kept.at))], ...names.map((name) => [STANDINGS[name], kept.counts[name] ?? 0])]));
  return (
    <LineChart
      h={height}
      data={rows}
      dataKey="at"
      withLegend
      curveType="linear"
      lineChartProps={{ accessibilityLayer: false }}
      series={names.map((name) => ({ name: STANDINGS[name], color: COLORS[name] ?? "gray.6" }))}
    />
  );
}
