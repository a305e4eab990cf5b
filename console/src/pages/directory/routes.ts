import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { choice, flag, text } from "../../app/search";

export type Kind = "users" | "groups";

export interface DirectorySearch {
  connection?: string;
  objects?: Kind;
  within?: string;
  flat?: true;
  search?: string;
  state?: "enabled" | "disabled";
}

export function directorySearch(search: Record<string, unknown>): DirectorySearch {
  return {
    ...text(search, "connection"),
    ...choice(search, "objects", ["users", "groups"]),
    ...text(search, "within"),
    ...flag(search, "flat"),
    ...text(search, "search"),
    ...choice(search, "state", ["enabled", "disabled"]),
  };
}

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/directory",
  validateSearch: directorySearch,
  component: lazyRouteComponent(() => import("./DirectoryPage"), "DirectoryPage"),
});

const account = createRoute({
  getParentRoute: () => shellRoute,
  path: "/directory/$connection/$objects/$key",
  validateSearch: (search: Record<string, unknown>): { tab?: "attributes" | "history" } => choice(search, "tab", ["attributes", "history"]),
  component: lazyRouteComponent(() => import("./AccountPage"), "AccountPage"),
});

export const directoryRoutes = [list, account] as const;
