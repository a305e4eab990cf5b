import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { choice, text } from "../../app/search";

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/applications",
  component: lazyRouteComponent(() => import("./ApplicationsPage"), "ApplicationsPage"),
});

// no connection can be called so
const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/applications/_new",
  validateSearch: (search: Record<string, unknown>): { kind?: string; next?: "first-steps" } => ({ ...text(search, "kind"), ...choice(search, "next", ["first-steps"]) }),
  component: lazyRouteComponent(() => import("./NewApplicationPage"), "NewApplicationPage"),
});

/** One application: what hangs below it is one of its tabs, whichever page it belongs to. */
export const applicationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/applications/$name",
  component: lazyRouteComponent(() => import("./ApplicationPage"), "ApplicationPage"),
});

const authorizationRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./AuthorizationTab"), "AuthorizationTab"),
});

const inboundRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/inbound",
  component: lazyRouteComponent(() => import("./InboundTab"), "InboundTab"),
});

const endpointRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/inbound/$endpoint",
  validateSearch: (search: Record<string, unknown>): { copy?: string } => (typeof search["copy"] === "string" ? { copy: search["copy"] } : {}),
  component: lazyRouteComponent(() => import("./EndpointTab"), "EndpointTab"),
});

const objectsRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/objects/$objects",
  component: lazyRouteComponent(() => import("./ObjectsTab"), "ObjectsTab"),
});

export type ListSort = "name" | "-name";

/** The list that was read: which one, and what of it is shown. */
export interface PeopleSearch {
  work?: string;
  search?: string;
  sort?: ListSort;
}

const peopleRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/people",
  validateSearch: (search: Record<string, unknown>): PeopleSearch => ({ ...text(search, "work"), ...text(search, "search"), ...choice(search, "sort", ["name", "-name"]) }),
  component: lazyRouteComponent(() => import("./PeopleTab"), "PeopleTab"),
});

const consentRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/consent",
  component: lazyRouteComponent(() => import("./ConsentPage"), "ConsentPage"),
});

export const applicationTabs = [authorizationRoute, inboundRoute, endpointRoute, objectsRoute, peopleRoute];
export const applicationsRoutes = [listRoute, newRoute, consentRoute];
