import { describe, expect, it } from "vitest";
import { asRequirement, withRequirement } from "./approval";

describe("who has to agree", () => {
  it("is a number where nothing more is said, and nothing where nobody has to", () => {
    expect(withRequirement(asRequirement(2))).toBe(2);
    expect(withRequirement({ need: 1 })).toBe(1);
    expect(withRequirement({ need: 0, approvers: ["ana"] })).toBeUndefined();
    expect(withRequirement(asRequirement(undefined))).toBeUndefined();
  });

  it("leaves out what goes without saying", () => {
    expect(withRequirement({ need: 1, approvers: ["ana"] })).toEqual({ approvers: ["ana"] });
    expect(asRequirement({ approvers: ["ana"], remind: "1d" })).toEqual({ need: 1, approvers: ["ana"], remind: ["1d"] });
  });
});
