/** The limits of a rule, or of an automation with a task, as they stand in the configuration. */

import { type Tree, tree } from "../api/json";

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
