import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { DirectorySearch, Kind } from "./routes";

export const SHOWN = 200;
const DIRECTORIES: ReadonlySet<string> = new Set(["active_directory", "ldap", "ldif"]);

export const directoriesQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: () => data(api.GET("/api/v1/connections")),
  select: (found) => found.filter((one) => one.enabled && DIRECTORIES.has(one.kind)),
});

export function unitsQuery(connection: string, parent: string) {
  return queryOptions({
    queryKey: ["directory", connection, "units", parent],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/units", { params: { path: { connection }, query: { parent } } })),
  });
}

export function accountsQuery(connection: string, asked: DirectorySearch) {
  const { objects = "users", within = "", flat = false, search = "", state } = asked;
  return queryOptions({
    queryKey: ["directory", connection, "accounts", { objects, within, flat, search, state }],
    queryFn: () =>
      data(
        api.GET("/api/v1/connections/{connection}/accounts", {
          params: { path: { connection }, query: { objects, within, flat, search, limit: SHOWN, ...(state === undefined ? {} : { enabled: state === "enabled" }) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function accountQuery(connection: string, objects: string, key: string) {
  return queryOptions({
    queryKey: ["directory", connection, "account", objects, key],
    queryFn: () => data(api.GET("/api/v1/connections/{connection}/accounts/{key}", { params: { path: { connection, key }, query: { objects } } })),
  });
}

export function kindOf(text: string): Kind {
  return text === "groups" ? "groups" : "users";
}
