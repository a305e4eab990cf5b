"""The limits that make a plan unsafe, judged before the first write."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.core.sync_rule import Guards, Limit
from keepstep.errors import UsageError

CHANGES: Final = frozenset({ActionKind.UPDATE, ActionKind.ENABLE})

NAMELESS: Final = frozenset({"", "unknown"})
"""What an operator is called whom the system has no name for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One limit that a plan is beyond: which kind of action, how many, of how many, and the sentence that says so."""

    kind: ActionKind
    count: int
    accounts: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A named operator goes beyond the guards for a stated reason; UsageError if either is missing."""

    operator: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise UsageError("overriding the guards needs a reason", hint="say why; it is kept in the audit log")
        if self.operator.strip() in NAMELESS:
            raise UsageError(
                "overriding the guards needs an operator with a name",
                hint="set LOGNAME to yours; it is kept in the audit log",
            )


def check_plan(plan: Plan, guards: Guards) -> list[Trip]:
    """Return the limits that *plan* is beyond; empty if it may be applied.

    A leaver that is marked instead of disabled counts as disabled. One single action of a kind never trips a
    percentage above zero: a directory of ten people has leavers too.
    """
    judged = (
        (ActionKind.DELETE, _accounts(plan, {ActionKind.DELETE}), plan.target.records, guards.delete),
        (ActionKind.DISABLE, sum(_disables(action) for action in plan.actions), plan.target.records, guards.disable),
        (ActionKind.UPDATE, _accounts(plan, CHANGES), plan.target.records, guards.update),
        (ActionKind.CREATE, plan.count(ActionKind.CREATE), plan.source.records, guards.create),
    )
    return [trip for kind, count, of, limit in judged if (trip := _judge(kind, count, of, limit))]


def _accounts(plan: Plan, kinds: Container[ActionKind]) -> int:
    """Return how many accounts have an action of *kinds*; one whose identifiers move in a ring has two."""
    return len({action.target_key or action.id for action in plan.actions if action.kind in kinds})


def _disables(action: Action) -> bool:
    return action.kind is ActionKind.DISABLE or (action.kind is ActionKind.UPDATE and action.leaver)


def _judge(kind: ActionKind, count: int, accounts: int, limit: Limit) -> Trip | None:
    if count == 0:
        return None
    share = 100 * count / max(accounts, 1)
    if limit.count is not None and count > limit.count:
        beyond = f"the limit is {limit.count}"
    elif share > limit.percent and (count > 1 or limit.percent == 0):
        beyond = f"the limit is {limit.percent:g} %"
    else:
        return None
    words = {
        ActionKind.CREATE: "created",
        ActionKind.UPDATE: "updated",
        ActionKind.ENABLE: "enabled",
        ActionKind.DISABLE: "disabled",
        ActionKind.DELETE: "deleted",
    }
    text = f"{count} of {accounts} accounts ({share:.0f} %) would be {words[kind]}; {beyond}"
    return Trip(kind=kind, count=count, accounts=accounts, text=text)
