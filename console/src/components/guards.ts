/** The limits of a rule, or of an automation with a task, as they stand in the configuration. */

import { type Tree, tree, withKey } from "../api/json";

export const KINDS = ["delete", "disable", "update", "create"] as const;
export type Kind = (typeof KINDS)[number];

/** What a plan may do where the rule says nothing. */
export const USUAL: Readonly<Record<Kind, { percent: number; count?: number }>> = {
  delete: { percent: 5, count: 20 },
  disable: { percent: 10, count: 50 },
  update: { percent: 50 },
  create: { percent: 100 },
};

type Part = "percent" | "count";

/** Return *spec* with one number of one guard; nothing takes it away, and a guard without a percentage is none. */
export function withGuard(spec: Tree, kind: Kind, key: Part, value: number | undefined): Tree {
  const guards = tree(spec["guards"]);
  return withGuards(spec, withKey(guards, kind, limit({ ...USUAL[kind], ...tree(guards[kind]) }, key, value)));
}

/** Return the limits for each group of accounts, by the attribute whose values make the groups. */
export function groupsOf(spec: Tree): Readonly<Record<string, Tree>> {
  const by = tree(tree(spec["guards"])["by"]);
  return Object.fromEntries(Object.entries(by).map(([attribute, limits]) => [attribute, tree(limits)]));
}

/** Return *spec* with these limits for the groups that *attribute* makes; undefined takes them away. */
export function withGroup(spec: Tree, attribute: string, limits: Tree | undefined): Tree {
  const by = withKey(groupsOf(spec), attribute, limits);
  return withGuards(spec, withKey(tree(spec["guards"]), "by", Object.keys(by).length === 0 ? undefined : by));
}

/** Return *spec* with one number of one limit of a group, where what is not said is not limited: a number alone is of 100 %. */
export function withGroupGuard(spec: Tree, attribute: string, kind: Kind, key: Part, value: number | undefined): Tree {
  const limits = tree(groupsOf(spec)[attribute]);
  return withGroup(spec, attribute, withKey(limits, kind, limit({ percent: 100, ...tree(limits[kind]) }, key, value)));
}

function limit(held: Tree, key: Part, value: number | undefined): Tree | undefined {
  return key === "percent" && value === undefined ? undefined : withKey(held, key, value);
}

function withGuards(spec: Tree, guards: Tree): Tree {
  return withKey(spec, "guards", Object.keys(guards).length === 0 ? undefined : guards);
}
