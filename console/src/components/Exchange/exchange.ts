/** A request and its answer as they may be shown. Tuples of the server come as lists here. */

export interface ShownRequest {
  method: string;
  url: string;
  headers: readonly (readonly string[])[];
  body: string;
}

export interface ShownAnswer {
  status: number;
  milliseconds: number;
  headers: readonly (readonly string[])[];
  format: string;
  size: number;
  body: string;
  left_off: number;
}

export interface ShownCall {
  request: ShownRequest;
  answer?: ShownAnswer | null;
}

const FIRST = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\S+)$/;
const ANSWER = /^(\d{3}) in (\d+) ms$/;

/** Return the call that two kept texts tell of: `METHOD URL`, headers, an empty line, the body; and `200 in 31 ms`, the body. Null where they are something else, as the words of a directory action. */
export function callOf(request: string, answer: string): ShownCall | null {
  const [head = "", ...rest] = request.split("\n\n");
  const [first = "", ...lines] = head.split("\n");
  const found = FIRST.exec(first);
  if (found === null) return null;
  const headers = lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
  return { request: { method: found[1] ?? "", url: found[2] ?? "", headers, body: rest.join("\n\n") }, answer: answerOf(answer) };
}

function answerOf(answer: string): ShownAnswer | null {
  const end = answer.indexOf("\n");
  const found = ANSWER.exec(end < 0 ? answer : answer.slice(0, end));
  if (found === null) return null;
  const body = end < 0 ? "" : answer.slice(end).replace(/^\n+/, "");
  return { status: Number(found[1]), milliseconds: Number(found[2]), headers: [], format: "", size: new TextEncoder().encode(body).length, body, left_off: 0 };
}

/** Return *body* as data, where it is whole JSON that can be folded. */
export function jsonOf(body: string): unknown {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
