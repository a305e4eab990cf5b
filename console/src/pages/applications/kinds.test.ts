import { expect, it } from "vitest";
import { CONNECTIONS } from "./fields";
import { freeName, KINDS, NAME } from "./kinds";

it("suggests a name that nobody has", () => {
  expect(freeName("corp", [])).toBe("corp");
  expect(freeName("corp", ["corp", "corp-2"])).toBe("corp-3");
});

it("has fields for every kind, and a name that can be one", () => {
  for (const one of KINDS) {
    expect(CONNECTIONS[one.kind]?.length).toBeGreaterThan(2);
    expect(one.name).toMatch(NAME);
    expect(one.start["kind"]).toBe(one.kind);
  }
});
