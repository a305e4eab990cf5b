import { describe, expect, it } from "vitest";
import { changedLines, counts } from "./lines";

describe("the difference of two texts", () => {
  it("is nothing but a gap where both are the same", () => {
    expect(changedLines("a\nb\nc", "a\nb\nc")).toEqual([{ kind: "gap", text: "…" }]);
  });

  it("names what was added and what was removed, with a little around it", () => {
    const lines = changedLines("a\nb\nc\nd\ne\nf\ng\nh", "a\nb\nc\nd\nE\nf\ng\nh", 1);
    expect(lines.map((one) => `${one.kind[0]}${one.text}`)).toEqual(["g…", "sd", "re", "aE", "sf", "g…"]);
    expect(counts(lines)).toEqual({ added: 1, removed: 1 });
  });

  it("rebuilds both texts from what is kept", () => {
    const [before, after] = ["x\ny\nz\ny", "y\nz\nz\nw\ny"];
    const lines = changedLines(before, after, 100);
    const side = (not: string) => lines.filter((one) => one.kind !== not).map((one) => one.text).join("\n");
    expect(side("added")).toBe(before);
    expect(side("removed")).toBe(after);
  });
});
