/** A template as a graph: its blocks, the arrows between them, and where each is drawn. */

import { isTree, tree, type Tree } from "../../api/json";

export const KINDS = ["webhook", "action", "if", "delay", "wait_until", "approval", "notify", "template", "end"] as const;
export type Kind = (typeof KINDS)[number];

export const WORDS = ["next", "then", "else", "on_failure", "on_rejected", "on_late"] as const;
export type Word = (typeof WORDS)[number];

const OUTLETS: Readonly<Record<Kind, readonly Word[]>> = {
  webhook: ["next", "on_failure"],
  action: ["next", "on_failure"],
  if: ["then", "else"],
  delay: ["next"],
  wait_until: ["next", "on_late", "on_failure"],
  approval: ["next", "on_rejected", "on_late"],
  notify: ["next", "on_failure"],
  template: ["next", "on_failure"],
  end: [],
};

export interface Arrow {
  from: string;
  word: Word;
  to: string;
}

export interface Spot {
  x: number;
  y: number;
}

export interface Layout {
  spots: ReadonlyMap<string, Spot>;
  /** where an arrow goes that passes other rows: the points between its blocks */
  bends: ReadonlyMap<string, readonly Spot[]>;
  width: number;
  height: number;
}

export const BOX = { width: 216, height: 66 } as const;
const GAP = { x: 44, y: 74 } as const;
const MARGIN = 32;
const LANE = 28;

export function blocksOf(template: Tree): Readonly<Record<string, Tree>> {
  return Object.fromEntries(Object.entries(tree(template["blocks"])).map(([name, block]) => [name, tree(block)]));
}

export function startOf(template: Tree): string {
  return typeof template["start"] === "string" ? template["start"] : "";
}

/** Return what kind of block it is; null where no key says so. */
export function kindOf(block: Tree): Kind | null {
  return KINDS.find((kind) => Object.hasOwn(block, kind)) ?? null;
}

/** Return the arrows that can leave a block: those of its kind, and any other that it has. */
export function outletsOf(block: Tree): readonly Word[] {
  const kind = kindOf(block);
  const usual = kind === null ? [] : OUTLETS[kind];
  return [...usual, ...WORDS.filter((word) => typeof block[word] === "string" && !usual.includes(word))];
}

/** Return the arrows between blocks that are there. */
export function arrowsOf(template: Tree): Arrow[] {
  const blocks = blocksOf(template);
  return Object.entries(blocks).flatMap(([from, block]) =>
    WORDS.flatMap((word) => {
      const to = block[word];
      return typeof to === "string" && Object.hasOwn(blocks, to) ? [{ from, word, to }] : [];
    }),
  );
}

export function keyOf(arrow: Arrow): string {
  return `${arrow.from} ${arrow.word}`;
}

/** Return how deep each block lies: below all that lead to it, but for arrows that lead back; what nothing reaches is last. */
export function levelsOf(template: Tree): Map<string, number> {
  const arrows = arrowsOf(template);
  const names = Object.keys(blocksOf(template));
  const back = leadingBack(names, arrows, startOf(template));
  const levels = new Map<string, number>();
  const start = startOf(template);
  if (names.includes(start)) levels.set(start, 0);
  // as often as there are blocks is enough: without arrows back there is no circle
  for (let round = 0; round < names.length; round += 1) {
    for (const arrow of arrows) {
      const from = levels.get(arrow.from);
      if (from === undefined || back.has(keyOf(arrow))) continue;
      if ((levels.get(arrow.to) ?? -1) < from + 1) levels.set(arrow.to, from + 1);
    }
  }
  const deepest = Math.max(-1, ...levels.values());
  for (const name of names) if (!levels.has(name)) levels.set(name, deepest + 1);
  return levels;
}

/** Return the keys of the arrows that lead to a block on the way to their own. */
function leadingBack(names: readonly string[], arrows: readonly Arrow[], start: string): Set<string> {
  const back = new Set<string>();
  const state = new Map<string, "open" | "done">();
  const walk = (name: string) => {
    state.set(name, "open");
    for (const arrow of arrows) {
      if (arrow.from !== name) continue;
      if (state.get(arrow.to) === "open") back.add(keyOf(arrow));
      else if (!state.has(arrow.to)) walk(arrow.to);
    }
    state.set(name, "done");
  };
  for (const name of [start, ...names]) if (names.includes(name) && !state.has(name)) walk(name);
  return back;
}

interface Cell {
  id: string;
  wide: boolean;
  /** the cells of the row above that lead to it */
  above: string[];
}

