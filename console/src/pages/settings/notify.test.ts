import { expect, test } from "vitest";
import { CHANNEL, ofKind, ruleFields, rulesOf } from "./notify";

test("a channel of another kind keeps nothing of the kind before but its description", () => {
  expect(ofKind({ kind: "email", host: "mail" }, { kind: "chat", host: "mail", description: "night" })).toEqual({ kind: "chat", description: "night" });
  expect(ofKind({ kind: "email" }, { kind: "email", host: "mail" })).toEqual({ kind: "email", host: "mail" });
});

const shown = (kind: string) => CHANNEL.filter((one) => one.when?.({ kind }) ?? true).map((one) => one.path);

test("each kind of channel is asked for what it needs alone", () => {
  expect(shown("file")).toEqual(["kind", "file", "description"]);
  expect(shown("chat")).toEqual(["kind", "url", "style", "timeout", "description"]);
});

test("rules are listed, and can name what is there", () => {
  const document = { channels: { log: {} }, notifications: { bad: { to: ["log"], severity: "error" }, all: { to: "log" } } };
  expect(rulesOf(document)).toEqual([
    { name: "bad", to: "log", severity: "error" },
    { name: "all", to: "log", severity: "info" },
  ]);
  expect(ruleFields(document)[0]?.choices).toEqual([{ value: "log", label: "log" }]);
});
