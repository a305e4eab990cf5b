import type { Run, RunState } from "../api/schema";
import { RUN_STATES } from "../texts/plans";
import { Standing } from "./Facts";

const LOOKS = { running: "busy", done: "good", partial: "warn", stopped: "bad", cancelled: "calm" } as const satisfies Record<
  RunState,
  string
>;

/** How a run stands, in the words of every page. */
export function RunStanding({ run }: { run: Pick<Run, "state"> }) {
  return <Standing kind={LOOKS[run.state]}>{RUN_STATES[run.state]}</Standing>;
}
