import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";

/** The newest comparisons of a rule, in numbers. */
export function comparisonsQuery(rule: string) {
  return queryOptions({
    queryKey: ["comparisons", rule],
    queryFn: () => data(api.GET("/api/v1/rules/{rule}/comparisons", { params: { path: { rule }, query: { limit: 100 } } })),
  });
}
