// @vitest-environment jsdom
// what it tests imports what reads the page
import { describe, expect, it } from "vitest";
import { remaining } from "./WorkProgress";

const BEGUN = "2026-01-01T00:00:00Z";
const after = (seconds: number) => Date.parse(BEGUN) + seconds * 1000;

describe("the remaining time", () => {
  it("is told from what was done in the time that is gone", () => {
    expect(remaining({ begun: BEGUN, done: 100, total: 300 }, after(10))).toContain("20 s");
  });

  it("is not told before anything can be known", () => {
    expect(remaining({ begun: BEGUN, done: 0, total: 300 }, after(10))).toBe("");
    expect(remaining({ begun: BEGUN, done: 1, total: 300 }, after(1))).toBe("");
    expect(remaining({ begun: null, done: 1, total: 300 }, after(10))).toBe("");
    expect(remaining({ begun: BEGUN, done: 5, total: null }, after(10))).toBe("");
  });
});
