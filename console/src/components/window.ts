/** Windows of time as the configuration holds them. */

import type { Tree } from "../api/json";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** What each kind begins with, where somebody chooses it. */
export const FRESH: Readonly<Record<"daily" | "once", Tree>> = {
  daily: { from: "22:00", to: "06:00" },
  once: { from: "", to: "" },
};

/** Whether *window* is between two moments; else it comes again, at times of day, one of which may be empty just now. */
export function isOnce(window: Tree): boolean {
  const edges = [window["from"], window["to"]].map((edge) => String(edge ?? ""));
  return edges.some((edge) => edge.includes("-")) || edges.every((edge) => edge === "");
}
