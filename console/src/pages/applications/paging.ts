/** The kinds of paging, and what each asks for: the keys of `paging`. */

import type { SpecField } from "../../components/SpecFields";
import type { Tree } from "../../api/json";
import { endpointTexts } from "../../texts/endpoints";

const words = endpointTexts.paging;

const TOTAL: SpecField = { path: "total", label: words.total, kind: "text", hint: words.totalHint, mono: true };
const MOST: SpecField = { path: "most_calls", label: words.mostCalls, kind: "number", more: true };
const STOP: SpecField = { path: "stop", label: words.stop, kind: "list", hint: words.stopHint, more: true, when: (part) => isPlain(part["stop"]) };
const PLACE: SpecField = { path: "place", label: words.place, kind: "choice", choices: words.places, fallback: "params", more: true };
const SIZE: readonly SpecField[] = [
  { path: "size_param", label: words.sizeParam, kind: "text", mono: true },
  { path: "size", label: words.size, kind: "number" },
];
const numbered = (number: string, start: string): readonly SpecField[] => [
  { path: "number", label: number, kind: "text", required: true, mono: true },
  { path: "start", label: start, kind: "number", fallback: 0 },
  { path: "size_param", label: words.sizeParam, kind: "text", mono: true },
  { path: "size", label: words.size, kind: "number", required: true },
  TOTAL,
  { path: "appends", label: words.appends, kind: "switch", hint: words.appendsHint, more: true },
  { path: "step", label: words.step, kind: "number", more: true },
  PLACE,
  STOP,
  MOST,
];

export const PAGING: Readonly<Record<string, { label: string; fields: readonly SpecField[] }>> = {
  none: { label: words.styles.none, fields: [TOTAL] },
  page: { label: words.styles.page, fields: numbered(words.pageParam, words.firstPage) },
  offset: { label: words.styles.offset, fields: numbered(words.offsetParam, words.firstOffset) },
  cursor: {
    label: words.styles.cursor,
    fields: [
      { path: "cursor", label: words.cursor, kind: "text", required: true, hint: words.cursorHint, mono: true },
      { path: "param", label: words.cursorParam, kind: "text", required: true, mono: true },
      ...SIZE,
      TOTAL,
      { path: "start", label: words.firstCursor, kind: "text", mono: true, more: true },
      PLACE,
      STOP,
      MOST,
    ],
  },
  next_url: {
    label: words.styles.next_url,
    fields: [{ path: "cursor", label: words.nextUrl, kind: "text", required: true, hint: words.cursorHint, mono: true }, TOTAL, STOP, MOST],
  },
  link: { label: words.styles.link, fields: [TOTAL, STOP, MOST] },
  scim: {
    label: words.styles.scim,
    fields: [
      { path: "start_param", label: words.startParam, kind: "text", fallback: "startIndex", mono: true },
      { path: "size_param", label: words.sizeParam, kind: "text", fallback: "count", mono: true },
      { path: "size", label: words.size, kind: "number", fallback: 100 },
      { ...TOTAL, fallback: "totalResults" },
      STOP,
      MOST,
    ],
  },
};

/** Whether the ends of a list are words alone; what looks at an element is edited in keepstep.yaml. */
function isPlain(stop: unknown): boolean {
  return stop === undefined || typeof stop === "string" || (Array.isArray(stop) && stop.every((one) => typeof one === "string"));
}

/** Return *paging* in another style, with what both have. */
export function inStyle(paging: Tree, style: string): Tree {
  const keys = new Set(PAGING[style]?.fields.map((field) => field.path));
  const kept = Object.entries(paging).filter(([key]) => keys.has(key) && !(key === "start" && (style === "cursor") !== (paging["style"] === "cursor")));
  return { style, ...Object.fromEntries(kept) };
}
