import { expect, test } from "vitest";
import { actionOf, NO_WISH, verbsOf } from "./change";

test("an action is whole only with what it needs", () => {
  expect(actionOf(NO_WISH)).toBeUndefined();
  expect(actionOf({ ...NO_WISH, attribute: "title", value: "Lead" })).toEqual({ set: { title: "Lead" } });
  expect(actionOf({ ...NO_WISH, attribute: "title" })).toEqual({ set: { title: null } });
  expect(actionOf({ ...NO_WISH, verb: "move" })).toBeUndefined();
  expect(actionOf({ ...NO_WISH, verb: "add_to_groups", groups: ["CN=a"] })).toEqual({ add_to_groups: ["CN=a"] });
  expect(actionOf({ ...NO_WISH, verb: "expire", ends: "2031-01-31" })).toEqual({ expire: "2031-01-31T00:00:00Z" });
  expect(actionOf({ ...NO_WISH, verb: "disable" })).toEqual({ disable: {} });
});

test("groups are offered only what groups know", () => {
  expect(verbsOf("groups")).toEqual(["set", "move", "delete"]);
  expect(verbsOf("users")).toContain("unlock");
});
