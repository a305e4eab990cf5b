import { expect, it } from "vitest";
import { choice, flag, text } from "./search";

it("takes what fits and leaves out what does not", () => {
  expect(text({ a: "x" }, "a")).toEqual({ a: "x" });
  expect(text({ a: 42 }, "a")).toEqual({ a: "42" });
  expect(text({ a: ["x"] }, "a")).toEqual({});
  expect(flag({ a: "true" }, "a")).toEqual({ a: true });
  expect(flag({ a: "no" }, "a")).toEqual({});
  expect(choice({ a: "b" }, "a", ["b", "c"])).toEqual({ a: "b" });
  expect(choice({ a: "d" }, "a", ["b", "c"])).toEqual({});
});
