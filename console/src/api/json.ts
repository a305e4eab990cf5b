/** Plain data as the configuration holds it. */

export type Json = null | boolean | number | string | readonly Json[] | Tree;
export interface Tree {
  readonly [key: string]: Json;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return *value* as a tree; anything else is an empty one. */
export function tree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

/** Return what stands at *path*, keys of trees; undefined where nothing does. */
export function at(value: unknown, path: readonly string[]): Json | undefined {
  let here: unknown = value;
  for (const step of path) {
    if (!isTree(here) || !Object.hasOwn(here, step)) return undefined;
    here = here[step];
  }
  return here as Json | undefined;
}

/** Return *value* with *inner* at *path*; undefined takes it away, and every tree that held only that. */
export function withAt(value: unknown, path: readonly string[], inner: Json | undefined): Tree {
  const [first, ...rest] = path;
  if (first === undefined) return tree(inner);
  const { [first]: held, ...others } = tree(value);
  const next = rest.length === 0 ? inner : emptied(withAt(held, rest, inner), inner);
  if (next === undefined) return others;
  return Object.hasOwn(tree(value), first) ? { ...tree(value), [first]: next } : { ...others, [first]: next };
}

function emptied(value: Tree, inner: Json | undefined): Tree | undefined {
  return inner === undefined && Object.keys(value).length === 0 ? undefined : value;
}

/** Whether two values say the same; the order of keys says nothing. */
export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, place) => same(item, other[place]));
  }
  if (isTree(one) && isTree(other)) {
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
  }
  return one === other;
}

/** Return *value* as lines that people read, much as keepstep.yaml would have it. */
export function lines(value: unknown, indent = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => marked(lines(item, `${indent}  `), indent));
  if (!isTree(value)) return [`${indent}${typeof value === "string" ? value : JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = lines(inner, `${indent}  `);
    const holds = isTree(inner) || Array.isArray(inner);
    if (holds && below.length > 0) return [`${indent}${key}:`].concat(below);
    if (holds) return [`${indent}${key}: ${Array.isArray(inner) ? "[]" : "{}"}`];
    return [`${indent}${key}: ${(below[0] ?? "").trim()}`];
  });
}

function marked(item: string[], indent: string): string[] {
  return item.map((line, place) => (place === 0 ? `${indent}- ${line.trimStart()}` : line));
}

/** Return *held* with *key* as *value*; an empty value takes the key away. */
export function withKey(held: Tree, key: string, value: Json | undefined): Tree {
  const { [key]: _, ...rest } = held;
  const nothing = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  if (nothing) return rest;
  return key in held ? { ...held, [key]: value } : { ...rest, [key]: value };
}

/** Return pairs as lines `target = source`, and back. */
export function pairLines(pairs: unknown): string {
  if (!Array.isArray(pairs)) return "";
  return pairs.map((one) => (Array.isArray(one) ? one.join(" = ") : "")).join("\n");
}

export function linePairs(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [target = "", source = ""] = line.split("=", 2).map((one) => one.trim());
      return [target, source];
    });
}

/** Return a list of the configuration, which may be one text, as texts. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return Array.isArray(value) ? value.map(String) : [];
}
