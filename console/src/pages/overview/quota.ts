import type { QuotaUse } from "../../api/schema";

/** What the overview asks of each limit. */
export type Used = Pick<QuotaUse, "connection" | "limit" | "rate" | "calls" | "refused" | "busiest">;

/** Return the limits that were used in the last hour, or in the time they are measured over; the fullest first. */
export function busiestFirst<Row extends Pick<Used, "calls" | "refused" | "busiest">>(all: readonly Row[]): Row[] {
  const share = (one: Row) => one.busiest?.share ?? 0;
  return all
    .filter((one) => one.calls > 0 || one.refused > 0 || one.busiest !== null)
    .toSorted((one, other) => share(other) - share(one) || other.calls - one.calls);
}

/** Return *share*, from 0 to 1, as people read it; what is little keeps one digit after the point. */
export function percent(share: number): string {
  return share.toLocaleString(undefined, { style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 });
}
