/** Users and groups of a directory, and what an application keeps, found by what people call them. */

import { asProblem } from "../api/problem";
import { api, data } from "../api/client";

/** users and groups of a directory, or what an application calls its objects */
export type SubjectKind = string;

/** Somebody who was chosen. */
export interface ChosenSubject {
  kind: SubjectKind;
  key: string;
  name: string;
}

/** Return the names in a pasted list: one a line, or with ; or tabs between; a comma separates what is no DN. */
export function namesOf(text: string): string[] {
  const parts = text.split(/[\n\r\t;]+/).flatMap((line) => (line.includes("=") ? [line] : line.split(",")));
  return [...new Set(parts.map((one) => one.trim().replaceAll(/^"|"$/g, "")).filter((one) => one !== ""))];
}

export interface FoundSubjects {
  found: ChosenSubject[];
  unknown: string[];
}

const AT_ONCE = 4;

/** Look each of *names* up; what is not found, or means several, is told and changes nothing. */
export async function lookUp(connection: string, kind: SubjectKind, names: readonly string[]): Promise<FoundSubjects> {
  const answers: FoundSubjects = { found: [], unknown: [] };
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const some = names.slice(start, start + AT_ONCE);
    // oxlint-disable-next-line no-await-in-loop -- a few at once, not all
    const told = await Promise.all(some.map((who) => called(connection, kind, who)));
    for (const [place, items] of told.entries()) {
      if (items.length === 0) answers.unknown.push(some[place] ?? "");
      answers.found.push(...items);
    }
  }
  return answers;
}

async function called(connection: string, kind: SubjectKind, who: string): Promise<ChosenSubject[]> {
  try {
    const { items } = await data(api.GET("/api/v1/people", { params: { query: { connection, who, objects: kind } } }));
    return items.map((item) => ({ kind, key: item.key, name: item.name || item.key }));
  } catch (error) {
    // it means several: it is told as what was not found
    if ([400, 404].includes(asProblem(error).status)) return [];
    throw error;
  }
}

/** Somebody who may be meant. */
export interface SuggestedSubject extends ChosenSubject {
  label: string;
}

const DIRECTORIES: ReadonlySet<string> = new Set(["active_directory", "ldap", "ldif"]);
const SUGGESTED = 8;
/** what tells people of the same name apart, the first that somebody has */
const LOGINS = ["sAMAccountName", "uid", "mail"] as const;

/** Return the first few of a directory whose names begin with the words of *text*; nobody where names can only be exact. */
export async function suggested(connection: string, kind: SubjectKind, text: string): Promise<SuggestedSubject[]> {
  const known = await data(api.GET("/api/v1/connections"));
  if (!known.some((one) => one.name === connection && DIRECTORIES.has(one.kind))) return [];
  const { items } = await data(api.GET("/api/v1/connections/{connection}/accounts", { params: { path: { connection }, query: { objects: kind, search: text, limit: SUGGESTED } } }));
  return items.map((one) => {
    const name = one.name || one.key;
    const login = LOGINS.map((each) => one.attributes[each]?.[0] ?? "").find((each) => each !== "") ?? one.dn;
    return { kind, key: one.key, name, label: `${name} (${login})` };
  });
}

/** Return *held* and *more*, each once. */
export function joined(held: readonly ChosenSubject[], more: readonly ChosenSubject[]): ChosenSubject[] {
  return [...new Map([...held, ...more].map((item) => [`${item.kind} ${item.key}`, item])).values()];
}
