import { describe, expect, it } from "vitest";
import { groupsWith, spanOf, unchosen, withSpan } from "./role";

describe("the reach of a role", () => {
  it("is nothing where nothing is said, and everything only where that is written", () => {
    expect([undefined, "all", ["corp"], []].map(spanOf)).toEqual(["none", "all", "some", "some"]);
  });

  it("loses its key when it is to reach nothing, and keeps its names when it goes on being some", () => {
    const role = { rights: ["read_people"], connections: ["corp"] };
    expect(withSpan(role, "connections", "none")).toEqual({ rights: ["read_people"] });
    expect(withSpan(role, "connections", "some")).toEqual(role);
    expect(withSpan(role, "connections", "all")["connections"]).toBe("all");
    expect(withSpan({ connections: "all" }, "connections", "some")).toEqual({ connections: [] });
  });

  it("is not complete while it is to be some, and names none", () => {
    expect(unchosen({ connections: ["corp"], rules: [] })).toBe("rules");
    expect(unchosen({ connections: "all" })).toBeUndefined();
  });
});

describe("a role that groups have", () => {
  it("is found in the delegations", () => {
    const configuration = { sign_in: { delegations: [{ group: "CN=A", roles: ["desk"] }, { group: "CN=B", roles: ["auditor"] }] } };
    expect(groupsWith(configuration, "desk")).toEqual(["CN=A"]);
    expect(groupsWith({}, "desk")).toEqual([]);
  });
});
