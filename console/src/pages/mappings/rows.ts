/** The rows of a mapping as they stand in the configuration, and as the editor shows them. */

import { type Json, type Tree, tree } from "../../api/json";

export interface MappingRow {
  id: string;
  attribute: string;
  /** what stands in the configuration, where it is more than a text */
  more: Tree;
  from: string;
}

export function rowsOf(rows: unknown): MappingRow[] {
  return Object.entries(tree(rows)).map(([attribute, held]) => ({
    id: attribute,
    attribute,
    from: typeof held === "string" ? held : String(tree(held)["from"] ?? ""),
    more: typeof held === "string" ? {} : tree(held),
  }));
}

/** Return the rows as the configuration has them: a row that is only a text is that text. */
export function valueOf(rows: readonly MappingRow[]): Tree {
  return Object.fromEntries(rows.filter((one) => one.attribute !== "").map((one) => [one.attribute, heldOf(one)]));
}

function heldOf(row: MappingRow): Json {
  const { from: _before, ...more } = row.more;
  if ("format" in more) return more;
  return Object.keys(more).length === 0 ? row.from : { from: row.from, ...more };
}

/** Return *row* with *key* as *value*; the usual value takes the key away. */
export function withWord(row: MappingRow, key: "when_empty" | "on", value: string, usual: string): MappingRow {
  const { [key]: _before, ...rest } = row.more;
  return { ...row, more: value === usual ? rest : { ...rest, [key]: value } };
}

export function twice(rows: readonly MappingRow[]): ReadonlySet<string> {
  const names = rows.map((one) => one.attribute.toLowerCase());
  return new Set(names.filter((one, place) => one !== "" && names.indexOf(one) !== place));
}

const SHOWN = new Set(["from", "when_empty", "on"]);

/** Return the words of *row* that the editor does not show. */
export function unseen(row: MappingRow): string[] {
  return Object.keys(row.more).filter((one) => !SHOWN.has(one) && one !== "format");
}
