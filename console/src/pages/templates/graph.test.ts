/* oxlint-disable unicorn/no-thenable -- an arrow of a decision is called so */

import { describe, expect, it } from "vitest";
import { arrowsOf, BOX, kindOf, layoutOf, levelsOf, lineOf, neighbour, outletsOf, wordsOf } from "./graph";

const TEMPLATE = {
  start: "greet",
  blocks: {
    greet: { webhook: "app.greet", next: "check", on_failure: "tell" },
    check: { if: "{{ mail }}", then: "wait", else: "done" },
    wait: { delay: "1h", next: "check" },
    tell: { notify: "it", next: "nowhere" },
    done: { end: "success" },
    lost: { end: "failure" },
  },
};

describe("a template as a graph", () => {
  it("has the arrows that lead to blocks that are there", () => {
    expect(arrowsOf(TEMPLATE).map(({ from, word, to }) => `${from} ${word} ${to}`)).toEqual([
      "greet next check",
      "greet on_failure tell",
      "check then wait",
      "check else done",
      "wait next check",
    ]);
  });

  it("lies in rows below what leads there, and what leads back changes nothing", () => {
    const levels = levelsOf(TEMPLATE);
    expect([...levels].toSorted()).toEqual([["check", 1], ["done", 2], ["greet", 0], ["lost", 3], ["tell", 1], ["wait", 2]]);
  });

  it("draws no two blocks over each other", () => {
    const spots = [...layoutOf(TEMPLATE).spots.values()];
    expect(spots).toHaveLength(6);
    for (const [place, one] of spots.entries()) {
      for (const other of spots.slice(place + 1)) {
        expect(Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height).toBe(true);
      }
    }
  });

  it("gives an arrow that passes rows a lane of its own", () => {
    const far = { start: "a", blocks: { a: { if: "x", then: "b", else: "c" }, b: { delay: "1h", next: "c" }, c: { end: "success" } } };
    const layout = layoutOf(far);
    const [bend] = layout.bends.get("a else") ?? [];
    const box = layout.spots.get("b");
    expect(bend !== undefined && box !== undefined && (bend.x < box.x || bend.x > box.x + BOX.width)).toBe(true);
  });

  it("is drawn where nothing is known of it", () => {
    expect(layoutOf({}).spots.size).toBe(0);
    expect(layoutOf({ start: "x", blocks: { a: {} } }).spots.size).toBe(1);
    expect(kindOf({ next: "a" })).toBeNull();
    expect(outletsOf({ on_late: "a" })).toEqual(["on_late"]);
  });

  it("leads a keyboard to the nearest block each way", () => {
    const { spots } = layoutOf(TEMPLATE);
    expect(neighbour(spots, "greet", "up")).toBe("greet");
    expect(["check", "tell"]).toContain(neighbour(spots, "greet", "down"));
    const side = neighbour(spots, "check", "right") === "check" ? "left" : "right";
    expect(neighbour(spots, "check", side)).toBe("tell");
    expect(neighbour(spots, "nobody", "up")).toBe("nobody");
  });

  it("draws a line up around the left, and one down by its bends", () => {
    expect(lineOf({ x: 10, y: 300 }, { x: 0, y: 0 }, [])).toContain("L");
    expect(lineOf({ x: 10, y: 0 }, { x: 0, y: 300 }, [{ x: 50, y: 100 }]).match(/C/g)).toHaveLength(2);
  });

  it("says what a block does", () => {
    expect(wordsOf({ action: "disable" })).toBe("disable");
    expect(wordsOf({ action: { add_to_groups: ["x"] } })).toBe("add to groups");
    expect(wordsOf({ delay: { until: "{{ accountExpires }}" } })).toBe("{{ accountExpires }}");
    expect(wordsOf({ approval: { by: ["ana", "bo"] } })).toBe("ana, bo");
    expect(wordsOf({})).toBe("");
  });
});
