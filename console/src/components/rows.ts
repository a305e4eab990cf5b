/** Rows of keys and values as a person edits them: a key may be empty or twice for a while. */

export interface Row {
  id: string;
  key: string;
  value: string;
}

export function rowsOf(value: Readonly<Record<string, unknown>>): Row[] {
  return Object.entries(value).map(([key, inner], place) => ({ id: `${place}-${key}`, key, value: textOf(inner) }));
}

/** Return what *rows* say; a row without a key says nothing, of two with the same key the later one counts. */
export function valueOf(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(rows.filter((row) => row.key !== "").map((row) => [row.key, row.value]));
}

/** Return the keys that stand in more than one row. */
export function doubles(rows: readonly Row[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const { key } of rows) {
    if (key !== "" && seen.has(key)) found.add(key);
    seen.add(key);
  }
  return found;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}