/** Return where each block is drawn: a row for each level, and a lane in it for each arrow that only passes. */
export function layoutOf(template: Tree): Layout {
  const { rows, lanes } = rowsOf(template);
  settle(rows);
  const widths = rows.map((row) => row.reduce((sum, cell) => sum + (cell.wide ? BOX.width : LANE) + GAP.x, -GAP.x));
  const widest = Math.max(BOX.width, ...widths);
  const spots = new Map<string, Spot>();
  const passing = new Map<string, Spot>();
  for (const [level, row] of rows.entries()) {
    let x = MARGIN + LANE + (widest - (widths[level] ?? 0)) / 2;
    const y = MARGIN + level * (BOX.height + GAP.y);
    for (const cell of row) {
      if (cell.wide) spots.set(cell.id, { x, y });
      else passing.set(cell.id, { x: x + LANE / 2, y: y + BOX.height / 2 });
      x += (cell.wide ? BOX.width : LANE) + GAP.x;
    }
  }
  const bends = new Map([...lanes].map(([key, ids]) => [key, ids.flatMap((id) => passing.get(id) ?? [])] as const));
  const height = 2 * MARGIN + rows.length * (BOX.height + GAP.y) - GAP.y;
  return { spots, bends, width: widest + 2 * (MARGIN + LANE), height: Math.max(height, BOX.height + 2 * MARGIN) };
}

function rowsOf(template: Tree): { rows: Cell[][]; lanes: Map<string, string[]> } {
  const levels = levelsOf(template);
  const rows: Cell[][] = Array.from({ length: Math.max(0, ...[...levels.values()].map((level) => level + 1)) }, () => []);
  for (const [name, level] of levels) rows[level]?.push({ id: name, wide: true, above: [] });
  const lanes = new Map<string, string[]>();
  for (const arrow of arrowsOf(template)) {
    const [from, to] = [levels.get(arrow.from) ?? 0, levels.get(arrow.to) ?? 0];
    let last = arrow.from;
    for (let level = from + 1; level < to; level += 1) {
      const id = `${keyOf(arrow)} ${level}`;
      rows[level]?.push({ id, wide: false, above: [last] });
      lanes.set(keyOf(arrow), [...(lanes.get(keyOf(arrow)) ?? []), id]);
      last = id;
    }
    if (to > from) rows[to]?.find((cell) => cell.id === arrow.to)?.above.push(last);
  }
  return { rows, lanes };
}

/** Put each cell near those that lead to it, so that few arrows cross. */
function settle(rows: Cell[][]): void {
  for (const [level, row] of rows.entries()) {
    const above = rows[level - 1];
    if (above === undefined) continue;
    const places = new Map(above.map((cell, place) => [cell.id, (place + 0.5) / above.length]));
    const wanted = new Map(
      row.map((cell, place) => {
        const from = cell.above.flatMap((id) => places.get(id) ?? []);
        return [cell.id, from.length === 0 ? (place + 0.5) / row.length : from.reduce((a, b) => a + b, 0) / from.length] as const;
      }),
    );
    row.sort((one, other) => (wanted.get(one.id) ?? 0) - (wanted.get(other.id) ?? 0));
  }
}

/** Return where an arrow leaves its block: beside its others, at the lower edge. */
export function outletAt(spot: Spot, place: number, count: number): Spot {
  return { x: spot.x + (BOX.width * (place + 1)) / (count + 1), y: spot.y + BOX.height };
}

/** Return the line of an arrow from *start* to the block at *goal*, by *bends*; back and sideways around the left. */
export function lineOf(start: Spot, goal: Spot, bends: readonly Spot[]): string {
  const end = { x: goal.x + BOX.width / 2, y: goal.y - 2 };
  if (end.y > start.y) {
    let line = `M${start.x} ${start.y}`;
    let here = start;
    for (const point of [...bends, end]) {
      const middle = (here.y + point.y) / 2;
      line += ` C${here.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`;
      here = point;
    }
    return line;
  }
  const side = Math.min(start.x - BOX.width / 2, goal.x) - LANE;
  const low = start.y + 26;
  return `M${start.x} ${start.y} C${start.x} ${low} ${side} ${low} ${side} ${start.y - BOX.height / 2} L${side} ${end.y} C${side} ${end.y - 34} ${end.x} ${end.y - 34} ${end.x} ${end.y}`;
}

export type Direction = "up" | "down" | "left" | "right";

/** Return the nearest block in a direction; itself where there is none. */
export function neighbour(spots: ReadonlyMap<string, Spot>, from: string, to: Direction): string {
  const here = spots.get(from);
  if (here === undefined) return from;
  const upright = to === "up" || to === "down";
  const sign = to === "down" || to === "right" ? 1 : -1;
  let [found, least] = [from, Infinity];
  for (const [name, spot] of spots) {
    const along = sign * (upright ? spot.y - here.y : spot.x - here.x);
    const across = Math.abs(upright ? spot.x - here.x : spot.y - here.y);
    const far = along + across * 2;
    if (along > 8 && far < least) [found, least] = [name, far];
  }
  return found;
}

/** Say in a few words what a block does. */
export function wordsOf(block: Tree): string {
  const kind = kindOf(block);
  if (kind === null) return "";
  const held = block[kind];
  if (kind === "action") return typeof held === "string" ? spaced(held) : spaced(Object.keys(tree(held))[0] ?? "");
  if (kind === "approval") return peopleOf(tree(held));
  if (isTree(held)) return typeof held["until"] === "string" ? held["until"] : "";
  return typeof held === "string" ? held : "";
}

function peopleOf(approval: Tree): string {
  const by = Array.isArray(approval["by"]) ? approval["by"].filter((one) => typeof one === "string") : [];
  return by.join(", ");
}

function spaced(text: string): string {
  return text.replaceAll("_", " ");
}
