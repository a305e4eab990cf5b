/** A trigger as it stands in the configuration, and as the editor shows it. */

import { type Json, type Tree, tree } from "../../api/json";
import type { TemplateChoices } from "../../api/schema";

/** What every part of the editor is given. *errors*: by field below the automation. */
export interface PartProps {
  value: Tree;
  set: (value: Tree) => void;
  errors: Readonly<Record<string, string>>;
}

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
  if ("event" in trigger) return "event"; // which has an "every" too
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

export const WHATS = ["rule", "template", "mapping", "action", "tasks", "report"] as const;
export type What = (typeof WHATS)[number];

export function whatOf(spec: Tree): What {
  return WHATS.find((one) => one in spec) ?? "rule";
}

const OF_WHAT: ReadonlySet<string> = new Set(["rule", "scope", "full_every", "template", "subjects", "most", "mapping", "task", "source", "target", "correlate", "guards", "report", "action", "tasks", "cancelled_by"]);

/** Return *spec* as one that starts *what*: what only another thing needs is gone. */
export function asWhat(spec: Tree, what: What): Tree {
  const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => !OF_WHAT.has(key)));
  const { approve: _approve, ...alone } = rest;
  switch (what) {
    case "rule":
    case "mapping":
      return { ...rest, [what]: "" };
    case "tasks":
      return { ...alone, tasks: [{ webhook: "" }] };
    case "action":
      return { ...alone, action: {} };
    default:
      return { ...alone, [what]: "" };
  }
}

/** Whether a plan is made by it, which people can agree to. */
export function byPlan(spec: Tree): boolean {
  return ["rule", "mapping"].includes(whatOf(spec));
}

/** Return the side whose accounts the tasks are for. */
export function sideOf(spec: Tree): string {
  const trigger = tree(spec["trigger"]);
  return String(("event" in trigger ? trigger["on"] : spec["target"]) ?? "");
}

/** Return whose attributes a text reads; nobody's while the side is not one that there is. */
export function standingAt(side: string, choices: TemplateChoices | undefined) {
  const [connection = "", objects = ""] = choices?.subjects.includes(side) === true ? side.split(".") : [];
  return { connection, objects, more: [] };
}
