import { expect, it } from "vitest";
import { withGuard } from "../../components/guards";
import { lineMarks, markLines, unseen } from "./definition";

it("keeps what a guard had when one number changes, and takes a guard away", () => {
  expect(withGuard({ source: "a" }, "delete", "count", 3)).toEqual({ source: "a", guards: { delete: { percent: 5, count: 3 } } });
  expect(withGuard({ guards: { delete: { percent: 5, count: 3 }, canary: 1 } }, "delete", "percent", undefined)).toEqual({ guards: { canary: 1 } });
  expect(withGuard({ guards: { delete: { percent: 5 } } }, "delete", "percent", undefined)).toEqual({});
});

it("writes marks as lines and reads them back", () => {
  const marks = { "customAttributes.Status": "left = gone", tag: "x" };
  expect(lineMarks(markLines(marks))).toEqual(marks);
});

it("tells what it does not show", () => {
  expect(unseen({ source: "a", approve: 2, guards: { by: {}, delete: {} } })).toEqual(["guards.by"]);
  expect(unseen({ approve: { need: 2 } })).toEqual(["approve"]);
});
