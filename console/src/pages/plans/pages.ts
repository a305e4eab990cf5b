/** Which pages of a long list are in sight, and where in them a row stands. */

export const PAGE = 200;

/** Return the numbers of the pages that rows *first* to *last* are on; the first page is always one of them. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.max(0, Math.floor(first / PAGE));
  const to = Math.max(from, Math.floor(last / PAGE));
  const found = Array.from({ length: to - from + 1 }, (_, number) => from + number);
  return found.includes(0) ? found : [0, ...found];
}

/** Return the counts that a filter offers, the largest first, as a choice with its count; *now* is always among them. */
export function offered(counts: Readonly<Record<string, number>> | undefined, now: string, word = (value: string) => value) {
  const found = Object.entries(counts ?? {}).toSorted((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]));
  if (now !== "" && !found.some(([value]) => value === now)) found.unshift([now, 0]);
  return found.filter(([value]) => value !== "").map(([value, count]) => ({ value, label: `${word(value)} (${count.toLocaleString()})` }));
}
