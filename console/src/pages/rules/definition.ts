/** A rule as it stands in the configuration, and as the editor shows it. */

import { type Tree, tree } from "../../api/json";

export const KINDS = ["delete", "disable", "update", "create"] as const;
export type Kind = (typeof KINDS)[number];

/** What a plan may do where the rule says nothing. */
export const USUAL: Readonly<Record<Kind, { percent: number; count?: number }>> = {
  delete: { percent: 5, count: 20 },
  disable: { percent: 10, count: 50 },
  update: { percent: 50 },
  create: { percent: 100 },
};

/** Return *spec* with one number of one guard; nothing takes it away, and a guard without a percentage is none. */
export function withGuard(spec: Tree, kind: Kind, key: "percent" | "count", value: number | undefined): Tree {
  const guards = tree(spec["guards"]);
  const { [key]: _before, ...held } = { ...USUAL[kind], ...tree(guards[kind]) };
  const next: Tree = value === undefined ? held : { ...held, [key]: value };
  const { [kind]: _guard, ...others } = guards;
  const kept: Tree = key === "percent" && value === undefined ? others : { ...others, [kind]: next };
  const { guards: _all, ...rest } = spec;
  return Object.keys(kept).length === 0 ? rest : { ...spec, guards: kept };
}

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
const SHOWN_GUARDS = new Set<string>([...KINDS, "canary", "shrink"]);

/** Return the keys of *spec* that the editor does not show. */
export function unseen(spec: Tree): string[] {
  const guards = Object.keys(tree(spec["guards"])).filter((one) => !SHOWN_GUARDS.has(one));
  const keys = Object.keys(spec).filter((one) => !SHOWN.has(one) && !(one === "approve" && typeof spec[one] === "number"));
  return [...keys, ...guards.map((one) => `guards.${one}`)];
}
