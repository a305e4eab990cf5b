import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { choice, text } from "../../app/search";
import { applicationRoute } from "../applications/routes";

const listRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/outbound",
  validateSearch: (search: Record<string, unknown>): { find?: string; from?: "own" } => ({ ...text(search, "find"), ...choice(search, "from", ["own"]) }),
  component: lazyRouteComponent(() => import("./OutboundTab"), "OutboundTab"),
});

/** One webhook. `_new`: one that is not there yet, as empty, or as the one of `copy`. */
const webhookRoute = createRoute({
  getParentRoute: () => applicationRoute,
  path: "/outbound/$webhook",
  validateSearch: (search: Record<string, unknown>): { copy?: string } => text(search, "copy"),
  component: lazyRouteComponent(() => import("./WebhookPage"), "WebhookPage"),
});

export const outboundTabs = [listRoute, webhookRoute] as const;
