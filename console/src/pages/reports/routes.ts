import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { text } from "../../app/search";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/reports",
  validateSearch: (search: Record<string, unknown>): { work?: string } => text(search, "work"),
  component: lazyRouteComponent(() => import("./ReportsPage"), "ReportsPage"),
});

export const reportRoutes = [list] as const;
