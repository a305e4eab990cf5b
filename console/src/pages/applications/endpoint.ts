/** What an endpoint says, as its editor works on it. */

import { type Json, isTree, tree, type Tree } from "../../api/json";
import type { AnswerField } from "../../api/schema";

export const EMPTY: Tree = { url: "{base_url}/", records: "" };

/** Return the values that a call needs: `{name}` in its address, parameters and body, but the base URL. */
export function needs(spec: Tree): string[] {
  const found = new Set<string>();
  for (const text of [spec["url"], ...Object.values(tree(spec["params"])), ...leaves(spec["body"])]) {
    if (typeof text !== "string") continue;
    for (const [, name] of text.replaceAll(/\{\{.*?\}\}/gs, "").matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) {
      if (name !== undefined && !["base_url", "baseUrl"].includes(name)) found.add(name);
    }
  }
  return [...found];
}

function leaves(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value.flatMap((one: Json) => leaves(one));
  if (isTree(value)) return Object.values(value).flatMap((one) => leaves(one));
  return value === undefined ? [] : [value];
}

/** Whether a call can be tried: it changes nothing, by its method or by its own word. */
export function onlyReads(spec: Tree): boolean {
  return ["GET", "HEAD", undefined].includes(spec["method"] as string | undefined) || spec["reads"] === true;
}

export interface FieldNode {
  field: AnswerField;
  label: string;
  children: FieldNode[];
}

/** Return *fields*, each before those below it, as a tree. */
export function grown(fields: readonly AnswerField[]): FieldNode[] {
  const roots: FieldNode[] = [];
  const above: FieldNode[] = [];
  for (const field of fields) {
    while (above.length > 0 && (above.at(-1)?.field.depth ?? 0) >= field.depth) above.pop();
    const parent = above.at(-1);
    const node = { field, label: own(field.path, parent?.field.path ?? ""), children: [] };
    (parent?.children ?? roots).push(node);
    above.push(node);
  }
  return roots;
}

function own(path: string, parent: string): string {
  const bare = parent.endsWith("[]") ? parent.slice(0, -2) : parent;
  if (path === "") return "";
  return bare !== "" && path.startsWith(bare) ? path.slice(bare.length).replace(/^(\[\])?\./, "") : path;
}

/** Return which of *objects*, as the connection has them, call *endpoint* once for every record. */
export function calledFor(objects: Tree, endpoint: string): string[] {
  return Object.keys(objects).filter((name) => joinsIn(objects[name]).some((join) => isCall(join, endpoint)));
}

/** Return the joins of each of *objects* that has to change, so that just *wanted* call *endpoint* for every record. */
export function callChanges(objects: Tree, endpoint: string, wanted: readonly string[]): Record<string, Tree[] | undefined> {
  const now = calledFor(objects, endpoint);
  return Object.fromEntries(
    Object.keys(objects)
      .filter((name) => now.includes(name) !== wanted.includes(name))
      .map((name) => {
        const others = joinsIn(objects[name]).filter((join) => !isCall(join, endpoint));
        const joins = wanted.includes(name) ? [...others, { endpoint, each: true }] : others;
        return [name, joins.length === 0 ? undefined : joins];
      }),
  );
}

function joinsIn(objects: Json | undefined): Tree[] {
  const { join } = tree(objects);
  return Array.isArray(join) ? join.map((one: Json) => tree(one)) : [];
}

function isCall(join: Tree, endpoint: string): boolean {
  return join["each"] === true && join["endpoint"] === endpoint;
}
