/** What the pages of templates read, and the drafts that one page hands to another. */

import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { type Tree, tree } from "../../api/json";

export const templatesQuery = queryOptions({
  queryKey: ["templates", "list"],
  queryFn: () => data(api.GET("/api/v1/templates")),
});

export const choicesQuery = queryOptions({
  queryKey: ["templates", "choices"],
  queryFn: () => data(api.GET("/api/v1/template-choices")),
});

export const readyQuery = queryOptions({
  queryKey: ["ready-made-templates"],
  queryFn: () => data(api.GET("/api/v1/ready-made-templates")),
  staleTime: Infinity,
});

export function templateQuery(name: string) {
  return queryOptions({
    queryKey: ["templates", "one", name],
    queryFn: () => data(api.GET("/api/v1/templates/{template}", { params: { path: { template: name } } })),
  });
}

export function runQuery(run: string) {
  return queryOptions({
    queryKey: ["template-runs", run],
    queryFn: () => data(api.GET("/api/v1/template-runs/{run}", { params: { path: { run } } })),
    // the stream tells sooner; where it cannot be heard, this does
    refetchInterval: ({ state }) => (state.data?.state === "running" ? 3000 : false),
  });
}

const DRAFT = "template-draft";

/** Keep a draft for the page that opens it. */
export function handOver(queries: QueryClient, name: string, written: Tree): void {
  queries.setQueryData([DRAFT, name], written);
}

/** Take the draft that was kept for *name*, if there is one; it is handed over once. */
export function taken(queries: QueryClient, name: string): Tree | undefined {
  const held: unknown = queries.getQueryData([DRAFT, name]);
  queries.removeQueries({ queryKey: [DRAFT, name] });
  return held === undefined ? undefined : tree(held);
}
