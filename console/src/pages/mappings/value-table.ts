/** A value table while somebody edits it: its rows, what is pasted into them, and what becomes of other values. */

import type { Row } from "../../components/rows";

/** Return the pairs of two columns that were copied from a spreadsheet; null where it is no more than one text. */
export function pairsOf(text: string): [string, string][] | null {
  if (!text.includes("\t")) return null;
  return cellsOf(text)
    .map(([from = "", to = ""]): [string, string] => [from.trim(), to.trim()])
    .filter(([from]) => from !== "");
}

/** Return the cells of each line. A cell with a tab, a line or a quotation mark in it stands between quotation marks. */
function cellsOf(text: string): string[][] {
  const lines: string[][] = [[]];
  // a cell, and what ends it
  for (const [, quoted, bare = "", end = ""] of text.matchAll(/(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r?\n|\r|$)/g)) {
    lines.at(-1)?.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end !== "\t") lines.push([]);
    if (end === "") break;
  }
  return lines;
}

export interface Pasted {
  rows: Row[];
  fresh: number;
  changed: number;
}

/** Return *rows* with *pairs* put in behind *place*: a value that has a row keeps it, and gets what was pasted. */
export function pasted(rows: readonly Row[], place: number, pairs: readonly (readonly [string, string])[]): Pasted {
  const given = new Map(pairs);
  const known = new Set(rows.map((row) => row.key));
  const held = rows.map((row) => ({ ...row, value: given.get(row.key) ?? row.value }));
  const fresh = [...given].filter(([key]) => !known.has(key)).map(([key, value]): Row => ({ id: crypto.randomUUID(), key, value }));
  const put = held.toSpliced(place + 1, 0, ...fresh).filter((row) => row.key !== "" || row.value !== "");
  return { rows: put, fresh: fresh.length, changed: held.filter((row, at) => row.value !== rows[at]?.value).length };
}

export type Otherwise = "refuse" | "keep" | "text";

/** Return what becomes of a value that is not in the table; a table that says nothing refuses it. */
export function otherwiseOf(held: unknown): Otherwise {
  return held === undefined || held === "refuse" ? "refuse" : held === "keep" ? "keep" : "text";
}

/** Return the names of the value tables that *text* asks. */
export function tablesIn(text: string): string[] {
  return [...text.matchAll(/\bmap\(\s*(["'])(.*?)\1/g)].map(([, , name = ""]) => name);
}
