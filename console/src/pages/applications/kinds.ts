/** What can be connected, in the order in which most people need it, and what a new one of each begins with. */

import type { Tree } from "../../api/json";
import { applications } from "../../texts/applications";

const words = applications.adding.kinds;

export interface Kind {
  id: keyof typeof words;
  /** of the configuration */
  kind: string;
  /** what it is called unless somebody says otherwise */
  name: string;
  label: string;
  about: string;
  help: string;
  start: Tree;
}

const SIMPLE: Tree = { method: "simple" };

export const KINDS: readonly Kind[] = [
  { id: "infobip", kind: "rest", name: "infobip", help: "infobip", start: { kind: "rest", preset: "infobip", authorization: { type: "basic" } }, ...words.infobip },
  { id: "active_directory", kind: "active_directory", name: "corp", help: "active-directory", start: { kind: "active_directory", bind: SIMPLE }, ...words.active_directory },
  { id: "rest", kind: "rest", name: "application", help: "endpoints", start: { kind: "rest", preset: "plain" }, ...words.rest },
  { id: "ldap", kind: "ldap", name: "directory", help: "ldap", start: { kind: "ldap", bind: SIMPLE }, ...words.ldap },
  { id: "ldif", kind: "ldif", name: "ldif", help: "ldif", start: { kind: "ldif" }, ...words.ldif },
  { id: "table", kind: "table", name: "table", help: "tables", start: { kind: "table" }, ...words.table },
];

/** A name of a connection: no dot, as `connection.objects` names a side. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Return *wanted*, or the first of wanted-2, wanted-3, … that is not *taken*. */
export function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let number = 2; taken.includes(name); number += 1) name = `${wanted}-${number}`;
  return name;
}
