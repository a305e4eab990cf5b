"""The limits that make a plan unsafe, judged before the first write."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from keepstep.core.plan import Action, ActionKind, GroupCount, Plan
from keepstep.core.sync_rule import GroupLimits, Guards, Limit
from keepstep.core.values import NativeKey, Record
from keepstep.errors import UsageError

CHANGES: Final = frozenset({ActionKind.UPDATE, ActionKind.ENABLE})

_WORDS: Final[Mapping[ActionKind, str]] = {
    ActionKind.CREATE: "created",
    ActionKind.UPDATE: "updated",
    ActionKind.ENABLE: "enabled",
    ActionKind.DISABLE: "disabled",
    ActionKind.DELETE: "deleted",
}

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
class GuardVerdict:
    """How a plan stands to the limit of one kind: *percent* or *most*, whichever is less; None: there is no such one.

    *beyond*: the sentence that says so; empty: it is within.
    """

    kind: ActionKind
    count: int
    accounts: int
    percent: float
    most: int | None
    beyond: str = ""


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
    counts = counts_of(plan)
    judged = _by_kind(plan, guards)
    trips = [trip for kind, of, limit in judged if (trip := _judge(kind, counts[kind], of, limit))]
    return [*trips, *_of_groups(plan, guards), *_beyond_usual(plan, guards, counts)]


def verdicts(plan: Plan, guards: Guards) -> list[GuardVerdict]:
    """Return how *plan* stands to the limit of each kind, also where it is within."""
    counts = counts_of(plan)
    return [
        GuardVerdict(
            kind=kind,
            count=counts[kind],
            accounts=of,
            percent=limit.percent,
            most=limit.count,
            beyond=trip.text if (trip := _judge(kind, counts[kind], of, limit)) else "",
        )
        for kind, of, limit in _by_kind(plan, guards)
    ]


def _by_kind(plan: Plan, guards: Guards) -> tuple[tuple[ActionKind, int, Limit], ...]:
    return (
        (ActionKind.DELETE, plan.target.records, guards.delete),
        (ActionKind.DISABLE, plan.target.records, guards.disable),
        (ActionKind.UPDATE, plan.target.records, guards.update),
        (ActionKind.CREATE, plan.source.records, guards.create),
    )


def counts_of(plan: Plan) -> dict[ActionKind, int]:
    """Return how many accounts *plan* does each kind of thing to, as guards count them."""
    return {
        ActionKind.DELETE: _accounts(plan, {ActionKind.DELETE}),
        ActionKind.DISABLE: sum(_disables(action) for action in plan.actions),
        ActionKind.UPDATE: _accounts(plan, CHANGES),
        ActionKind.CREATE: plan.count(ActionKind.CREATE),
    }


def _of_groups(plan: Plan, guards: Guards) -> Iterator[Trip]:
    """Yield the limits of groups that *plan* is beyond, each with the group that it is."""
    for group in plan.groups:
        limits = guards.by.get(group.attribute)
        for kind, limit in _limits(limits) if limits else ():
            trip = _judge(kind, group.counts.get(kind, 0), group.accounts, limit)
            if trip is not None:
                named = group.value or "without a value"
                yield replace(trip, text=f"{group.attribute} {named}: {trip.text}")


def _limits(limits: GroupLimits) -> Iterator[tuple[ActionKind, Limit]]:
    for kind in (ActionKind.DELETE, ActionKind.DISABLE, ActionKind.UPDATE, ActionKind.CREATE):
        limit: Limit | None = getattr(limits, kind)
        if limit is not None:
            yield kind, limit


def _beyond_usual(plan: Plan, guards: Guards, counts: Mapping[ActionKind, int]) -> Iterator[Trip]:
    """Yield the kinds of which *plan* does far more than the last runs of its rule did; none before its first run."""
    limit = guards.history
    if limit is None or not plan.usual:
        return
    for kind, count in counts.items():
        usual = plan.usual.get(kind, 0)
        most = max(limit.least, limit.times * usual)
        if count > most:
            text = f"{count} accounts would be {_WORDS[kind]}; the last runs did {usual} at most, the limit is {most:g}"
            yield Trip(kind=kind, count=count, accounts=usual, text=text)


def group_counts(
    actions: Iterable[Action], names: Collection[str], records: Iterable[Record]
) -> tuple[GroupCount, ...]:
    """Return what *actions* do to each group of the target's *records* that share a value of one of *names*.

    A new account belongs where it is made. One pass over each.
    """
    if not names:
        return ()
    by_key: dict[NativeKey, list[Action]] = {}
    sizes: Counter[tuple[str, str]] = Counter()
    counts: dict[tuple[str, str], Counter[ActionKind]] = {}
    for action in actions:
        if action.target_key is not None:
            by_key.setdefault(action.target_key, []).append(action)
        else:
            after = {delta.name: delta.after for delta in action.deltas}
            for name in names:
                group = name, next(iter(after.get(name, ())), "")
                counts.setdefault(group, Counter())[action.kind] += 1
    for record in records:
        for name in names:
            group = name, record.one(name)
            sizes[group] += 1
            for action in by_key.get(record.key, ()):
                kind = ActionKind.DISABLE if _disables(action) else action.kind
                kind = ActionKind.UPDATE if kind is ActionKind.ENABLE else kind
                counts.setdefault(group, Counter())[kind] += 1
    return tuple(
        GroupCount(attribute=name, value=value, accounts=sizes[name, value], counts=dict(sorted(found.items())))
        for (name, value), found in sorted(counts.items())
    )


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
    text = f"{count} of {accounts} accounts ({share:.0f} %) would be {_WORDS[kind]}; {beyond}"
    return Trip(kind=kind, count=count, accounts=accounts, text=text)
