import { expect, it } from "vitest";
import { FRESH, isOnce } from "./window";

it("stays of its kind while one of its ends is written anew", () => {
  expect([isOnce(FRESH.daily), isOnce({ from: "", to: "06:00" }), isOnce({ from: "22:00", to: "" })]).toEqual([false, false, false]);
  expect([isOnce(FRESH.once), isOnce({ from: "", to: "2999-12-27T00:00" }), isOnce({ from: "2999-12-24T00:00", to: "" })]).toEqual([true, true, true]);
});
