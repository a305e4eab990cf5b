/** What differs between two texts, line by line. */

export interface Line {
  kind: "same" | "added" | "removed" | "gap";
  text: string;
}

/** Return *before* and *after* as one text with what was added and removed; far from a change, lines are left out. */
export function difference(before: string, after: string, around = 3): Line[] {
  const all = aligned(before.split("\n"), after.split("\n"));
  const near = all.map((_, place) => all.slice(Math.max(0, place - around), place + around + 1).some((one) => one.kind !== "same"));
  const shown: Line[] = [];
  for (const [place, line] of all.entries()) {
    if (near[place]) shown.push(line);
    else if (shown.at(-1)?.kind !== "gap") shown.push({ kind: "gap", text: "…" });
  }
  return shown;
}

export function counts(lines: readonly Line[]): { added: number; removed: number } {
  return {
    added: lines.filter((one) => one.kind === "added").length,
    removed: lines.filter((one) => one.kind === "removed").length,
  };
}

const same = (text: string): Line => ({ kind: "same", text });

/** Align by the longest common subsequence of what lies between the common head and tail (Myers would be quicker). */
function aligned(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const middle = between(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)];
}

const LARGEST = 4_000_000;

function between(before: readonly string[], after: readonly string[]): Line[] {
  const removed = before.map((text): Line => ({ kind: "removed", text }));
  const added = after.map((text): Line => ({ kind: "added", text }));
  if (before.length * after.length > LARGEST) return [...removed, ...added];
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number) => longest[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      longest[row * width + column] =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const found: Line[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [one, other] = [before[row], after[column]];
    if (one !== undefined && one === other) {
      found.push({ kind: "same", text: one });
      row += 1;
      column += 1;
    } else if (one !== undefined && (other === undefined || at(row + 1, column) >= at(row, column + 1))) {
      found.push({ kind: "removed", text: one });
      row += 1;
    } else {
      found.push({ kind: "added", text: other ?? "" });
      column += 1;
    }
  }
  return found;
}
