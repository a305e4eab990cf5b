/** Objects of an application as their editor works on them: attributes are written as a path, or as more than that. */

import { isTree, tree, type Tree } from "../../api/json";

/** Return the path of each attribute, by its name. */
export function pathsOf(attributes: Tree): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, one]) => [name, typeof one === "string" ? one : String(tree(one)["path"] ?? "")]));
}

/** Return *attributes* with *paths*: what else is said of one that stays is kept. */
export function withPaths(attributes: Tree, paths: Readonly<Record<string, string>>): Tree {
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => {
      const before = attributes[name];
      return [name, isTree(before) ? { ...before, path } : path];
    }),
  );
}

/** Return *attributes* with *name* given by the joined endpoint *of*; empty: by the list itself. */
export function givenBy(attributes: Tree, name: string, of: string): Tree {
  const before = attributes[name];
  const { of: _, ...rest } = isTree(before) ? before : { path: typeof before === "string" ? before : "" };
  const bare = Object.keys(rest).length === 1 && typeof rest["path"] === "string" ? rest["path"] : rest;
  return { ...attributes, [name]: of === "" ? bare : { ...rest, of } };
}

export function giverOf(attributes: Tree, name: string): string {
  const of = tree(attributes[name])["of"];
  return typeof of === "string" ? of : "";
}

/** Return which of *fields* can be a primary key: those that a record has once. */
export function keysOf(fields: readonly string[]): string[] {
  return fields.filter((path) => !path.includes("[]"));
}

/** Return a name for the attribute at *path*: its last part. */
export function nameOf(path: string): string {
  return (path.split(".").at(-1) ?? path).replaceAll(/["[\]]/g, "");
}
