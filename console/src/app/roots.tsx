/** The two routes that all others hang below: one for everybody, one for whoever is signed in. */

import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { queries } from "../api/queries";
import { sessionQuery } from "../api/session";

/** The pages of the first load: what they are made of is in the first styles. */
const FIRST: ReadonlySet<string> = new Set(["/", "/sign-in", "/welcome"]);

export const rootRoute = createRootRoute({
  beforeLoad: async ({ location }) => {
    if (!FIRST.has(location.pathname)) await import("./styles-rest");
  },
  component: Outlet,
});

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ location }) => {
    const me = await queries.ensureQueryData(sessionQuery);
    if (me === null) throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { to: location.href } });
  },
  component: lazyRouteComponent(() => import("./Shell"), "Shell"),
});
