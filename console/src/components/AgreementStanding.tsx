import type { Agreement, ApprovalState } from "../api/schema";
import { APPROVAL_STATES } from "../texts/plans";
import { Standing } from "./Facts";

const LOOKS = { pending: "busy", approved: "good", rejected: "bad", expired: "calm", replaced: "calm", used: "good" } as const satisfies Record<
  ApprovalState,
  string
>;

/** How people stand to a plan, in the words of every page. */
export function AgreementStanding({ agreement }: { agreement: Pick<Agreement, "state"> }) {
  return <Standing kind={LOOKS[agreement.state]}>{APPROVAL_STATES[agreement.state]}</Standing>;
}
