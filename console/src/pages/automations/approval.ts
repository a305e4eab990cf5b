/** Who has to agree before a plan is applied, as it stands in the configuration, and as the editor asks for it. */

import { type Json, texts, type Tree, tree } from "../../api/json";
import type { SpecField } from "../../components/SpecFields";
import { approval as words } from "../../texts/automations";


/** Return the requirement that is written: a number alone is how many have to agree. */
export function asRequirement(written: Json | undefined): Tree {
  if (written === undefined) return {};
  if (typeof written === "number") return { need: written };
  const { remind, ...rest } = tree(written);
  return { need: 1, ...rest, ...(remind === undefined ? {} : { remind: texts(remind) }) };
}

/** Return how *asked* is written, as short as it can be; nothing where nobody has to agree. */
export function withRequirement(asked: Tree): Json | undefined {
  const { need, ...rest } = asked;
  if (need === undefined || need === 0) return undefined;
  if (Object.keys(rest).length === 0) return need;
  return need === 1 ? rest : asked;
}

/** Return the fields of a requirement: how many have to agree, and once somebody has to, the rest. */
export function approvalFields(channels: readonly string[], some: boolean): SpecField[] {
  const need: SpecField = { path: "approve.need", label: words.need, hint: words.needHint, kind: "number", fallback: 0 };
  if (!some) return [need];
  const choices = channels.map((one) => ({ value: one, label: one }));
  return [
    need,
    { path: "approve.not_requester", label: words.notRequester, kind: "switch", fallback: false },
    { path: "approve.approvers", label: words.approvers, hint: words.approversHint, kind: "list" },
    { path: "approve.reviewers", label: words.reviewers, hint: words.reviewersHint, kind: "list" },
    { path: "approve.tell", label: words.tell, hint: words.tellHint, kind: "list", choices },
    { path: "approve.expires", label: words.expires, hint: words.expiresHint, kind: "text", fallback: "7d" },
    { path: "approve.remind", label: words.remind, hint: words.remindHint, kind: "list" },
    { path: "approve.above", label: words.above, hint: words.aboveHint, kind: "number" },
    { path: "approve.by_guard", label: words.byGuard, kind: "switch", fallback: false },
    { path: "approve.escalate.after", label: words.escalateAfter, hint: words.escalateHint, kind: "text" },
    { path: "approve.escalate.to", label: words.escalateTo, kind: "list" },
  ];
}
