/** One list of all runs: which states each kind can be in, and what a run is called. */

import type { RunKind, RunListed } from "../../api/schema";
import { RUN_STATES, runs as words } from "../../texts/plans";
import { RUN_STATES as TEMPLATE_STATES } from "../../texts/templates";

type AnyState = RunListed["state"];

/** The states that runs of *kind* can be in, each with its word; of both kinds, if none is said. */
export function statesOf(kind: RunKind | undefined): { value: AnyState; label: string }[] {
  const states = kind === "plan" ? RUN_STATES : kind === "template" ? TEMPLATE_STATES : { ...TEMPLATE_STATES, ...RUN_STATES };
  return (Object.entries(states) as [AnyState, string][]).map(([value, label]) => ({ value, label }));
}

const BY_HAND = "by-hand";

/** What was run: a rule or a template by its name, or a change that somebody made by hand. */
export function calledOf(run: Pick<RunListed, "kind" | "of">): string {
  return run.kind === "template" && run.of === BY_HAND ? words.byHand : run.of;
}

/** How many it was about, and how many of them failed, in words. */
export function countsOf(run: Pick<RunListed, "kind" | "count" | "counts">): string {
  const failed = (run.counts?.failed ?? 0) + (run.counts?.unknown ?? 0);
  const told = run.kind === "plan" ? words.resultCount(run.count ?? 0) : words.subjectCount(run.count ?? 0);
  return failed === 0 ? told : `${told}, ${words.failedCount(failed)}`;
}
