import { expect, it } from "vitest";
import { marksOf, overOf, totalOf, wayOf } from "./counts";

const STEP = { position: 0, execution: 0, cause: "", detail: "", request: "", answer: "", attempts: 1, seconds: 0, begun_at: "", ended_at: "" };

it("counts who is over", () => {
  const counts = { ready: 1, succeeded: 2, failed: 3 };
  expect([totalOf(counts), overOf(counts)]).toEqual([6, 5]);
  expect(totalOf(undefined)).toBe(0);
});

it("marks a block by who is there, and by what ended there", () => {
  const stand = [
    { block: "ask", state: "approval", count: 2 },
    { block: "end", state: "succeeded", count: 5 },
  ];
  const done = [
    { block: "ask", state: "begun", count: 2 },
    { block: "greet", state: "succeeded", count: 7 },
    { block: "greet", state: "failed", count: 1 },
  ];
  expect(marksOf(stand, done)).toEqual({ ask: { stand: 2, done: 0, failed: 0 }, greet: { stand: 0, done: 7, failed: 1 } });
});

it("draws the way by what followed what, and a failure by its own arrow", () => {
  const arrows = [
    { from: "a", word: "next" as const, to: "b" },
    { from: "a", word: "on_failure" as const, to: "b" },
    { from: "b", word: "next" as const, to: "c" },
  ];
  const steps = [{ ...STEP, block: "a", state: "failed" as const }];
  expect([...wayOf(arrows, steps, { block: "b", state: "waiting" })]).toEqual(["a on_failure"]);
  expect([...wayOf(arrows, steps, { block: "a", state: "failed" })]).toEqual([]);
});
