import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { EffectState, RunKind, RunListed } from "../../api/schema";
import { shellRoute } from "../../app/roots";
import { choice, text } from "../../app/search";

/** Those results of a run that are not done, whichever way. */
export const UNDONE = "undone" as const;

export interface RunsSearch {
  tab?: "plans";
  kind?: RunKind;
  state?: RunListed["state"];
  operator?: string;
  search?: string;
}

export function runsSearch(search: Record<string, unknown>): RunsSearch {
  return {
    ...choice(search, "tab", ["plans"]),
    ...choice(search, "kind", ["plan", "template"]),
    ...choice(search, "state", ["running", "paused", "done", "partial", "stopped", "cancelled"]),
    ...text(search, "operator"),
    ...text(search, "search"),
  };
}

const list = createRoute({
  getParentRoute: () => shellRoute,
  path: "/runs",
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import("./RunsPage"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => shellRoute,
  path: "/runs/$run",
  validateSearch: (search: Record<string, unknown>): { state?: EffectState | typeof UNDONE; work?: string } => ({
    ...choice(search, "state", [UNDONE, "begun", "done", "refused", "stale", "failed"]),
    ...text(search, "work"),
  }),
  component: lazyRouteComponent(() => import("./RunPage"), "RunPage"),
});

export const runRoutes = [list, run] as const;
