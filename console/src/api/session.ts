import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "./client";
import { asProblem } from "./problem";
import type { Me, Right } from "./schema";

/** Who is signed in; null where nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Me | null> => {
    // asked first, so that a browser at the door logs no refused request
    if (!(await data(api.GET("/api/v1/session/ways"))).signed_in) return null;
    try {
      return await data(api.GET("/api/v1/session"));
    } catch (error) {
      if (asProblem(error).status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export function useMe(): Me | null {
  return useQuery(sessionQuery).data ?? null;
}

/** Whether whoever is signed in holds one of *rights*, however far it reaches: what a page shows a button for. */
export function useMay(...rights: Right[]): boolean {
  return may(useMe(), ...rights);
}

export function may(me: Me | null, ...rights: Right[]): boolean {
  return me !== null && me.rights.some((held) => rights.includes(held.right));
}

/** Return what signs out: nothing that was read stays in the page. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await api.DELETE("/api/v1/session", { params: { query: {} } });
    queries.setQueryData(sessionQuery.queryKey, null);
    queries.removeQueries({ predicate: (one) => one.queryKey[0] !== sessionQuery.queryKey[0] });
  };
}
