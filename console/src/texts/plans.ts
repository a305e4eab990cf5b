import type { ActionKind, ApprovalState, EffectState, RunState, Situation } from "../api/schema";

/** One wording for each state, everywhere. */
export const KINDS: Readonly<Record<ActionKind, string>> = {
  create: "Create",
  update: "Update",
  enable: "Enable",
  disable: "Disable",
  delete: "Delete",
};

export const SITUATIONS: Readonly<Record<Situation, string>> = {
  linked: "Linked",
  target_missing: "Missing on the target side",
  source_deleted: "Deleted on the source side",
  source_disabled: "Disabled on the source side",
  stale: "Gone on both sides",
  unmatched: "New on the source side",
  unlinked: "Found, not linked yet",
  disputed: "Disputed",
  orphaned: "Unknown on the source side",
};

export const RUN_STATES: Readonly<Record<RunState, string>> = {
  running: "Running",
  done: "Done",
  partial: "Done in part",
  stopped: "Stopped",
  cancelled: "Cancelled",
};

export const EFFECT_STATES: Readonly<Record<EffectState, string>> = {
  begun: "Begun",
  done: "Done",
  refused: "Refused",
  stale: "Moved since",
  failed: "Failed",
};

export const APPROVAL_STATES: Readonly<Record<ApprovalState, string>> = {
  pending: "Waits",
  approved: "Approved",
  rejected: "Rejected",
  expired: "Expired",
  replaced: "Replaced",
  used: "Applied",
};

const count = (number: number) => number.toLocaleString();

export const rules = {
  title: "Rules and comparison",
  lead: "Which accounts of one side belong to which of the other, and what is done about differences.",
  empty: "No rule yet",
  emptyText: "A rule joins two sides by a mapping. It lives in the configuration.",
  rule: "Rule",
  sides: "From → to",
  mapping: "Mapping",
  lastPlan: "Last plan",
  lastRun: "Last run",
  plan: "Plan now",
  planning: (rule: string) => `Planning ${rule}: both sides are read`,
  never: "never",
} as const;

export const plans = {
  title: "Plans",
  lead: "What would change, to be read before anything does.",
  list: "Plans and runs",
  empty: "No plan yet",
  emptyText: "A plan reads both sides of a rule and writes nothing. Make one from the page of the rules.",
  plan: (digest: string) => `Plan ${digest.slice(0, 12)}`,
  of: (rule: string) => `of rule ${rule}`,
  nothing: "Nothing to do: the target is in step.",
  source: "Source",
  target: "Target",
  read: (records: number) => `${count(records)} read`,
  complete: { complete: "complete", partial: "partial", suspect: "suspect", failed: "failed", appended: "appended" },
  calls: "Calls",
  callsText: (calls: number, time: string) => `${count(calls)} calls, about ${time}`,
  guards: "Guards",
  within: "within the limits",
  beyond: "beyond the limits",
  actions: "Actions",
  leftAlone: "Left alone",
  actionsLabel: "Actions of this plan",
  search: "Search by name or reason",
  attribute: "Attribute",
  all: "All",
  shown: (some: number, all: number) => (some === all ? `${count(all)} actions` : `${count(some)} of ${count(all)} actions`),
  none: "No action fits",
  kind: "Action",
  who: "Who",
  why: "Why",
  changes: "Before → after",
  nothingBefore: "(none)",
  download: "Download",
  apply: "Apply…",
  applying: "Applying the plan",
  applyTitle: (changes: number) => `Apply ${count(changes)} changes?`,
  applyText: (target: string) => `Exactly this plan is carried out in ${target}. Who moved since it was made is left alone and told.`,
  typeCount: (changes: number) => `Type ${changes} to go on`,
  override: "Why the guards are overridden",
  overrideText: "This plan is beyond its guards. Applying it anyway takes a reason, which stays in the audit log with your name.",
  runs: "Runs of this plan",
  tooFew: "Give a reason",
} as const;

export const runs = {
  title: "Plans and runs",
  lead: "What was planned and applied, the newest first.",
  runsTab: "Runs",
  plansTab: "Plans",
  empty: "Nothing ran yet",
  emptyText: "A run is one plan that was applied.",
  run: "Run",
  rule: "Rule",
  state: "State",
  by: "By",
  started: "Started",
  took: "Took",
  plan: "Plan",
  seen: "Seen",
  result: "Result",
  account: "Account",
  detail: "What came of it",
  onlyUndone: "Only what was not done",
  undo: "Undo…",
  undoing: "Planning the way back: nothing is written",
  undoTitle: "Plan the way back?",
  undoText: "A plan is made that takes back what this run did. What somebody changed since is left alone and listed. You read it before it is applied.",
  resultsLabel: "Results of this run",
  none: "Nothing fits",
  count: (state: string, number: number) => `${state} ${count(number)}`,
} as const;

export const approvals = {
  title: "Approvals",
  lead: "Plans that wait for people. What you agree to is exactly the plan that you see.",
  empty: "Nothing waits for you",
  emptyText: "A plan that needs approval appears here.",
  every: "Also those that are over",
  purpose: "Purpose",
  by: "Asked by",
  until: "Until",
  missing: (number: number) => `${number} more to agree`,
  show: "Look at the plan",
  approve: "Approve",
  reject: "Reject",
  comment: "Comment",
  note: "Note",
  noteHint: "What the others should know; a rejection needs one.",
  typeCount: (changes: number) => `Type ${changes}, the number of changes, to approve`,
  votes: "What was said",
} as const;
