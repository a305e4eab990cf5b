/** A webhook while it is written and tested. */

import { isTree, type Json, same, type Tree } from "../../api/json";
import type { Tested } from "./queries";

export const NEW = "_new"; // no webhook can be called so
export const EMPTY: Tree = { method: "POST", url: "{base_url}/" };
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Return the names that a block would give, as `with.NAME`, in the order in which they stand. */
export function givenNames(spec: Tree): string[] {
  const found = texts(spec).flatMap((one) => [...one.matchAll(/\{\{(.*?)\}\}/gs)].flatMap((macro) => [...(macro[1] ?? "").matchAll(/\bwith\.([\w-]+)/g)].map((name) => name[1] ?? "")));
  return [...new Set(found)];
}

function texts(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((one: Json) => texts(one));
  return isTree(value) ? Object.values(value).flatMap((one) => texts(one)) : [];
}

/** Whether what is sent changes nothing. */
export function onlyReads(spec: Tree): boolean {
  return ["GET", "HEAD", undefined].includes(spec["method"] as string | undefined);
}

/** Return how many of *tested* are not good: not to be sent, or sent and no success. */
export function badOf(tested: Tested): number {
  if (tested.live) return tested.shots.filter((one) => one.result.state !== "succeeded").length;
  return tested.rendered.filter((one) => one.request === null || one.request === undefined).length;
}

export function countOf(tested: Tested): number {
  return tested.live ? tested.shots.length : tested.rendered.length;
}

/** What was tested last, and how it ended. */
export interface LastTest {
  spec: Tree;
  good: boolean;
}

/** Return whether *spec* was tested just so, and was good: "not yet", "changed since" and "bad" hold a save back. */
export function standing(spec: Tree, tested: LastTest | null): "good" | "notTested" | "old" | "bad" {
  if (tested === null) return "notTested";
  if (!same(tested.spec, spec)) return "old";
  return tested.good ? "good" : "bad";
}
