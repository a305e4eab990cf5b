import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { choice, text } from "../../app/search";

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/templates",
  validateSearch: (search: Record<string, unknown>): { tab?: "runs" } => choice(search, "tab", ["runs"]),
  component: lazyRouteComponent(() => import("./TemplatesPage"), "TemplatesPage"),
});

const template = createRoute({
  getParentRoute: () => shellRoute,
  path: "/templates/$name",
  validateSearch: (search: Record<string, unknown>): { tab?: "versions" | "runs"; view?: "list"; block?: string } => ({
    ...choice(search, "tab", ["versions", "runs"]),
    ...choice(search, "view", ["list"]),
    ...text(search, "block"),
  }),
  component: lazyRouteComponent(() => import("./TemplatePage"), "TemplatePage"),
});

const run = createRoute({
  getParentRoute: () => shellRoute,
  path: "/template-runs/$run",
  validateSearch: (search: Record<string, unknown>): { state?: string; who?: string; subject?: string } => ({
    ...text(search, "state"),
    ...text(search, "who"),
    ...text(search, "subject"),
  }),
  component: lazyRouteComponent(() => import("./TemplateRunPage"), "TemplateRunPage"),
});

export const templateRoutes = [list, template, run] as const;
