import { expect, test } from "vitest";
import { ended, pace } from "./RunLive";

test("what was begun has not ended", () => {
  expect(ended({ begun: 5, done: 2, refused: 1, stale: 0, failed: 1 })).toBe(4);
});

test("a run says how fast it goes and how long it takes, and that it stands still", () => {
  expect(pace({ rate: 12.4, left: 125 })).toBe("12 a second · about 2 min 5 s left");
  expect(pace({ rate: 0.1, left: 0 })).toBe("6 a minute");
  expect(pace({ rate: null, left: null })).toBe("nothing ended lately");
});
