import { describe, expect, it } from "vitest";
import { inside } from "./inside";

describe("where a sign-in leads", () => {
  it("is the page that was wanted", () => {
    expect(inside("/plans?state=open")).toBe("/plans?state=open");
  });

  it.each(["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", undefined])(
    "is never elsewhere: %s",
    (to) => {
      expect(inside(to)).toBe("/");
    },
  );
});
