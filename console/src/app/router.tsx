import { createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { approvalRoutes } from "../pages/approvals/routes";
import { applicationRoute, applicationsRoutes, applicationTabs } from "../pages/applications/routes";
import { auditRoutes } from "../pages/audit/routes";
import { automationRoutes } from "../pages/automations/routes";
import { directoryRoutes } from "../pages/directory/routes";
import { firstStepsRoutes } from "../pages/first-steps/routes";
import { helpRoutes } from "../pages/help/routes";
import { mappingTabs } from "../pages/mappings/routes";
import { outboundTabs } from "../pages/outbound/routes";
import { overviewRoutes } from "../pages/overview/routes";
import { planRoutes } from "../pages/plans/routes";
import { reportRoutes } from "../pages/reports/routes";
import { settingsRoute, settingsTabs } from "../pages/settings/routes";
import { ruleRoute, ruleRoutes, ruleTabs } from "../pages/rules/routes";
import { runRoutes } from "../pages/runs/routes";
import { templateRoutes } from "../pages/templates/routes";
import { NotFound } from "../components/NotFound";
import { ProblemNote } from "../components/ProblemNote";
import { BASE } from "./page";
import { rootRoute, shellRoute } from "./roots";

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { to?: string } =>
    typeof search["to"] === "string" ? { to: search["to"] } : {},
  component: lazyRouteComponent(() => import("../pages/sign-in/SignInPage"), "SignInPage"),
});

const welcomeRoute = createRoute({ getParentRoute: () => rootRoute, path: "/welcome", component: lazyRouteComponent(() => import("../pages/sign-in/WelcomePage"), "WelcomePage") });

const elsewhereRoute = createRoute({ getParentRoute: () => shellRoute, path: "$", component: NotFound });

const tree = rootRoute.addChildren([
  signInRoute,
  welcomeRoute,
  // every page below the shell: one line a page, in the order of the menu
  shellRoute.addChildren([
    ...overviewRoutes,
    ...firstStepsRoutes,
    ...directoryRoutes,
    ...applicationsRoutes,
    // the tabs of an application, those of other pages too
    applicationRoute.addChildren([...applicationTabs, ...mappingTabs, ...outboundTabs]),
    ...ruleRoutes,
    ruleRoute.addChildren([...ruleTabs]),
    ...automationRoutes,
    ...planRoutes,
    ...runRoutes,
    ...approvalRoutes,
    ...reportRoutes,
    ...auditRoutes,
    settingsRoute.addChildren([...settingsTabs]),
    ...helpRoutes,
    ...templateRoutes,
    elsewhereRoute,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  basepath: BASE === "" ? "/" : BASE,
  defaultPreload: "intent",
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ({ error, reset }) => <ProblemNote error={error} retry={reset} />,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
