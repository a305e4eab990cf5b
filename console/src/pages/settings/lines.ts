/** What differs between two texts, line by line. */

import { difference } from "../../components/difference";

export interface Line {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
}

const KINDS = { both: "same", left: "removed", right: "added" } as const;

/** Return *before* and *after* as one text with what was added and removed; far from a change, lines are left out. */
export function changedLines(before: string, after: string, around = 3): Line[] {
  const all = difference(before.split("\n"), after.split("\n")).map((one): Line => ({ kind: KINDS[one.side], text: one.text }));
  const near = all.map((_, place) => all.slice(Math.max(0, place - around), place + around + 1).some((one) => one.kind !== "same"));
  const shown: Line[] = [];
  for (const [place, line] of all.entries()) {
    if (near[place]) shown.push(line);
    else if (shown.at(-1)?.kind !== "gap") shown.push({ kind: "gap", text: "…" });
  }
  return shown;
}

export function counts(lines: readonly Line[]): { added: number; removed: number } {
  return {
    added: lines.filter((one) => one.kind === "added").length,
    removed: lines.filter((one) => one.kind === "removed").length,
  };
}
