import { expect, test } from "vitest";
import { busiestFirst, percent } from "./quota";

function used(name: string, calls: number, share: number | null, refused = 0) {
  const busiest = share === null ? null : { since: "2031-05-04T03:02:00Z", minutes: 1, calls, allowed: 300, share };
  return { name, calls, refused, busiest };
}

test("what is nearest to its end stands first, and what was not used is left out", () => {
  const all = [used("quiet", 0, null), used("half", 150, 0.5), used("full", 300, 1), used("few", 3, 0.01), used("more", 9, 0.01)];
  expect(busiestFirst(all).map((one) => one.name)).toEqual(["full", "half", "more", "few"]);
});

test("what is measured over a longer time, and what was refused, is there without a call in the last hour", () => {
  expect(busiestFirst([used("day", 0, 0.7), used("lost", 0, null, 2)]).map((one) => one.name)).toEqual(["day", "lost"]);
});

test("a small share is not rounded to nothing", () => {
  expect([percent(0), percent(0.004), percent(0.336), percent(1.2)]).toEqual(["0%", "0.4%", "34%", "120%"]);
});
