import { expect, it } from "vitest";
import type { AnswerField } from "../../api/schema";
import { grown, needs, onlyReads } from "./endpoint";

const field = (path: string, depth: number): AnswerField => ({ path, depth, types: ["text"], example: "", present: 1, looked: 1, list_node: false, usable: true });

it("knows the values that a call needs, and takes no macro for one", () => {
  const spec = { url: "{base_url}/a/{key}", params: { b: "{other}", c: "{{ now | date('{x}') }}" }, body: { d: [{ e: "{deep}" }] } };
  expect(needs(spec)).toEqual(["key", "other", "deep"]);
});

it("lets only be tried what changes nothing", () => {
  expect(onlyReads({})).toBe(true);
  expect(onlyReads({ method: "POST" })).toBe(false);
  expect(onlyReads({ method: "POST", reads: true })).toBe(true);
});

it("grows a tree of fields, each called by its own part of the path", () => {
  const found = grown([field("", 0), field("persons", 1), field("persons[].id", 2), field('persons[]."odd.name"', 2), field("total", 1)]);
  expect(found).toHaveLength(1);
  expect(found[0]?.children.map((one) => one.label)).toEqual(["persons", "total"]);
  expect(found[0]?.children[0]?.children.map((one) => one.label)).toEqual(["id", '"odd.name"']);
});
