/** The only way to the server: typed by docs/openapi.json; what goes wrong is thrown as a Problem. */

import createClient, { type Middleware } from "openapi-fetch";
import { BASE } from "../app/page";
import { asProblem, problemOf } from "./problem";
import { proofGiven } from "./proof";
import type { paths } from "./schema";

/** A copy of each request that is under way: a body can be read once, and a proof asks for a second time. */
const copies = new Map<string, Request>();

const keepstep: Middleware = {
  onRequest({ request, id }) {
    request.headers.set("X-Keepstep", "1");
    if (request.method !== "GET") copies.set(id, request.clone());
    return request;
  },
  async onResponse({ response, id }) {
    const copy = copies.get(id);
    copies.delete(id);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.code === "reauthentication_needed" && copy !== undefined && (await proofGiven())) {
      const again = await fetch(copy);
      if (again.ok) return again;
      throw await problemOf(again);
    }
    throw problem;
  },
  onError({ error, id }) {
    copies.delete(id);
    return asProblem(error);
  },
};

export const api = createClient<paths>({ baseUrl: `${globalThis.location?.origin ?? ""}${BASE}`, credentials: "same-origin" });
api.use(keepstep);

/** Return the data of an answer that is not an error; errors are thrown long before. */
export async function data<T>(asked: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const answer = await asked;
  return answer.data as T;
}

/** Return the address of *path* for a link or a download. */
export function address(path: string): string {
  return `${BASE}${path}`;
}
