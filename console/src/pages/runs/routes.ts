import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { choice, flag, text } from "../../app/search";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/runs",
  validateSearch: (search: Record<string, unknown>): { tab?: "plans" } => choice(search, "tab", ["plans"]),
  component: lazyRouteComponent(() => import("./RunsPage"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => shellRoute,
  path: "/runs/$run",
  validateSearch: (search: Record<string, unknown>): { undone?: true; work?: string } => ({
    ...flag(search, "undone"),
    ...text(search, "work"),
  }),
  component: lazyRouteComponent(() => import("./RunPage"), "RunPage"),
});

export const runRoutes = [list, run] as const;
