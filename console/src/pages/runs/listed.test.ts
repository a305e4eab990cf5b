import { expect, test } from "vitest";
import { calledOf, countsOf, statesOf } from "./listed";

test("each kind of run can be in its own states, and both together in all of them once", () => {
  expect(statesOf("plan").map((one) => one.value)).not.toContain("paused");
  expect(statesOf("template").map((one) => one.value)).not.toContain("stopped");
  const all = statesOf(undefined).map((one) => one.value);
  expect(all).toEqual([...new Set(all)]);
  expect(new Set(all)).toEqual(new Set(["running", "paused", "done", "partial", "stopped", "cancelled"]));
});

test("a change by hand is called so, and a rule by its name even if that is the same word", () => {
  expect(calledOf({ kind: "template", of: "by-hand" })).toBe("Change by hand");
  expect(calledOf({ kind: "plan", of: "by-hand" })).toBe("by-hand");
  expect(calledOf({ kind: "template", of: "welcome" })).toBe("welcome");
});

test("who failed is counted beside how many there were", () => {
  expect(countsOf({ kind: "template", count: 3, counts: { succeeded: 1, failed: 1, unknown: 1 } })).toBe("3 subjects, 2 failed");
  expect(countsOf({ kind: "template", count: 1, counts: { succeeded: 1 } })).toBe("1 subject");
  expect(countsOf({ kind: "plan", count: 1200 })).toBe("1,200 results");
});
