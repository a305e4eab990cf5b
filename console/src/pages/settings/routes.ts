import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "../../app/roots";
import { choice, text } from "../../app/search";

export const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./SettingsPage"), "SettingsPage"),
});

const account = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./AccountTab"), "AccountTab"),
});

const operators = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/operators",
  validateSearch: (search: Record<string, unknown>): { operator?: string } => text(search, "operator"),
  component: lazyRouteComponent(() => import("./OperatorsTab"), "OperatorsTab"),
});

const roles = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/roles",
  component: lazyRouteComponent(() => import("./RolesTab"), "RolesTab"),
});

const role = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/roles/$role",
  component: lazyRouteComponent(() => import("./RoleTab"), "RoleTab"),
});

const tokens = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/tokens",
  component: lazyRouteComponent(() => import("./TokensTab"), "TokensTab"),
});

const secrets = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/secrets",
  component: lazyRouteComponent(() => import("./SecretsTab"), "SecretsTab"),
});

const firstPasswords = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/first-passwords",
  component: lazyRouteComponent(() => import("./FirstPasswordsTab"), "FirstPasswordsTab"),
});

const configuration = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/configuration",
  component: lazyRouteComponent(() => import("./ConfigurationTab"), "ConfigurationTab"),
});

const notifications = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/notifications",
  validateSearch: (search: Record<string, unknown>): { state?: "waiting" | "sent" | "failed" } => choice(search, "state", ["waiting", "sent", "failed"]),
  component: lazyRouteComponent(() => import("./NotificationsTab"), "NotificationsTab"),
});

const channel = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/notifications/channels/$name",
  component: lazyRouteComponent(() => import("./NotifyEditor"), "ChannelTab"),
});

const notificationRule = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/notifications/rules/$name",
  component: lazyRouteComponent(() => import("./NotifyEditor"), "NotificationRuleTab"),
});

const variables = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/variables",
  component: lazyRouteComponent(() => import("./VariablesTab"), "VariablesTab"),
});

const about = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/about",
  component: lazyRouteComponent(() => import("./AboutTab"), "AboutTab"),
});

export const settingsTabs = [account, operators, roles, role, tokens, secrets, firstPasswords, notifications, channel, notificationRule, variables, configuration, about] as const;
