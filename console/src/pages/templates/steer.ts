/** What people do to a run. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";

export type Steering =
  | { kind: "steer"; to: "pause" | "resume" | "cancel" | "retry"; who?: string[]; reason?: string }
  | { kind: "decide"; approved: boolean; note: string; who?: string[] }
  | { kind: "skip"; who: string; block: string; reason: string; success: boolean };

/** Return what steers *run*; what was read of it is read again then. */
export function useSteer(run: string, done?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (what: Steering): Promise<void> => {
      const params = { path: { run } };
      switch (what.kind) {
        case "steer":
          await data(api.POST("/api/v1/template-runs/{run}/steer", { params, body: { to: what.to, who: what.who ?? [], reason: what.reason ?? "" } }));
          return;
        case "decide":
          await data(api.POST("/api/v1/template-runs/{run}/decisions", { params, body: { approved: what.approved, note: what.note, who: what.who ?? [] } }));
          return;
        case "skip":
          await data(api.POST("/api/v1/template-runs/{run}/skip", { params, body: { who: what.who, block: what.block, reason: what.reason, success: what.success } }));
      }
    },
    onSuccess: () => done?.(),
    onSettled: () => queries.invalidateQueries({ queryKey: ["template-runs"] }),
  });
}
