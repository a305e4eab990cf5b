import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { text } from "../../app/search";

export const FILTERS = ["operator", "action", "subject", "correlation", "since", "until"] as const;

export type AuditSearch = { [Name in (typeof FILTERS)[number]]?: string };

export function auditSearch(search: Record<string, unknown>): AuditSearch {
  return Object.assign({}, ...FILTERS.map((one) => text(search, one))) as AuditSearch;
}

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("./AuditPage"), "AuditPage"),
});

export const auditRoutes = [list] as const;
