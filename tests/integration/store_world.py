"""What the store tests speak of: a clock, plans and their parts."""

from datetime import UTC, datetime, timedelta

from keepstep.core.link import Link, LinkState
from keepstep.core.plan import Action, ActionId, ActionKind, Cost, Delta, Finding, Plan
from keepstep.core.situation import Situation
from keepstep.core.values import Completeness, NativeKey, Verdict


class TickingClock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.moment = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def an_action(number: int, **more) -> Action:
    given = {
        "id": ActionId(f"action-{number}"),
        "kind": ActionKind.UPDATE,
        "situation": Situation.LINKED,
        "name": f"Person {number}",
        "reason": "attributes differ",
        "source_key": NativeKey(f"source-{number}"),
        "target_key": NativeKey(f"target-{number}"),
        "deltas": (
            Delta("firstName", ("Ana",), ("Anna",)),
            Delta("note", None, ()),
            Delta("phone", ("",), ("385", "1")),
        ),
        "basis_source": "s" * 32,
        "basis_target": "t" * 32,
    }
    return Action(**{**given, **more})


def a_plan(actions: int = 3, *, rule: str = "staff", basis: str = "b" * 32) -> Plan:
    verdict = Verdict(completeness=Completeness.COMPLETE, reason="all pages read", records=actions, calls=1)
    return Plan(
        rule=rule,
        basis=basis,
        source=verdict,
        target=verdict,
        actions=tuple(an_action(number) for number in range(actions)),
        findings=(
            Finding(situation=Situation.ORPHANED, name="Stray Account", reason="no source", target_key=NativeKey("9")),
        ),
        situations={Situation.LINKED: actions, Situation.ORPHANED: 1},
        links=(Link(NativeKey("a"), NativeKey("1")), Link(NativeKey("b"), NativeKey("2"), LinkState.LEFT)),
        forget=(NativeKey("gone"),),
        cost=Cost(calls={"upsert": 1}, seconds=0.2),
    )
