import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { ActionKind, ActionOrder } from "../../api/schema";
import { shellRoute } from "../../app/roots";
import { choice, text } from "../../app/search";

export interface PlanSearch {
  tab?: "findings";
  kind?: ActionKind;
  attribute?: string;
  place?: string;
  reason?: string;
  order?: ActionOrder;
  search?: string;
  work?: string;
}

const KINDS: readonly ActionKind[] = ["create", "update", "enable", "disable", "delete"];

export function planSearch(search: Record<string, unknown>): PlanSearch {
  return {
    ...choice(search, "tab", ["findings"]),
    ...choice(search, "kind", KINDS),
    ...text(search, "attribute"),
    ...text(search, "place"),
    ...text(search, "reason"),
    ...choice(search, "order", ["name", "-name"]),
    ...text(search, "search"),
    ...text(search, "work"),
  };
}

const plan = createRoute({
  getParentRoute: () => shellRoute,
  path: "/plans/$digest",
  validateSearch: planSearch,
  loaderDeps: ({ search }) => search,
  // a large plan takes long to read: that begins with the pointer above the link, and before the page's own code is here
  loader: ({ params: { digest }, deps }) => void import("./queries").then((one) => one.askAhead(digest, deps)),
  component: lazyRouteComponent(() => import("./PlanPage"), "PlanPage"),
});

export const planRoutes = [plan] as const;
