/** The menu: where one can go, in this order, and which rights make a place worth showing. */

import {
  type Icon,
  IconApps,
  IconArrowsExchange,
  IconBook,
  IconClockPlay,
  IconGauge,
  IconListCheck,
  IconReportAnalytics,
  IconSettings,
  IconShieldCheck,
  IconSitemap,
  IconThumbUp,
  IconUsers,
} from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";
import type { Right } from "../api/schema";

export interface Place {
  label: string;
  to: NonNullable<LinkProps["to"]>;
  icon: Icon;
  /** one of them is enough; none: everybody sees it */
  rights?: readonly Right[];
  /** addresses elsewhere that are part of it */
  also?: readonly string[];
  /** what else the command palette finds it by */
  words?: string;
}

const READERS: readonly Right[] = ["read_runs", "approve"];

export const PLACES: readonly Place[] = [
  { label: "Overview", to: "/", also: ["/first-steps"], icon: IconGauge, words: "home dashboard start" },
  { label: "Directory", to: "/directory", icon: IconUsers, rights: ["read_people"], words: "people users groups accounts organizational units search" },
  { label: "Applications", to: "/applications", icon: IconApps, rights: ["read_configuration"], words: "connections infobip active directory endpoints authorization" },
  { label: "Rules and comparison", to: "/rules", icon: IconArrowsExchange, words: "reconcile sync mismatches unauthorised compare" },
  { label: "Templates", to: "/templates", also: ["/template-runs"], icon: IconSitemap, rights: ["run_templates", "read_configuration", "read_runs"], words: "orchestration blocks workflow onboarding off-boarding" },
  { label: "Automations", to: "/automations", icon: IconClockPlay, rights: ["read_configuration"], words: "schedule event trigger cron nightly" },
  { label: "Plans and runs", to: "/runs", also: ["/plans"], icon: IconListCheck, rights: [...READERS, "run_templates"], words: "history applied undo templates" },
  { label: "Approvals", to: "/approvals", icon: IconThumbUp, rights: READERS, words: "waits agree vote" },
  { label: "Reports", to: "/reports", icon: IconReportAnalytics, rights: ["make_reports"], words: "export excel pdf csv download" },
  { label: "Audit", to: "/audit", icon: IconShieldCheck, rights: ["read_audit"], words: "log who did what chain proof" },
  { label: "Settings", to: "/settings", icon: IconSettings, words: "operators roles tokens secrets password second factor yaml" },
  { label: "Help", to: "/help", icon: IconBook, words: "documentation docs manual" },
];
