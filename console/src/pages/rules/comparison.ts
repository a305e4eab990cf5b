/** Rows of a comparison as the server gives them. */

import { isTree } from "../../api/json";
import { STANDINGS, type StandingName } from "../../texts/comparison";

export interface Difference {
  name: string;
  before: readonly string[] | null;
  after: readonly string[];
}

export interface ComparisonRow {
  number: number;
  standing: StandingName;
  name: string;
  sourceKey: string;
  targetKey: string;
  note: string;
  differences: readonly Difference[];
}

const NAMES = Object.keys(STANDINGS) as StandingName[];

export function isStanding(name: unknown): name is StandingName {
  return NAMES.includes(name as StandingName);
}

/** Return what the server gave as rows; what is none of them is left out. */
export function rowsOf(items: readonly unknown[]): ComparisonRow[] {
  return items.flatMap((item) => {
    if (!isTree(item) || !isTree(item["row"])) return [];
    const { row } = item;
    const standing = item["tag"];
    if (!isStanding(standing)) return [];
    return [
      {
        number: Number(item["number"]),
        standing,
        name: text(row["name"]),
        sourceKey: text(row["source_key"]),
        targetKey: text(row["target_key"]),
        note: text(row["note"]),
        differences: Array.isArray(row["differences"]) ? row["differences"].flatMap(differenceOf) : [],
      },
    ];
  });
}

function differenceOf(one: unknown): Difference[] {
  if (!isTree(one)) return [];
  const before = one["before"];
  return [{ name: text(one["name"]), before: Array.isArray(before) ? before.map(text) : null, after: Array.isArray(one["after"]) ? one["after"].map(text) : [] }];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
}
