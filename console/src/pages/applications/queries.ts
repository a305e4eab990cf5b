import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";

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
