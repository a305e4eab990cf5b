/** A role as it stands in the configuration, and as its editor shows it. */

import { at, type Json, type Tree, tree } from "../../api/json";

export const PARTS = ["connections", "rules", "templates", "within", "changes", "attributes"] as const;
export type Part = (typeof PARTS)[number];
export type Span = "none" | "all" | "some";

/** Return how far *part* of a role reaches: a list that is empty yet is one that somebody is about to fill. */
export function spanOf(held: Json | undefined): Span {
  if (held === "all") return "all";
  return Array.isArray(held) ? "some" : "none";
}

/** Return the names that stand in a list of a role. */
export function namesIn(held: Json | undefined): string[] {
  return Array.isArray(held) ? held.map(String) : [];
}

/** Return *role* with *part* reaching so far; nothing takes the key away, as what is not listed is not allowed. */
export function withSpan(role: Tree, part: Part, span: Span): Tree {
  const { [part]: before, ...rest } = role;
  if (span === "none") return rest;
  return { ...role, [part]: span === "all" ? "all" : namesIn(before) };
}

/** Return the first part that is to reach only some, and names none of them. */
export function unchosen(role: Tree): Part | undefined {
  return PARTS.find((part) => spanOf(role[part]) === "some" && namesIn(role[part]).length === 0);
}

/** Return the groups whose members have *role*, by the configuration. */
export function groupsWith(configuration: unknown, role: string): string[] {
  const delegations = at(configuration, ["sign_in", "delegations"]);
  if (!Array.isArray(delegations)) return [];
  return delegations.filter((one) => namesIn(tree(one)["roles"]).includes(role)).map((one) => String(tree(one)["group"] ?? ""));
}
