import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { asProblem } from "../../api/problem";
import { proofGiven } from "../../api/proof";
import { useMay } from "../../api/session";

export const rolesQuery = queryOptions({ queryKey: ["roles"], queryFn: () => data(api.GET("/api/v1/roles")), staleTime: 60_000 });

export const meaningsQuery = queryOptions({ queryKey: ["rights"], queryFn: () => data(api.GET("/api/v1/rights")), staleTime: Number.POSITIVE_INFINITY });

/** Return the names of the roles that there are. */
export function useRoles(): string[] {
  return useQuery(rolesQuery).data?.map((one) => one.name) ?? [];
}

/** Whether whoever is signed in may say what roles let one do. */
export function useMayChangeRoles(): boolean {
  const configuration = useMay("change_configuration");
  return useMay("manage_operators") && configuration;
}

const operators = () => data(api.GET("/api/v1/operators"));

/** Return who has *role*: only whoever proved a moment ago who they are is told. */
export async function holdersOf(role: string): Promise<string[]> {
  const all = await operators().catch(async (error: unknown) => {
    if (asProblem(error).code === "reauthentication_needed" && (await proofGiven())) return operators();
    throw error;
  });
  return all.filter((one) => one.roles.some((given) => given.role === role)).map((one) => one.display || one.name);
}
