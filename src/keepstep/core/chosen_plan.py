"""A plan with nothing in it but what was chosen for some rows of a comparison."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from keepstep.core.comparison import Row, Standing
from keepstep.core.plan import Action, ActionId, ActionKind, Finding, Plan
from keepstep.core.situation import Reaction, Situation
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import NativeKey
from keepstep.errors import UsageError

_LEAVERS: Final = (Situation.ORPHANED, Situation.SOURCE_DELETED, Situation.SOURCE_DISABLED)
_JOINERS: Final = (Situation.UNMATCHED, Situation.TARGET_MISSING)
_THERE: Final = (Situation.LINKED, Situation.UNLINKED)
_ACTIVE: Final = "its person is active in the source: the next plan would make it again"
_FIRST_LINK: Final = "several claim the same: link the right pair first, then compare again"
_HAS_ONE: Final = "it has an account"
_HAS_NONE: Final = "it has no account"
_NOBODY: Final = "nobody in the source says how it is to be"
_IN_STEP: Final = "it is in step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """A row that was chosen, and why nothing is planned for it."""

    row: Row
    reason: str


def with_reaction(rule: SyncRule, kind: ActionKind, *, can_disable: bool) -> SyncRule:
    """Return *rule* as it does nothing but *kind*; where nobody can be disabled there, the rule's mark is set."""
    reaction = Reaction(str(kind))
    if kind is ActionKind.DISABLE and not can_disable and rule.mark:
        reaction = Reaction.MARK
    meant = {ActionKind.CREATE: _JOINERS, ActionKind.UPDATE: _THERE}.get(kind, _LEAVERS)
    reactions = {situation: reaction if situation in meant else Reaction.IGNORE for situation in Situation}
    return rule.model_copy(update={"reactions": reactions})


def why_not(row: Row, kind: ActionKind) -> str:
    """Return why *kind* cannot be planned for *row*, or the empty text."""
    standing = row.ignored or row.standing
    if standing is Standing.DISPUTED or (standing is Standing.DUPLICATE and row.source_key):
        return _FIRST_LINK
    if kind is ActionKind.CREATE:
        return _HAS_ONE if row.target_key else ""
    if not row.target_key:
        return _HAS_NONE
    if kind is ActionKind.UPDATE:
        return _NOBODY if not row.source_key else _IN_STEP if standing is Standing.IN_STEP else ""
    return _ACTIVE if row.source_key and standing in {Standing.IN_STEP, Standing.MISMATCHED} else ""


def only(plan: Plan, kind: ActionKind, rows: Collection[Row]) -> tuple[Plan, list[Untouched]]:
    """Return *plan* with nothing in it but what it does for *rows*, and the rows that it does nothing for."""
    if not rows:
        raise UsageError("nobody was chosen", hint="`keepstep compare RULE` shows whom there is to choose")
    by_source = kind is ActionKind.CREATE
    wanted: dict[NativeKey | None, Row] = {row.source_key if by_source else row.target_key: row for row in rows}
    wanted.pop(None, None)

    def key(one: Action | Finding) -> NativeKey | None:
        return one.source_key if by_source else one.target_key

    actions = {action.id: action for action in plan.actions if key(action) in wanted}
    for lost in _without_needs(actions):
        del actions[lost.id]
    findings = tuple(finding for finding in plan.findings if key(finding) in wanted)
    source = replace(plan.source, mark="")
    made = replace(plan, source=source, actions=tuple(actions.values()), findings=findings, links=(), forget=())
    return made, _untouched(rows, made, kind, wanted)


def _without_needs(actions: Mapping[ActionId, Action]) -> list[Action]:
    """Return the actions that need one that is not there, directly or not."""
    lost: dict[ActionId, Action] = {}
    while True:
        more = {
            action.id: action
            for action in actions.values()
            if action.id not in lost and any(need not in actions or need in lost for need in action.needs)
        }
        if not more:
            return list(lost.values())
        lost |= more


def _untouched(
    rows: Collection[Row], plan: Plan, kind: ActionKind, wanted: Mapping[NativeKey | None, Row]
) -> list[Untouched]:
    by_source = kind is ActionKind.CREATE
    ones: Iterator[Action | Finding] = iter((*plan.actions, *plan.findings))
    told = {one.source_key if by_source else one.target_key for one in ones}
    left = [row for key, row in wanted.items() if key not in told]
    left += [row for row in rows if not (row.source_key if by_source else row.target_key)]
    return [Untouched(row=row, reason=why_not(row, kind) or _why_else(row, kind)) for row in left]


def _why_else(row: Row, kind: ActionKind) -> str:
    if row.standing is Standing.IN_STEP:
        return row.note or _IN_STEP
    return f"nothing is to be done by {kind}, or it needs somebody who was not chosen"
