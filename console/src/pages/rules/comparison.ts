/** Rows of a comparison as the server gives them. */

import { isTree, tree } from "../../api/json";
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

/** Whom a comparison tells of, beside everybody. */
export interface Narrowed {
  attribute: readonly string[];
  ou: readonly string[];
  where: string;
}

export const EVERYBODY: Narrowed = { attribute: [], ou: [], where: "" };

/** Return by how many conditions *choice* is narrowed down. */
export function narrowedBy(choice: Narrowed): number {
  return choice.attribute.length + choice.ou.length + (choice.where.trim() === "" ? 0 : 1);
}

function texts(held: unknown): string[] {
  return Array.isArray(held) ? held.map(String) : [];
}

/** Return what the work *wanted* was narrowed down by, if it is a comparison. */
export function narrowedIn(wanted: { kind: string; choice?: unknown } | undefined): Narrowed {
  const { attribute, ou, where } = tree(wanted?.choice);
  return { attribute: texts(attribute), ou: texts(ou), where: typeof where === "string" ? where : "" };
}
