import type { TabLink } from "../../components/TabLinks";
import { comparison } from "../../texts/comparison";

/** The tabs of a rule, in their order. */
export const TABS: readonly TabLink[] = [
  { label: comparison.tabs.comparison, to: "/rules/$rule", exact: true },
  { label: comparison.tabs.definition, to: "/rules/$rule/definition" },
];
