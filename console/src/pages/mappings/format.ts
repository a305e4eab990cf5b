/** A custom format while somebody builds it. */

import type { CustomFormat } from "../../api/schema";

export type Kind = "attribute" | "text" | "expression";

export interface Part {
  id: string;
  kind: Kind;
  content: string;
  value: string;
  words: string;
  characters: string;
  case: string | null;
  functions: string[];
  random_digits: number | null;
}

export interface Building {
  parts: Part[];
  separator: string;
  remove_accents: boolean;
  remove_spaces: boolean;
  case: string | null;
  at_most: number | null;
}

export function part(kind: Kind, content = ""): Part {
  return { id: crypto.randomUUID(), kind, content, value: "all", words: "all", characters: "all", case: null, functions: [], random_digits: null };
}

export const EMPTY: Building = { parts: [], separator: "", remove_accents: false, remove_spaces: false, case: null, at_most: null };

/** Return *format* to build on, or nothing where it is more than a row of parts. */
export function buildingOf(format: CustomFormat | null): Building | null {
  if (format === null || (format.alternatives ?? []).length > 0 || format.parts === undefined) return null;
  const parts = format.parts.map((one): Part => {
    const kind: Kind = one.attribute ? "attribute" : one.text ? "text" : "expression";
    return {
      ...part(kind, one.attribute || one.text || one.expression || ""),
      value: one.value ?? "all",
      words: one.words ?? "all",
      characters: one.characters ?? "all",
      case: one.case ?? null,
      functions: [...(one.functions ?? [])],
      random_digits: one.random_digits ?? null,
    };
  });
  return {
    parts,
    separator: format.separator ?? "",
    remove_accents: format.remove_accents ?? false,
    remove_spaces: format.remove_spaces ?? false,
    case: format.case ?? null,
    at_most: format.at_most ?? null,
  };
}

/** Return what the server is asked with: only what is said. */
export function writtenOf(building: Building): Record<string, unknown> {
  const parts = building.parts.map((one) =>
    one.kind === "attribute" ? { attribute: one.content, value: one.value, words: one.words, characters: one.characters, case: one.case, functions: one.functions, random_digits: one.random_digits } : { [one.kind]: one.content },
  );
  const { separator, remove_accents, remove_spaces, case: letters, at_most } = building;
  return { parts, separator, remove_accents, remove_spaces, case: letters, at_most };
}

/** Whether every part says something. */
export function whole(building: Building): boolean {
  return building.parts.length > 0 && building.parts.every((one) => one.content !== "");
}
