import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/automations",
  component: lazyRouteComponent(() => import("./AutomationsPage"), "AutomationsPage"),
});

const one = createRoute({
  getParentRoute: () => shellRoute,
  path: "/automations/$name",
  component: lazyRouteComponent(() => import("./AutomationPage"), "AutomationPage"),
});

export const automationRoutes = [list, one] as const;
