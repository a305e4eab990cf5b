/** Where a field stands: which block it is of, and what would be wrong with it. */

import { createContext, useContext } from "react";
import type { Tree } from "../../api/json";
import type { MacroName, TemplateChoices } from "../../api/schema";
import { blocksOf, kindOf, outletsOf } from "./graph";

interface Scope {
  errors: Readonly<Record<string, string>>;
  /** `blocks.NAME` */
  path: string;
  readOnly: boolean;
  standing: BlockStanding;
}

/** Whose attributes the texts of a block read, and what the other blocks give. */
export interface BlockStanding {
  connection: string;
  objects: string;
  more: readonly MacroName[];
}

const NOWHERE: BlockStanding = { connection: "", objects: "", more: [] };

/** Return what the texts of the block *name* can read. */
export function standingOf(template: Tree, name: string, choices: TemplateChoices | undefined, meaning: (block: string) => string): BlockStanding {
  const subject = typeof template["subject"] === "string" ? template["subject"] : "";
  const [connection = "", objects = ""] = subject.split(".");
  const more = Object.entries(blocksOf(template)).flatMap(([other, block]) => {
    if (other === name || kindOf(block) === "end") return [];
    const gives = choices?.webhooks.find((one) => one.name === block["webhook"] || one.name === block["poll"])?.gives ?? [];
    return ["result", "cause", "detail", ...gives].map((given) => ({ name: `blocks.${other}.${given}`, group: "block" as const, meaning: meaning(other), example: "", pattern: false }));
  });
  return { connection, objects, more };
}

export const FieldScope = createContext<Scope>({ errors: {}, path: "", readOnly: false, standing: NOWHERE });

/** Return the mistake at *path* itself, or at the first place below it. */
export function field(errors: Readonly<Record<string, string>>, path: string): string | undefined {
  const below = Object.keys(errors).find((one) => one.startsWith(`${path}.`));
  return errors[path] ?? (below === undefined ? undefined : errors[below]);
}

/** Return what every field of a block shares: whether it can be changed, and what would be wrong with it. */
export function useField(key: string): { error: string | undefined; readOnly: boolean } {
  const { errors, path, readOnly } = useContext(FieldScope);
  return { error: field(errors, `${path}.${key}`), readOnly };
}

export function useStanding(): BlockStanding {
  return useContext(FieldScope).standing;
}

const SHOWN: Readonly<Record<string, readonly string[]>> = {
  webhook: ["webhook", "with", "exists"],
  action: ["action", "directory"],
  if: ["if"],
  delay: ["delay"],
  wait_until: ["wait_until", "every", "deadline", "poll"],
  approval: ["approval", "deadline"],
  notify: ["notify", "subject", "text"],
  template: ["template"],
  end: ["end"],
};

/** Return the mistakes of a block that stand beside none of its fields. */
export function left(errors: Readonly<Record<string, string>>, path: string, block: Tree): string[] {
  const shown = ["title", ...outletsOf(block), ...(SHOWN[kindOf(block) ?? ""] ?? [])].map((key) => `${path}.${key}`);
  const found = Object.entries(errors).filter(([at]) => at === path || at.startsWith(`${path}.`));
  const rest = found.filter(([at]) => !shown.some((one) => at === one || at.startsWith(`${one}.`)));
  return [...new Set(rest.map(([, message]) => message))];
}

/** Return how many mistakes each block has. */
export function mistakesOf(errors: Readonly<Record<string, string>>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const at of Object.keys(errors)) {
    const [head, name] = at.split(".");
    if (head === "blocks" && name !== undefined) found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}
