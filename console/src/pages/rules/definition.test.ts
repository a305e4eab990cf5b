import { expect, it } from "vitest";
import { groupsOf, withGroup, withGroupGuard, withGuard } from "../../components/guards";
import { lineMarks, markLines, unseen } from "./definition";

it("keeps what a guard had when one number changes, and takes a guard away", () => {
  expect(withGuard({ source: "a" }, "delete", "count", 3)).toEqual({ source: "a", guards: { delete: { percent: 5, count: 3 } } });
  expect(withGuard({ guards: { delete: { percent: 5, count: 3 }, canary: 1 } }, "delete", "percent", undefined)).toEqual({ guards: { canary: 1 } });
  expect(withGuard({ guards: { delete: { percent: 5 } } }, "delete", "percent", undefined)).toEqual({});
});

it("limits groups only by what is said, and says nothing of groups once the last is gone", () => {
  const begun = withGroup({ source: "a", guards: { canary: 1 } }, "department", {});
  expect(groupsOf(begun)).toEqual({ department: {} });
  const numbered = withGroupGuard(begun, "department", "delete", "count", 3);
  expect(numbered["guards"]).toEqual({ canary: 1, by: { department: { delete: { percent: 100, count: 3 } } } });
  const tighter = withGroupGuard(numbered, "department", "delete", "percent", 20);
  expect(groupsOf(tighter)).toEqual({ department: { delete: { percent: 20, count: 3 } } });
  expect(groupsOf(withGroupGuard(tighter, "department", "delete", "percent", undefined))).toEqual({ department: {} });
  expect(withGroup(tighter, "department", undefined)).toEqual({ source: "a", guards: { canary: 1 } });
});

it("writes marks as lines and reads them back", () => {
  const marks = { "customAttributes.Status": "left = gone", tag: "x" };
  expect(lineMarks(markLines(marks))).toEqual(marks);
});

it("tells what it does not show", () => {
  expect(unseen({ source: "a", approve: 2, guards: { by: {}, delete: {}, later: 1 } })).toEqual(["guards.later"]);
  expect(unseen({ approve: { need: 2 } })).toEqual(["approve"]);
});
