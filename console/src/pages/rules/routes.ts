import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { text } from "../../app/search";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules",
  validateSearch: (search: Record<string, unknown>): { work?: string; rule?: string } => ({
    ...text(search, "work"),
    ...text(search, "rule"),
  }),
  component: lazyRouteComponent(() => import("./RulesPage"), "RulesPage"),
});

export const ruleRoutes = [list] as const;
