import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { choice, text } from "../../app/search";
import type { StandingName } from "../../texts/comparison";
import { isStanding } from "./comparison";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules",
  validateSearch: (search: Record<string, unknown>): { work?: string; rule?: string } => ({
    ...text(search, "work"),
    ...text(search, "rule"),
  }),
  component: lazyRouteComponent(() => import("./RulesPage"), "RulesPage"),
});

/** One rule: what hangs below it is one of its tabs. */
export const ruleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/rules/$rule",
  component: lazyRouteComponent(() => import("./RulePage"), "RulePage"),
});

const SORTS = ["name", "-name", "number", "-number"] as const;
export type RowSort = (typeof SORTS)[number];

export interface ComparisonSearch {
  work?: string;
  tag?: StandingName;
  search?: string;
  sort?: RowSort;
}

const comparison = createRoute({
  getParentRoute: () => ruleRoute,
  path: "/",
  validateSearch: (search: Record<string, unknown>): ComparisonSearch => ({
    ...text(search, "work"),
    ...text(search, "search"),
    ...choice(search, "sort", SORTS),
    ...(isStanding(search["tag"]) ? { tag: search["tag"] } : {}),
  }),
  component: lazyRouteComponent(() => import("./ComparisonTab"), "ComparisonTab"),
});

const definition = createRoute({
  getParentRoute: () => ruleRoute,
  path: "/definition",
  component: lazyRouteComponent(() => import("./DefinitionTab"), "DefinitionTab"),
});

export const ruleTabs = [comparison, definition];
export const ruleRoutes = [list] as const;
