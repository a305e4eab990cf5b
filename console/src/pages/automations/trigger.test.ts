import { describe, expect, it } from "vitest";
import { linePairs, pairLines, withKey } from "../../api/json";
import { asKind, asWhat, kindOf, sideOf, whatOf, withBlackouts } from "./trigger";

describe("a trigger in the editor", () => {
  it("keeps its time zone when it becomes another kind of schedule", () => {
    const weekly = asKind({ daily: "03:00", timezone: "Europe/Zagreb" }, "weekly");
    expect(kindOf(weekly)).toBe("weekly");
    expect(weekly["timezone"]).toBe("Europe/Zagreb");
    expect("timezone" in asKind(weekly, "event")).toBe(false);
  });

  it("says nothing of windows once the last of them is gone", () => {
    const window = { from: "22:00", to: "06:00" };
    const held = { daily: "23:00", blackout: [window], blackout_then: "run_after" };
    expect(withBlackouts(held, [window, window])).toEqual({ ...held, blackout: [window, window] });
    expect(withBlackouts(held, [])).toEqual({ daily: "23:00" });
  });

  it("loses what only another thing needs, and nothing else", () => {
    const spec = { trigger: { daily: "02:00" }, rule: "staff", scope: "changed", owner: "ana" };
    expect(asWhat(spec, "template")).toEqual({ trigger: { daily: "02:00" }, owner: "ana", template: "" });
    expect(asWhat({ ...spec, approve: 2 }, "mapping")).toEqual({ trigger: { daily: "02:00" }, owner: "ana", approve: 2, mapping: "" });
    expect(whatOf(asWhat({ ...spec, approve: 2 }, "tasks"))).toBe("tasks");
    expect("approve" in asWhat({ ...spec, approve: 2 }, "tasks")).toBe(false);
  });

  it("is one of events however often it is read", () => {
    expect(kindOf({ every: "10m", event: ["user_created"], on: "corp.users" })).toBe("event");
  });

  it("knows whose accounts tasks are for", () => {
    expect(sideOf({ trigger: { event: ["user_created"], on: "corp.users" }, tasks: [] })).toBe("corp.users");
    expect(sideOf({ trigger: { daily: "02:00" }, target: "corp.groups", tasks: [] })).toBe("corp.groups");
  });

  it("writes pairs as lines and reads them back", () => {
    const pairs = [["mail", "email"], ["employeeID", "externalId"]];
    expect(linePairs(pairLines(pairs))).toEqual(pairs);
  });

  it("takes an empty value away and leaves the order of the others", () => {
    expect(withKey({ a: "1", b: "2" }, "a", "")).toEqual({ b: "2" });
    expect(Object.keys(withKey({ a: "1", b: "2" }, "a", "3"))).toEqual(["a", "b"]);
  });
});
