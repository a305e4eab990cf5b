/** Where the caret stands in a text with macros, and what becomes of the text when something is chosen there. */

import type { MacroName, MacroWord } from "../../api/schema";

export type Choice = { kind: "name"; one: MacroName } | { kind: "function"; one: MacroWord };

/** The macro around the caret. *word*: what is typed of a name so far; *piped*: a function belongs there. */
export interface Around {
  word: string;
  from: number;
  piped: boolean;
}

/** A text and what of it is selected. */
export interface Written {
  text: string;
  from: number;
  to: number;
}

const WORD = /[\p{L}\p{N}_.-]*$/u;

/** Return the macro around *caret*; null where there is none, or where a text in quotes is written. */
export function around(text: string, caret: number): Around | null {
  const before = text.slice(0, caret);
  const opened = before.lastIndexOf("{{");
  if (opened < 0 || before.includes("}}", opened)) return null;
  const inside = before.slice(opened + 2);
  if (((inside.match(/(?<!\\)["']/g)?.length ?? 0) & 1) === 1) return null;
  const word = WORD.exec(inside)?.[0] ?? "";
  const ahead = inside.slice(0, inside.length - word.length).trimEnd();
  return { word, from: caret - word.length, piped: ahead.endsWith("|") };
}

/** Return *text* with *choice* at *caret*; what a person still has to say is selected. *quotes*: around texts in it. */
export function chosen(text: string, caret: number, choice: Choice, quotes = '"'): Written {
  const here = around(text, caret);
  if (choice.kind === "name") {
    const name = choice.one.name;
    const blank = choice.one.pattern ? /[A-Z]{2,}.*$/.exec(name)?.[0] : undefined;
    return here === null ? put(text, caret, caret, `{{ ${name} }}`, blank) : put(text, here.from, caret, spaced(text, here.from, name) + closing(text, caret), blank);
  }
  const call = callOf(choice.one).replaceAll('"', quotes);
  if (here === null) return put(text, caret, caret, choice.one.write.includes("|") ? `{{ value | ${call} }}` : `{{ ${call} }}`, "value");
  if (here.piped) return put(text, here.from, caret, spaced(text, here.from, call) + closing(text, caret), argument(call));
  const piped = choice.one.write.includes("|") && here.word !== "";
  return piped ? put(text, caret, caret, ` | ${call}${closing(text, caret)}`, argument(call)) : put(text, here.from, caret, spaced(text, here.from, call) + closing(text, caret), argument(call));
}

function spaced(text: string, from: number, word: string): string {
  return /[{|]$/.test(text.slice(0, from)) ? ` ${word}` : word;
}

/** Return what closes the macro at *caret*, if nothing does yet. */
function closing(text: string, caret: number): string {
  const after = text.slice(caret);
  const closed = after.indexOf("}}");
  const next = after.indexOf("{{");
  if (closed >= 0 && (next < 0 || closed < next)) return "";
  return " }}";
}

/** Return how a function is called: with the arguments of its example. */
export function callOf(one: MacroWord): string {
  const escaped = one.name.replaceAll(/[^\w]/g, String.raw`\$&`);
  const found = new RegExp(String.raw`\b${escaped}(\((?:[^()"]|"[^"]*")*\))?`).exec(one.example);
  return found?.[0] ?? one.name;
}

function argument(call: string): string | undefined {
  return /\((.+)\)$/.exec(call)?.[1];
}

function put(text: string, from: number, to: number, made: string, select: string | undefined): Written {
  const changed = text.slice(0, from) + made + text.slice(to);
  const at = select === undefined ? -1 : made.indexOf(select);
  if (select !== undefined && at >= 0) return { text: changed, from: from + at, to: from + at + select.length };
  return { text: changed, from: from + made.length, to: from + made.length };
}

/** Return the place in *text* of a line and a column, both from 1. */
export function placeOf(text: string, line: number, column: number): number {
  const lines = text.split("\n").slice(0, Math.max(line - 1, 0));
  return Math.min(lines.reduce((sum, one) => sum + one.length + 1, 0) + Math.max(column - 1, 0), text.length);
}

export interface Grouped {
  key: string;
  choices: Choice[];
}

const MOST = 80;

/** Return what fits *word*, by group, names that begin so first, and how many more there are. */
export function fitting(names: readonly MacroName[], functions: readonly MacroWord[], word: string, only: "function" | null): { groups: Grouped[]; left: number } {
  const folded = word.toLowerCase();
  const fits = (name: string, meaning: string) => folded === "" || name.toLowerCase().includes(folded) || (folded.length > 2 && meaning.toLowerCase().includes(folded));
  const rank = (name: string) => (name.toLowerCase().startsWith(folded) ? 0 : name.toLowerCase().includes(folded) ? 1 : 2);
  const found = new Map<string, Choice[]>();
  const add = (key: string, choice: Choice) => found.set(key, [...(found.get(key) ?? []), choice]);
  if (only === null) for (const one of names) if (fits(one.name, one.meaning)) add(one.group, { kind: "name", one });
  for (const one of functions) if (fits(one.name, one.meaning)) add("function", { kind: "function", one });
  let room = MOST;
  let left = 0;
  const groups: Grouped[] = [];
  for (const [key, choices] of found) {
    const sorted = folded === "" ? choices : choices.toSorted((a, b) => rank(a.one.name) - rank(b.one.name));
    // each group is seen, however long the first is
    const shown = sorted.slice(0, folded === "" ? Math.min(room, 25) : room);
    room -= shown.length;
    left += sorted.length - shown.length;
    if (shown.length > 0) groups.push({ key, choices: shown });
  }
  return { groups, left };
}
