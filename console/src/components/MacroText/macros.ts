/** What a text with macros can name, and what the server says of it. */

import { useDebouncedValue } from "@mantine/hooks";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { MacroPart, MacroPlace, MacroTried } from "../../api/schema";

/** What a text gives, as far as a field shows it. */
export type Tried = Omit<MacroTried, "of"> & { of?: { name: string } | null };

/** Where a text stands. *connection*, *objects*: whose attributes it reads; nothing: the users of the only directory. */
export interface Standing {
  place: MacroPlace;
  part?: MacroPart | undefined;
  connection?: string | undefined;
  objects?: string | undefined;
  /** which endpoint of the connection it belongs to */
  endpoint?: string | undefined;
  /** the objects for whose records the endpoint is to be called; nothing: those that say so in force */
  eachOf?: readonly string[] | undefined;
}

export function macrosQuery({ place, part = "body", connection = "", objects = "", endpoint = "", eachOf = [] }: Standing) {
  return queryOptions({
    queryKey: ["configuration", "macros", place, part, connection, objects, endpoint, eachOf],
    queryFn: () => data(api.GET("/api/v1/macros", { params: { query: { place, part, connection, objects, endpoint, each_of: [...eachOf] } } })),
    staleTime: 60_000,
  });
}

/** Return what *text* gives, or what is wrong with it, a moment after the last change; null while there is no macro in it. */
export function useTried(text: string, standing: Standing, who: string, wanted: boolean): Tried | null {
  const [calm] = useDebouncedValue(text, 350);
  const has = /\{\{|\}\}|\{%|\{#/.test(calm);
  const { place, part = "body", connection = "", objects = "", endpoint = "", eachOf = [] } = standing;
  const query = useQuery({
    queryKey: ["configuration", "macro-tried", calm, place, part, connection, objects, endpoint, eachOf, who],
    queryFn: () => data(api.POST("/api/v1/macros/preview", { body: { text: calm, place, part, connection, objects, endpoint, each_of: [...eachOf], who, values: {} } })),
    enabled: wanted && has,
    gcTime: 30_000,
    retry: false,
    placeholderData: (before) => before,
  });
  return has && wanted ? (query.data ?? null) : null;
}
