import { expect, test } from "vitest";
import { converted } from "./body";

test("another message type keeps of the message what it can hold", () => {
  expect(converted({ a: "1", b: { c: 2 } }, "form")).toEqual({ a: "1" });
  expect(converted('{"a": 1}', "json")).toEqual({ a: 1 });
  expect(converted({ a: 1 }, "text")).toBe('{\n  "a": 1\n}');
  expect(converted({ a: 1 }, "none")).toBeUndefined();
});
