import type { EffectState } from "../../api/schema";

export const LOOKS = { begun: "busy", done: "good", refused: "bad", stale: "warn", failed: "bad" } as const satisfies Record<EffectState, string>;
