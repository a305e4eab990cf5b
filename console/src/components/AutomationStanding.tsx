import type { AutomationState } from "../api/schema";
import { AUTOMATION_STATES } from "../texts/automations";
import { Standing } from "./Facts";

const LOOKS = {
  queued: "busy",
  running: "busy",
  waiting_for_approval: "busy",
  started: "busy",
  succeeded: "good",
  partial: "warn",
  failed: "bad",
  guarded: "warn",
  incomplete: "warn",
  rejected: "calm",
  skipped: "calm",
} as const satisfies Record<AutomationState, string>;

/** How a start of an automation stands, in the words of every page. */
export function AutomationStanding({ state }: { state: AutomationState }) {
  return <Standing kind={LOOKS[state]}>{AUTOMATION_STATES[state]}</Standing>;
}
