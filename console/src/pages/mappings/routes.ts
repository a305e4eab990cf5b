import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { applicationRoute } from "../applications/routes";

const list = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/mappings",
  component: lazyRouteComponent(() => import("./MappingsTab"), "MappingsTab"),
});

const one = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/mappings/$mapping",
  component: lazyRouteComponent(() => import("./MappingTab"), "MappingTab"),
});

export const mappingTabs = [list, one] as const;
