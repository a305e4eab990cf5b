/** How many of a run stand how. */

import type { BlockCount, BlockStep, SubjectRun, TemplateRun } from "../../api/schema";
import type { Mark } from "./BlockBox";
import { type Arrow, keyOf } from "./graph";

export const SUBJECT_STATES = ["ready", "waiting", "approval", "unknown", "succeeded", "failed", "cancelled"] as const;
export type SubjectState = (typeof SUBJECT_STATES)[number];

const ENDS: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled"]);

export function totalOf(counts: TemplateRun["counts"]): number {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
}

export function overOf(counts: TemplateRun["counts"]): number {
  return Object.entries(counts ?? {}).reduce((sum, [state, count]) => sum + (ENDS.has(state) ? count : 0), 0);
}

/** Whether a run is one change that somebody made by hand, which has no template. */
export function byHand(run: Pick<TemplateRun, "template">): boolean {
  return run.template === BY_HAND;
}

const BY_HAND = "by-hand";

/** Return how a run got on at each block: who is there and not at an end, and what ended there how often. */
export function marksOf(stand: readonly BlockCount[], done: readonly BlockCount[]): Record<string, Mark> {
  const marks: Record<string, Mark> = {};
  const at = (block: string): Mark => (marks[block] ??= { stand: 0, done: 0, failed: 0 });
  for (const one of stand) if (!ENDS.has(one.state)) at(one.block).stand += one.count;
  for (const one of done) {
    if (one.state === "failed" || one.state === "unknown") at(one.block).failed += one.count;
    else if (one.state !== "begun") at(one.block).done += one.count;
  }
  return marks;
}

/** Return the keys of the arrows that one subject took: between blocks that followed each other. */
export function wayOf(arrows: readonly Arrow[], steps: readonly BlockStep[], now: Pick<SubjectRun, "block" | "state">): Set<string> {
  const names = steps.map((step) => step.block);
  if (!ENDS.has(now.state) && names.at(-1) !== now.block) names.push(now.block);
  const way = new Set<string>();
  for (const [place, from] of names.entries()) {
    const to = names[place + 1];
    if (to === undefined) continue;
    const state = steps[place]?.state;
    const fitting = arrows.filter((arrow) => arrow.from === from && arrow.to === to);
    // where two arrows lead to the same block, a failure took the one for it
    const failed = fitting.find((arrow) => arrow.word === "on_failure");
    const one = state === "failed" && failed !== undefined ? failed : fitting[0];
    if (one !== undefined) way.add(keyOf(one));
  }
  return way;
}
