import { expect, it } from "vitest";
import { relative } from "./Moment";

const NOW = new Date(2026, 10, 28, 5, 54);

it.each([
  [new Date(2026, 10, 28, 5, 54), "now"],
  [new Date(2026, 10, 29, 3, 0), "in 21 hours"],
  [new Date(2026, 10, 29, 23, 0), "tomorrow"],
  [new Date(2026, 10, 30, 3, 0), "in 2 days"],
  [new Date(2026, 10, 26, 23, 0), "2 days ago"],
  [new Date(2026, 10, 27, 5, 0), "yesterday"],
  [new Date(2026, 9, 20), "1 month ago"],
  [new Date(2025, 9, 20), "1 year ago"],
])("%s is %s", (at, words) => {
  expect(relative(at, NOW)).toBe(words);
});
