/** What this browser asked an authorization server, until it comes back with the answer. */

const PREFIX = "keepstep:consent:";

export interface AskedConsent {
  connection: string;
  visit: string;
}

/** Remember the question that *address* is of: by its state, which comes back with the answer. */
export function rememberConsent(address: string, asked: AskedConsent): void {
  const state = new URL(address).searchParams.get("state");
  if (state === null) return;
  // whatever was never answered is old by now: the server takes no answer after a quarter of an hour
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  localStorage.setItem(PREFIX + state, JSON.stringify(asked));
}

/** Return what was asked with *state*; null if it was not this browser. */
export function askedConsent(state: string): AskedConsent | null {
  const held: unknown = JSON.parse(localStorage.getItem(PREFIX + state) ?? "null");
  if (typeof held !== "object" || held === null) return null;
  if (!("connection" in held) || !("visit" in held)) return null;
  const { connection, visit } = held;
  return typeof connection === "string" && typeof visit === "string" ? { connection, visit } : null;
}

export function forgetConsent(state: string): void {
  localStorage.removeItem(PREFIX + state);
}
