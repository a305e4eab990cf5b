/** What somebody does to a template: each gives a new one, and the old one stays as it was. */

import { type Json, tree, type Tree } from "../../api/json";
import { blocksOf, type Kind, kindOf, outletsOf, startOf, type Word, WORDS } from "./graph";

const FRESH: Readonly<Record<Kind, Tree>> = {
  webhook: { webhook: "" },
  action: { action: { set: {} } },
  if: { if: "" },
  delay: { delay: "1h" },
  wait_until: { wait_until: "" },
  approval: { approval: { need: 1 } },
  notify: { notify: "" },
  template: { template: "" },
  end: { end: "success" },
};

const NAMES: Readonly<Record<Kind, string>> = {
  webhook: "call",
  action: "change",
  if: "decide",
  delay: "wait",
  wait_until: "wait-until",
  approval: "approve",
  notify: "tell",
  template: "part",
  end: "end",
};

export const EMPTY: Tree = { start: "done", blocks: { done: { end: "success" } } };

export const BLOCK_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;

export function withBlock(template: Tree, name: string, block: Tree): Tree {
  return { ...template, blocks: { ...tree(template["blocks"]), [name]: block } };
}

/** Return *block* with *value* under *key*; undefined takes it away. */
export function withField(block: Tree, key: string, value: Json | undefined): Tree {
  if (value !== undefined) return { ...block, [key]: value };
  const { [key]: _, ...rest } = block;
  return rest;
}

export function connected(template: Tree, from: string, word: Word, to: string | undefined): Tree {
  const block = blocksOf(template)[from];
  return block === undefined ? template : withBlock(template, from, withField(block, word, to));
}

/** Return *template* without a block; what led to it goes on to where it led, where that is one place. */
export function withoutBlock(template: Tree, name: string): Tree {
  const blocks = blocksOf(template);
  const gone = blocks[name];
  if (gone === undefined) return template;
  const goal = [gone["next"], gone["then"]].find((one) => typeof one === "string" && one !== name);
  const rest = Object.entries(blocks).flatMap(([key, block]) => (key === name ? [] : [[key, redirected(block, name, goal)] as const]));
  const start = startOf(template) === name ? (typeof goal === "string" ? goal : (rest[0]?.[0] ?? "")) : startOf(template);
  return { ...template, start, blocks: Object.fromEntries(rest) };
}

function redirected(block: Tree, from: string, to: Json | undefined): Tree {
  let changed = block;
  for (const word of WORDS) if (changed[word] === from) changed = withField(changed, word, to);
  return changed;
}

/** Return *template* with a block called otherwise, everywhere: arrows, start, and what texts read of it. */
export function renamed(template: Tree, from: string, to: string): Tree {
  const told = new RegExp(`\\bblocks\\.${from.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}\\.`, "g");
  const blocks = Object.entries(blocksOf(template)).map(([key, block]) => [
    key === from ? to : key,
    retold(redirected(block, from, to), told, `blocks.${to}.`),
  ]);
  return { ...template, start: startOf(template) === from ? to : startOf(template), blocks: Object.fromEntries(blocks) };
}

function retold<T extends Json>(value: T, told: RegExp, by: string): T;
function retold(value: Json, told: RegExp, by: string): Json {
  if (typeof value === "string") return value.replaceAll(told, by);
  if (Array.isArray(value)) return value.map((one: Json) => retold(one, told, by));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, retold(one, told, by)]));
}

/** Return a name that no block has yet. */
export function freeName(template: Tree, kind: Kind): string {
  const taken = blocksOf(template);
  const name = NAMES[kind];
  if (!Object.hasOwn(taken, name)) return name;
  let number = 2;
  while (Object.hasOwn(taken, `${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}

/** Return *template* with a new block, put into the first arrow that leaves *after*. */
export function added(template: Tree, kind: Kind, after: string): { template: Tree; name: string } {
  const name = freeName(template, kind);
  const before = blocksOf(template)[after];
  const word = before === undefined ? undefined : outletsOf(before)[0];
  const goal = word === undefined ? undefined : before?.[word];
  const outlet = outletsOf(FRESH[kind])[0];
  const fresh = outlet !== undefined && typeof goal === "string" ? withField(FRESH[kind], outlet, goal) : FRESH[kind];
  const more = withBlock(template, name, fresh);
  if (word !== undefined) return { template: connected(more, after, word, name), name };
  // nothing leads on from the end: the new block comes first
  if (outlet !== undefined && before !== undefined && startOf(template) === after) {
    return { template: { ...connected(more, name, outlet, after), start: name }, name };
  }
  return { template: more, name };
}

/** Return *block* as one of another kind, with its title and the arrows that this kind has too. */
export function asKind(block: Tree, kind: Kind): Tree {
  if (kindOf(block) === kind) return block;
  const fresh: Record<string, Json> = { ...FRESH[kind] };
  if (block["title"] !== undefined) fresh["title"] = block["title"];
  const words = outletsOf(FRESH[kind]);
  const first = block["next"] ?? block["then"];
  for (const word of words) {
    const goal = block[word] ?? (word === words[0] ? first : undefined);
    if (goal !== undefined) fresh[word] = goal;
  }
  return fresh;
}
