import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";

export const rolesQuery = queryOptions({ queryKey: ["roles"], queryFn: () => data(api.GET("/api/v1/roles")), staleTime: 60_000 });

/** Return the names of the roles that there are. */
export function useRoles(): string[] {
  return useQuery(rolesQuery).data?.map((one) => one.name) ?? [];
}
