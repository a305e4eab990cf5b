"""What is due now, by the time and by what happened: starts of automations, each cause once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from keepstep.core.automation import AutomationSpec, EventTrigger
from keepstep.core.automation_run import AutomationRun, AutomationStanding, AutomationState
from keepstep.core.block_text import BlockTexts
from keepstep.core.event import Event
from keepstep.core.event_match import starts
from keepstep.core.run import RunId
from keepstep.errors import KeepstepError

LATE: Final = timedelta(minutes=5)
"""A start that is later than this was missed while nobody was at work."""

BY: Final = "automation"
"""Who is said to have done what nobody asked for."""

_OFF: Final = timedelta(minutes=1)
"""So often what a switched off automation missed is let go of."""

_EVENTS: Final = 500


class Starts(Protocol):
    """Where starts are written down."""

    def standing(self, name: str) -> AutomationStanding:
        """Return what is remembered of *name*; one that was never seen begins now."""
        ...

    def begin(self, name: str) -> AutomationStanding:
        """Let *name* begin now, as if it had never been seen; return how it stands."""
        ...

    def due(self, run: AutomationRun, before: AutomationStanding) -> bool:
        """Write down the start *run*, whose time has come; False if another process did."""
        ...

    def pass_over(self, name: str, before: AutomationStanding, until: datetime) -> None:
        """Write down that the schedule of *name* was looked at *until* then, and nothing is started."""
        ...

    def seen(self, name: str, before: AutomationStanding, upto: int, runs: Sequence[AutomationRun]) -> bool:
        """Write down the starts *runs*, and that *name* has seen the events up to *upto*; False if another did."""
        ...

    def new_id(self) -> RunId:
        """Return an id for a start."""
        ...


class Events(Protocol):
    """What happened."""

    def since(self, number: int, limit: int = 500) -> list[Event]:
        """Return the events behind *number*, oldest first."""
        ...

    def last_number(self) -> int:
        """Return the number of the newest event; 0 if there is none."""
        ...


def schedule(
    starting: Starts, events: Events, automations: Mapping[str, AutomationSpec], texts: BlockTexts, now: datetime
) -> int:
    """Write down every start that is due by *now*; return how many. Whoever else does the same, each is started once.

    An automation that is switched off misses what happens meanwhile: it begins anew when it is switched on.
    """
    last = events.last_number()
    count = 0
    for name, spec in automations.items():
        standing = starting.standing(name)
        if not spec.enabled:
            if now - standing.handled > _OFF:
                starting.begin(name)
            continue
        if isinstance(spec.trigger, EventTrigger):
            if standing.seen < last:
                count += _by_events(starting, events, name, spec.trigger, standing, texts)
        else:
            count += _by_time(starting, name, spec, standing, now)
    return count


def _by_time(starting: Starts, name: str, spec: AutomationSpec, standing: AutomationStanding, now: datetime) -> int:
    assert not isinstance(spec.trigger, EventTrigger)  # noqa: S101 - asked by the caller
    found = spec.trigger.due(standing.handled, now)
    if found.latest is None:
        return 0
    if spec.missed == "skip" and now - found.latest > LATE:
        starting.pass_over(name, standing, found.latest)
        return 0
    missed = found.count - 1
    told = (f"{missed} earlier times went by while nobody was at work",) if missed else ()
    run = AutomationRun(
        id=starting.new_id(),
        automation=name,
        cause=f"time {found.latest.isoformat()}",
        due=found.latest,
        state=AutomationState.QUEUED,
        operator=BY,
        reasons=told,
    )
    return int(starting.due(run, standing))


def _by_events(  # noqa: PLR0917, PLR0913 - where from, and for whom
    starting: Starts,
    events: Events,
    name: str,
    trigger: EventTrigger,
    standing: AutomationStanding,
    texts: BlockTexts,
) -> int:
    some = events.since(standing.seen, _EVENTS)
    runs: list[AutomationRun] = []
    for event in some:
        try:
            fits, why = starts(trigger, event, texts), ""
        except KeepstepError as exc:
            # it is not known whether it should start: a person is told, and nothing is done
            fits, why = True, exc.message
        if not fits:
            continue
        runs.append(
            AutomationRun(
                id=starting.new_id(),
                automation=name,
                cause=f"event {event.id}",
                due=event.at,
                state=AutomationState.FAILED if why else AutomationState.QUEUED,
                operator=BY,
                event=event.number,
                reasons=(f"{event.name}: {why}",) if why else (),
                ended=event.at if why else None,
            )
        )
    upto = some[-1].number if some else standing.seen
    return len(runs) if starting.seen(name, standing, upto, runs) else 0
