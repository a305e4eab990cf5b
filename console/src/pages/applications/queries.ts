import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Tree } from "../../api/json";

export const connectionsQuery = queryOptions({ queryKey: ["connections"], queryFn: () => data(api.GET("/api/v1/connections")) });

export const presetsQuery = queryOptions({
  queryKey: ["presets"],
  queryFn: () => data(api.GET("/api/v1/presets")),
  staleTime: Number.POSITIVE_INFINITY,
});

export function connectionQuery(name: string) {
  return queryOptions({
    queryKey: ["connections", name],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}", { params: { path: { connection: name } } })),
  });
}

export function endpointsQuery(name: string) {
  return queryOptions({
    queryKey: ["connections", name, "endpoints"],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/endpoints", { params: { path: { connection: name } } })),
  });
}

export function endpointQuery(name: string, endpoint: string) {
  return queryOptions({
    queryKey: ["connections", name, "endpoints", endpoint],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/endpoints/{endpoint}", { params: { path: { connection: name, endpoint } } })),
  });
}

export interface Trial {
  connection: string;
  endpoint: string;
  values: Record<string, string>;
  /** a draft in place of what is in force; null: that */
  spec: Tree | null;
}

/** Send a call live: the first two pages at most. */
export function tryEndpoint({ connection, endpoint, values, spec }: Trial) {
  const body = { values, spec: spec === null ? null : { ...spec } };
  return data(api.POST("/api/v1/connections/{connection}/endpoints/{endpoint}/test", { params: { path: { connection, endpoint } }, body }));
}

export type Exchanged = Awaited<ReturnType<typeof tryEndpoint>>;
