export interface DiffLine {
  side: "both" | "left" | "right";
  text: string;
}

const MOST = 2_000;

/** Return the lines of both texts in order: those of both once, the others with the side that has them. */
export function difference(left: readonly string[], right: readonly string[]): DiffLine[] {
  if (left.length > MOST || right.length > MOST) {
    return [...left.map((text): DiffLine => ({ side: "left", text })), ...right.map((text): DiffLine => ({ side: "right", text }))];
  }
  const common = lengths(left, right);
  const found: DiffLine[] = [];
  let [one, other] = [0, 0];
  while (one < left.length || other < right.length) {
    const [a, b] = [left[one], right[other]];
    if (a !== undefined && a === b) {
      found.push({ side: "both", text: a });
      one += 1;
      other += 1;
    } else if (b === undefined || (a !== undefined && (common[one + 1]?.[other] ?? 0) >= (common[one]?.[other + 1] ?? 0))) {
      found.push({ side: "left", text: a ?? "" });
      one += 1;
    } else {
      found.push({ side: "right", text: b });
      other += 1;
    }
  }
  return found;
}

/** Return for each pair of places how long the longest common rest is. */
function lengths(left: readonly string[], right: readonly string[]): number[][] {
  const table = Array.from({ length: left.length + 1 }, () => Array.from({ length: right.length + 1 }, () => 0));
  for (let one = left.length - 1; one >= 0; one -= 1) {
    for (let other = right.length - 1; other >= 0; other -= 1) {
      const here = table[one];
      if (here === undefined) continue;
      here[other] = left[one] === right[other] ? 1 + (table[one + 1]?.[other + 1] ?? 0) : Math.max(table[one + 1]?.[other] ?? 0, here[other + 1] ?? 0);
    }
  }
  return table;
}
