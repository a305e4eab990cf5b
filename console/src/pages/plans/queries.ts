import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { queries } from "../../api/queries";
import { PAGE } from "./pages";
import type { PlanSearch } from "./routes";

/** What is chosen of the actions of a plan, as the server takes it. */
export type Chosen = Required<Pick<PlanSearch, "attribute" | "place" | "reason" | "search">> & Pick<PlanSearch, "kind" | "order">;

/** Return what the address of the page says is chosen. */
export function chosenOf({ kind, order, attribute = "", place = "", reason = "", search = "" }: PlanSearch): Chosen {
  return { attribute, place, reason, search, ...(kind === undefined ? {} : { kind }), ...(order === undefined ? {} : { order }) };
}

export function planQuery(digest: string) {
  return queryOptions({
    queryKey: ["plan", digest],
    queryFn: () => data(api.GET("/api/v1/plans/{digest}", { params: { path: { digest } } })),
  });
}

export function pageQuery(digest: string, chosen: Chosen, page: number) {
  return queryOptions({
    queryKey: ["plans", digest, "actions", chosen, page],
    queryFn: () =>
      data(api.GET("/api/v1/plans/{digest}/actions", { params: { path: { digest }, query: { ...chosen, after: page * PAGE, limit: PAGE } } })),
    staleTime: Number.POSITIVE_INFINITY, // a plan never changes
  });
}

/** Ask for a plan and its first page before the page of it is there. */
export function askAhead(digest: string, search: PlanSearch): void {
  void queries.prefetchQuery(planQuery(digest));
  void queries.prefetchQuery(pageQuery(digest, chosenOf(search), 0));
}
