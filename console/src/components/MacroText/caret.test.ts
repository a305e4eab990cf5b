import { expect, test } from "vitest";
import type { MacroName, MacroWord } from "../../api/schema";
import { around, type Choice, chosen, fitting, placeOf } from "./caret";

function named(name: string, pattern = false): MacroName {
  return { name, group: "attribute", meaning: "text", example: "", pattern };
}

function word(name: string, write: string, example: string): MacroWord {
  return { name, write, meaning: "", arguments: [], example, result: [], where: [] };
}

const GIVEN: Choice = { kind: "name", one: named("givenName") };
const UPPER: Choice = { kind: "function", one: word("upper", "value | upper", "{{ sn | upper }}") };
const PAD: Choice = { kind: "function", one: word("pad", 'value | pad(width, fill="0")', "{{ employeeID | pad(6) }}") };

function at(marked: string): [string, number] {
  return [marked.replace("|^", ""), marked.indexOf("|^")];
}

test("a macro is found around the caret, with what is typed of its name", () => {
  expect(around(...at("Hi {{ giv|^"))).toMatchObject({ word: "giv", piped: false });
  expect(around(...at("{{ sn | up|^ }}"))).toMatchObject({ word: "up", piped: true });
  expect(around(...at("{{ sn }} x|^"))).toBeNull();
  expect(around(...at('{{ sn | has("Buy|^'))).toBeNull();
});

test("a name becomes a macro, or the rest of the one that was begun", () => {
  expect(chosen(...at("Hi |^!"), GIVEN)).toEqual({ text: "Hi {{ givenName }}!", from: 18, to: 18 });
  expect(chosen(...at("Hi {{giv|^"), GIVEN).text).toBe("Hi {{ givenName }}");
  expect(chosen(...at("Hi {{ giv|^ }}"), GIVEN).text).toBe("Hi {{ givenName }}");
  expect(chosen(...at("{{ |^ and {{ sn }}"), GIVEN).text).toBe("{{ givenName }} and {{ sn }}");
});

test("a function goes behind what it works on, and its arguments are selected", () => {
  expect(chosen(...at("{{ sn|^ }}"), UPPER).text).toBe("{{ sn | upper }}");
  expect(chosen(...at("{{ sn | |^"), UPPER).text).toBe("{{ sn | upper }}");
  const padded = chosen(...at("{{ id | pa|^ }}"), PAD);
  expect(padded.text).toBe("{{ id | pad(6) }}");
  expect(padded.text.slice(padded.from, padded.to)).toBe("6");
  const fresh = chosen("", 0, UPPER);
  expect(fresh.text.slice(fresh.from, fresh.to)).toBe("value");
});

test("what stands for something else is selected, so that it is typed over", () => {
  const made = chosen("", 0, { kind: "name", one: named("blocks.BLOCK.NAME", true) });
  expect(made.text.slice(made.from, made.to)).toBe("BLOCK.NAME");
});

test("names that begin so come first, and only functions behind a pipe", () => {
  const names = [named("name"), named("givenName")];
  const functions = [word("given", "value | given", "")];
  const found = fitting(names, functions, "given", null);
  expect(found.groups.map((one) => one.key)).toEqual(["attribute", "function"]);
  expect(fitting(names, functions, "", "function").groups.map((one) => one.key)).toEqual(["function"]);
});

test("a line and a column are a place in the text", () => {
  expect(placeOf("ab\ncd", 2, 2)).toBe(4);
  expect(placeOf("ab", 9, 9)).toBe(2);
});

test("within JSON the texts of a function stand in single quotes", () => {
  const has: Choice = { kind: "function", one: word("has", "value | has(text)", '{{ memberOf | has("buyers") }}') };
  expect(chosen(...at('{"a": "{{ memberOf|^ }}"}'), has, "'").text).toBe(`{"a": "{{ memberOf | has('buyers') }}"}`);
});
