/** The containers of the directories, as far as whoever edits a role may look around in them. */

import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay } from "../../api/session";
import { directoriesQuery, unitsQuery } from "../directory/queries";
import { walked } from "./containers";

/** Return what can be offered for *connections* (all: undefined); nothing to whoever may not browse, or where a directory does not answer. */
export function useContainers(wanted: boolean, connections: readonly string[] | undefined): string[] {
  const queries = useQueryClient();
  const may = useMay("read_people");
  const known = useQuery({ ...directoriesQuery, enabled: wanted && may }).data ?? [];
  const chosen = known.filter((one) => connections === undefined || connections.includes(one.name));
  const found = useQueries({
    queries: chosen.map(({ name }) => ({
      queryKey: ["directory", name, "containers"],
      queryFn: () => walked((parent) => queries.fetchQuery({ ...unitsQuery(name, parent), staleTime: 60_000, retry: false })),
      enabled: wanted && may,
      retry: false,
      staleTime: 60_000,
    })),
  });
  return [...new Set(found.flatMap((one) => one.data ?? []))];
}
