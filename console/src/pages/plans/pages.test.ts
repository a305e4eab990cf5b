import { expect, test } from "vitest";
import { offered, PAGE, pagesOf } from "./pages";

test("the pages in sight are asked for, and the first for how many there are", () => {
  expect(pagesOf(0, 10)).toEqual([0]);
  expect(pagesOf(PAGE - 1, PAGE)).toEqual([0, 1]);
  expect(pagesOf(90_000, 90_040)).toEqual([0, 450]);
  expect(pagesOf(0, -1)).toEqual([0]);
});

test("a filter offers the largest first, and what is chosen though nothing fits", () => {
  expect(offered({ b: 2, a: 2, c: 9 }, "").map((one) => one.value)).toEqual(["c", "a", "b"]);
  expect(offered({ a: 1 }, "z")[0]).toEqual({ value: "z", label: "z (0)" });
  expect(offered(undefined, "")).toEqual([]);
});
