/** The body of a call, in the form that its type asks for. */

import { isTree, type Json } from "../api/json";

/** Return *body* as a message of *kind* can hold it; what cannot be kept is left out. */
export function converted(body: Json | undefined, kind: string): Json | undefined {
  switch (kind) {
    case "none":
      return undefined;
    case "json":
      return typeof body === "string" ? (parsed(body) ?? {}) : (body ?? {});
    case "form":
    case "multipart":
      return isTree(body) ? Object.fromEntries(Object.entries(body).flatMap(([key, one]) => (typeof one === "object" && one !== null ? [] : [[key, one === null ? "" : String(one)]]))) : {};
    default:
      return typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body, null, 2);
  }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
