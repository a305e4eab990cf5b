import { describe, expect, it } from "vitest";
import type { Tree } from "../../api/json";
import type { AnswerField } from "../../api/schema";
import { callChanges, calledFor, grown, needs, onlyReads } from "./endpoint";

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

describe("for whose records an endpoint is called", () => {
  const objects: Tree = { users: { list: "all", join: [{ endpoint: "roles", key: "id" }, { endpoint: "detail", each: true }] }, teams: { list: "teams" } };

  it("is what the objects say", () => {
    expect(calledFor(objects, "detail")).toEqual(["users"]);
    expect(calledFor(objects, "roles")).toEqual([]);
  });

  it("changes only the objects that are concerned, and keeps their other joins", () => {
    expect(callChanges(objects, "detail", ["users"])).toEqual({});
    expect(callChanges(objects, "detail", ["teams"])).toEqual({ users: [{ endpoint: "roles", key: "id" }], teams: [{ endpoint: "detail", each: true }] });
    expect(callChanges({ teams: { join: [{ endpoint: "detail", each: true }] } }, "detail", [])).toEqual({ teams: undefined });
  });
});
