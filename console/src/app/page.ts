/** What the server wrote into the page: the nonce of its styles, and the path below which it is served. */

import { setNonce } from "get-nonce";

function told(name: string): string {
  const text = document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";
  return text.startsWith("%") ? "" : text;
}

export const NONCE = told("style-nonce");
export const BASE = told("base-path");

setNonce(NONCE);
