import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { flag } from "../../app/search";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/approvals",
  validateSearch: (search: Record<string, unknown>): { every?: true } => flag(search, "every"),
  component: lazyRouteComponent(() => import("./ApprovalsPage"), "ApprovalsPage"),
});

export const approvalRoutes = [list] as const;
