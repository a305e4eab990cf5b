import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { text } from "../../app/search";

const steps = createRoute({
  getParentRoute: () => shellRoute,
  path: "/first-steps",
  validateSearch: (search: Record<string, unknown>): { comparing?: string; planning?: string } => ({ ...text(search, "comparing"), ...text(search, "planning") }),
  component: lazyRouteComponent(() => import("./FirstStepsPage"), "FirstStepsPage"),
});

export const firstStepsRoutes = [steps] as const;
