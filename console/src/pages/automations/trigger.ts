/** A trigger as it stands in the configuration, and as the editor shows it. */

import { type Json, type Tree, tree } from "../../api/json";

/** What every part of the editor is given. *errors*: by field below the automation. */
export interface PartProps {
  value: Tree;
  set: (value: Tree) => void;
  errors: Readonly<Record<string, string>>;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export const KINDS = ["daily", "weekly", "monthly", "every", "once", "schedule", "event"] as const;
export type Kind = (typeof KINDS)[number];

/** What each kind begins with, where somebody chooses it. */
const BEGIN: Readonly<Record<Kind, Tree>> = {
  daily: { daily: "02:00" },
  weekly: { weekly: { days: ["mon"], at: "02:00" } },
  monthly: { monthly: { on: "1", at: "02:00" } },
  every: { every: "1h" },
  once: { once: "" },
  schedule: { schedule: "0 2 * * *" },
  event: { event: ["user_created"], on: "" },
};

export function kindOf(trigger: Tree): Kind {
  return KINDS.find((one) => one in trigger) ?? "daily";
}

/** Return *trigger* as one of another *kind*: the time zone and the windows stay, where the new one has them. */
export function asKind(trigger: Tree, kind: Kind): Tree {
  if (kind === "event") return BEGIN.event;
  const { timezone, blackout, blackout_then } = trigger;
  return {
    ...BEGIN[kind],
    ...(timezone === undefined ? {} : { timezone }),
    ...(blackout === undefined ? {} : { blackout }),
    ...(blackout_then === undefined ? {} : { blackout_then }),
  };
}

/** Return *trigger* with these blackout windows; without any, what is to become of a time in one says nothing. */
export function withBlackouts(trigger: Tree, windows: readonly Json[]): Tree {
  if (windows.length > 0) return { ...trigger, blackout: windows };
  const { blackout: _windows, blackout_then: _then, ...rest } = trigger;
  return rest;
}

export const WHATS = ["rule", "template", "mapping", "report"] as const;
export type What = (typeof WHATS)[number] | "other";

export function whatOf(spec: Tree): What {
  return WHATS.find((one) => one in spec) ?? ("tasks" in spec || "action" in spec ? "other" : "rule");
}

const OF_WHAT: ReadonlySet<string> = new Set(["rule", "scope", "full_every", "template", "subjects", "most", "mapping", "task", "source", "target", "correlate", "guards", "report", "action", "tasks", "cancelled_by"]);

/** Return *spec* as one that starts *what*: what only another thing needs is gone. */
export function asWhat(spec: Tree, what: What): Tree {
  const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => !OF_WHAT.has(key)));
  return what === "other" ? spec : { ...rest, [what]: "" };
}

const EDITED = new Set(["trigger", "enabled", "description", "owner", "category", "rule", "scope", "template", "mapping", "task", "source", "target", "correlate", "report", "concurrency", "missed", "notify"]);

/** Return the keys of *spec* that the editor does not show. */
export function unseen(spec: Tree): string[] {
  const approve = spec["approve"];
  return [
    ...Object.keys(spec).filter((key) => !EDITED.has(key) && !(key === "approve" && (approve === undefined || typeof approve === "number"))),
    ...["own", "every"].filter((key) => key in tree(spec["trigger"]) && !(key === "every" && !("event" in tree(spec["trigger"])))),
  ];
}

/** Return a list of the configuration, which may be one text, as texts. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return Array.isArray(value) ? value.map(String) : [];
}
