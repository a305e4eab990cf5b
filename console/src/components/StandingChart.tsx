import "@mantine/charts/styles.css";
import { LineChart } from "@mantine/charts";
import type { KeptComparison } from "../api/schema";
import { STANDINGS, type StandingName } from "../texts/comparison";
import { exact } from "./Moment";

/** A colour and a dash for each: nobody has to tell them apart by colour alone. */
const LINES: Readonly<Partial<Record<StandingName, { color: string; strokeDasharray: string }>>> = {
  mismatched: { color: "orange.6", strokeDasharray: "" },
  only_in_source: { color: "blue.6", strokeDasharray: "6 3" },
  unauthorised: { color: "red.7", strokeDasharray: "" },
  disabled_but_active: { color: "grape.6", strokeDasharray: "2 3" },
  disputed: { color: "teal.7", strokeDasharray: "8 3 2 3" },
  duplicate: { color: "indigo.4", strokeDasharray: "4 4" },
};

/** How many were not in step, over time. The same numbers stand in a table beside it. */
export function StandingChart({ comparisons, height = 220 }: { comparisons: readonly KeptComparison[]; height?: number }) {
  const names = (Object.keys(LINES) as StandingName[]).filter((one) => comparisons.some((kept) => (kept.counts[one] ?? 0) > 0));
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
      series={names.map((name) => ({ name: STANDINGS[name], color: LINES[name]?.color ?? "gray.6", strokeDasharray: LINES[name]?.strokeDasharray ?? "" }))}
    />
  );
}
