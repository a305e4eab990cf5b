/** A rule as it stands in the configuration, and as the editor shows it. */

import { type Tree, tree } from "../../api/json";
import { KINDS } from "../../components/guards";

/** Return marks as lines `attribute = value`, and back. */
export function markLines(marks: unknown): string {
  return Object.entries(tree(marks))
    .map(([name, value]) => `${name} = ${String(value)}`)
    .join("\n");
}

export function lineMarks(text: string): Tree {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

const SHOWN = new Set(["source", "target", "mapping", "category", "description", "correlate", "reactions", "mark", "guards"]);
const SHOWN_GUARDS = new Set<string>([...KINDS, "canary", "shrink", "history", "by"]);

/** Return the keys of *spec* that the editor does not show. */
export function unseen(spec: Tree): string[] {
  const guards = Object.keys(tree(spec["guards"])).filter((one) => !SHOWN_GUARDS.has(one));
  const keys = Object.keys(spec).filter((one) => !SHOWN.has(one) && !(one === "approve" && typeof spec[one] === "number"));
  return [...keys, ...guards.map((one) => `guards.${one}`)];
}
