import { expect, it } from "vitest";
import { at, lines, same, withAt } from "./json";

const held = { a: { b: 1, c: { d: "x" } }, e: [1] };

it("finds what stands at a path, and nothing in what every object has", () => {
  expect(at(held, ["a", "c", "d"])).toBe("x");
  expect(at(held, ["a", "constructor"])).toBeUndefined();
  expect(at(held, ["e", "0"])).toBeUndefined();
});

it("puts and takes a part, keeps the order, and leaves no empty tree behind", () => {
  expect(withAt(held, ["a", "b"], 2)).toEqual({ ...held, a: { ...held.a, b: 2 } });
  expect(Object.keys(withAt(held, ["a", "b"], 2))).toEqual(["a", "e"]);
  expect(withAt(held, ["a", "c", "d"], undefined)).toEqual({ a: { b: 1 }, e: [1] });
  expect(withAt({}, ["x", "y"], undefined)).toEqual({});
  expect(withAt({}, ["x", "y"], {})).toEqual({ x: { y: {} } });
});

it("knows what is the same, whatever the order of the keys", () => {
  expect(same({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
  expect(same({ a: undefined }, {})).toBe(false);
  expect(same([1, 2], [2, 1])).toBe(false);
});

it("writes a part as people read it", () => {
  expect(lines({ url: "x", params: { a: "1" }, none: {}, list: ["a", { b: 1, c: 2 }] })).toEqual([
    "url: x",
    "params:",
    "  a: 1",
    "none: {}",
    "list:",
    "  - a",
    "  - b: 1",
    "    c: 2",
  ]);
});
