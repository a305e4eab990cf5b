import { expect, it } from "vitest";
import { difference } from "./difference";

it("tells which lines both have, and which only one", () => {
  expect(difference(["a", "b", "c"], ["a", "x", "c", "d"])).toEqual([
    { side: "both", text: "a" },
    { side: "left", text: "b" },
    { side: "right", text: "x" },
    { side: "both", text: "c" },
    { side: "right", text: "d" },
  ]);
  expect(difference([], [])).toEqual([]);
});

it("gives both sides back", () => {
  const [left, right] = [["1", "2", "2", "3"], ["2", "3", "3", "1"]];
  const found = difference(left, right);
  expect(found.filter((one) => one.side !== "right").map((one) => one.text)).toEqual(left);
  expect(found.filter((one) => one.side !== "left").map((one) => one.text)).toEqual(right);
});
