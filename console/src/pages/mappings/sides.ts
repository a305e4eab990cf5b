/** The sides that a mapping can read: a connection, and the kind of objects there. */

import { type Tree, tree } from "../../api/json";

const USUAL = "infobip";

/** Return the sides of *connections*, as they are written; *presets*: what each preset keeps. */
export function sidesOf(connections: Tree, presets: readonly { name: string; objects: readonly string[] }[]): string[] {
  return Object.entries(connections).flatMap(([name, held]) => objectsOf(tree(held), presets).map((objects) => `${name}.${objects}`));
}

function objectsOf(connection: Tree, presets: readonly { name: string; objects: readonly string[] }[]): string[] {
  const kind = connection["kind"] ?? "rest";
  if (kind === "table") return ["rows"];
  if (kind !== "rest") return ["users", "groups"];
  const preset = presets.find((one) => one.name === String(connection["preset"] ?? USUAL));
  return [...new Set([...(preset?.objects ?? []), ...Object.keys(tree(connection["objects"]))])];
}
