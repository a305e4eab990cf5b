/** The containers of the directories, as far as whoever edits a role may look around in them. */

import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay } from "../../api/session";
import { directoriesQuery, unitsQuery } from "../directory/queries";

/** How many containers of a directory are asked what is in them: whoever names one deeper down writes it. */
const ASKED = 40;
const AT_ONCE = 4;

/** Return the containers of a directory, the upper ones first; *below* gives those directly in one, "" is above all. */
export async function walked(below: (parent: string) => Promise<readonly { dn: string }[]>, most = ASKED): Promise<string[]> {
  const found: string[] = [];
  let waiting = [""];
  for (let asked = 0; waiting.length > 0 && asked < most; ) {
    const some = waiting.slice(0, Math.min(AT_ONCE, most - asked));
    asked += some.length;
    // oxlint-disable-next-line no-await-in-loop -- a few at once, and the upper ones first
    const told = (await Promise.all(some.map(below))).flat().map((one) => one.dn);
    found.push(...told);
    waiting = [...waiting.slice(some.length), ...told];
  }
  return found;
}

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
