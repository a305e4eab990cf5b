import { expect, it } from "vitest";
import { listedOf, objectsOf } from "./people";

it("rows are what the server gave, with every value of an attribute", () => {
  const row = { key: "7", name: "Ana", attributes: { email: ["a@x", "b@x"], phone: null } };
  expect(listedOf([{ number: 3, tag: "", row }, "nothing"])).toEqual([{ number: 3, key: "7", name: "Ana", attributes: { email: ["a@x", "b@x"], phone: [] } }]);
});

it.each([
  ["rest", { objects: { others: {}, persons: {} } }, ["persons"], ["persons", "others"]],
  ["active_directory", { searches: { sales: {} } }, [], ["users", "groups", "sales"]],
  ["ldif", {}, [], ["users", "groups"]],
  ["table", {}, [], []],
] as const)("a connection of kind %s lists %j with %j as %j", (kind, written, preset, found) => {
  expect(objectsOf(kind, written, preset)).toEqual(found);
});
