import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";

const helpHome = createRoute({
  getParentRoute: () => shellRoute,
  path: "/help",
  component: lazyRouteComponent(() => import("./HelpPage"), "HelpHome"),
});

const helpPage = createRoute({
  getParentRoute: () => shellRoute,
  path: "/help/$page",
  component: lazyRouteComponent(() => import("./HelpPage"), "HelpPage"),
});

export const helpRoutes = [helpHome, helpPage] as const;
