/** A list of people as the server gives it: rows with what was read of each. */

import { isTree, tree, type Tree } from "../../api/json";
import type { ConnectionShown } from "../../api/schema";

export interface ListedRow {
  number: number;
  key: string;
  name: string;
  attributes: Readonly<Record<string, readonly string[]>>;
}

/** Return what the server gave as rows; what is none of them is left out. */
export function listedOf(items: readonly unknown[]): ListedRow[] {
  return items.flatMap((item) => {
    if (!isTree(item) || !isTree(item["row"])) return [];
    const { key, name, attributes } = item["row"];
    return [{ number: Number(item["number"]), key: String(key ?? ""), name: String(name ?? ""), attributes: valuesOf(tree(attributes)) }];
  });
}

function valuesOf(attributes: Tree): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, Array.isArray(values) ? values.map(String) : []]));
}

/** Return which objects of a connection can be listed. *preset*: those that its preset brings along. */
export function objectsOf(kind: ConnectionShown["kind"], written: Tree, preset: readonly string[]): string[] {
  if (kind === "table") return [];
  if (kind === "rest") return [...new Set([...preset, ...Object.keys(tree(written["objects"]))])];
  return ["users", "groups", ...Object.keys(tree(written["searches"]))];
}
