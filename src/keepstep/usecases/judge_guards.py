"""Judge the guards of a plan before its first write."""

from keepstep.core.authority import Reach
from keepstep.core.guard import Override, check_plan
from keepstep.core.plan import Plan
from keepstep.core.right import Right
from keepstep.core.sync_rule import SyncRule
from keepstep.errors import GuardTripped
from keepstep.ports import Ports


def judge_guards(ports: Ports, plan: Plan, rule: SyncRule, override: Override | None) -> None:
    """Judge the guards, unless a run of this plan goes on: they were judged when it began. GuardTripped, or audited."""
    former = ports.journal.interrupted(plan.rule)
    if former is not None and former.plan == plan.digest:
        return
    if trips := check_plan(plan, rule.guards):
        told = "; ".join(trip.text for trip in trips)
        if override is None:
            hint = "nothing was written; if this is right, apply with --override-guards and a reason"
            raise GuardTripped(told, hint=hint)
        ports.authority.require(Right.OVERRIDE_GUARDS, Reach(rule=plan.rule))
        detail = {"plan": plan.digest, "reason": override.reason, "trips": told}
        ports.audit.add("override_guards", plan.rule, detail, operator=override.operator)
