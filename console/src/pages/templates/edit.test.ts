// @vitest-environment jsdom
// what it tests imports what reads the page
/* oxlint-disable unicorn/no-thenable -- an arrow of a decision is called so */

import { describe, expect, it } from "vitest";
import { added, asKind, BLOCK_NAME, connected, EMPTY, freeName, renamed, withoutBlock } from "./edit";
import { stepped, type History } from "./history";
import { left, mistakesOf } from "./scope";
import { rowsOf, setOf } from "./SetRows";

const TEMPLATE = {
  subject: "corp.users",
  start: "greet",
  blocks: {
    greet: { webhook: "app.greet", next: "say", on_failure: "done" },
    say: { notify: "it", text: "{{ blocks.greet.id }}, {{ blocks.greet-2.id }}", next: "done" },
    done: { end: "success" },
  },
};

describe("what somebody does to a template", () => {
  it("puts a new block into the arrow that leads on", () => {
    const { template, name } = added(TEMPLATE, "delay", "greet");
    expect(name).toBe("wait");
    expect(template["blocks"]).toMatchObject({ greet: { next: "wait" }, wait: { delay: "1h", next: "say" } });
    expect(TEMPLATE.blocks.greet.next).toBe("say");
  });

  it("puts a block before the end that a template begins with", () => {
    const { template } = added(EMPTY, "webhook", "done");
    expect(template).toMatchObject({ start: "call", blocks: { call: { webhook: "", next: "done" } } });
  });

  it("leads on to where a removed block led", () => {
    expect(withoutBlock(TEMPLATE, "say")["blocks"]).toEqual({ greet: { webhook: "app.greet", next: "done", on_failure: "done" }, done: { end: "success" } });
    expect(withoutBlock(TEMPLATE, "greet")["start"]).toBe("say");
    expect(withoutBlock(TEMPLATE, "done")["blocks"]).toMatchObject({ say: { notify: "it" } });
    expect(withoutBlock(TEMPLATE, "nobody")).toBe(TEMPLATE);
  });

  it("renames a block everywhere, and no other that begins so", () => {
    const now = renamed(TEMPLATE, "greet", "hello");
    expect(now["start"]).toBe("hello");
    expect(now["blocks"]).toMatchObject({ say: { text: "{{ blocks.hello.id }}, {{ blocks.greet-2.id }}" } });
    expect(Object.keys(now["blocks"] as object)).toEqual(["hello", "say", "done"]);
  });

  it("connects, and takes a connection away", () => {
    expect(connected(TEMPLATE, "greet", "next", "done")["blocks"]).toMatchObject({ greet: { next: "done" } });
    expect(connected(TEMPLATE, "say", "next", undefined)["blocks"]).toMatchObject({ say: { notify: "it" } });
    expect(connected(TEMPLATE, "nobody", "next", "done")).toBe(TEMPLATE);
  });

  it("keeps title and arrows where a block becomes another kind", () => {
    expect(asKind({ webhook: "a.b", title: "T", next: "x", on_failure: "y" }, "notify")).toEqual({ notify: "", title: "T", next: "x", on_failure: "y" });
    expect(asKind({ webhook: "a.b", next: "x" }, "if")).toEqual({ if: "", then: "x" });
    expect(asKind({ end: "failure" }, "end")).toEqual({ end: "failure" });
  });

  it("finds a free name that is a good one", () => {
    const name = freeName({ blocks: { call: {}, "call-2": {} } }, "webhook");
    expect(name).toBe("call-3");
    expect(BLOCK_NAME.test(name)).toBe(true);
    expect(BLOCK_NAME.test("a.b")).toBe(false);
  });
});

describe("undo and redo", () => {
  const begin: History<number> = { past: [], now: 0, future: [], tag: "" };

  it("goes back and forth, and forgets what was undone once something else is done", () => {
    const two = stepped(stepped(begin, { kind: "set", value: 1, tag: "" }), { kind: "set", value: 2, tag: "" });
    const back = stepped(two, { kind: "undo" });
    expect([back.now, stepped(back, { kind: "redo" }).now]).toEqual([1, 2]);
    expect(stepped(back, { kind: "set", value: 5, tag: "" }).future).toEqual([]);
    expect(stepped(begin, { kind: "undo" })).toBe(begin);
    expect(stepped(begin, { kind: "redo" })).toBe(begin);
  });

  it("takes typing in one field as one step", () => {
    const typed = stepped(stepped(begin, { kind: "set", value: 1, tag: "title" }), { kind: "set", value: 2, tag: "title" });
    expect(stepped(typed, { kind: "undo" }).now).toBe(0);
  });
});

describe("mistakes", () => {
  const errors = { start: "no", "blocks.say": "never reached", "blocks.say.notify": "no channel", "blocks.greet.with.x": "no" };

  it("are counted by block", () => {
    expect(mistakesOf(errors)).toEqual({ say: 2, greet: 1 });
  });

  it("that stand beside no field are told below them", () => {
    expect(left(errors, "blocks.say", TEMPLATE.blocks.say)).toEqual(["never reached"]);
    expect(left(errors, "blocks.greet", TEMPLATE.blocks.greet)).toEqual([]);
  });
});

it("attributes that are set come back as they were", () => {
  const set = { title: "{{ x }}", mobile: null, mail: { from: "{{ y }}", when_empty: "clear" } };
  expect(setOf(rowsOf(set))).toEqual(set);
  expect(setOf([{ name: "", text: "typed", clear: false }])).toEqual({});
});
