"""Find out what happened in a connected system, whoever did it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final, Protocol, runtime_checkable

from keepstep.core.change import Change, Changes
from keepstep.core.event import ALWAYS
from keepstep.core.sync_rule import Side
from keepstep.core.watch import Watch
from keepstep.ports import Ports, Query
from keepstep.usecases.collect import collect

SHRINK: Final = 20
"""By how many percent a full read may be smaller than the last one before nobody is taken for gone."""

_PAGE: Final = 1_000


@runtime_checkable
class Watching(Protocol):
    """A connector that tells what changed, whoever changed it."""

    async def changes(self, query: Query, cursor: str) -> Changes:
        """Return what of the objects of *query* changed since *cursor*; the empty cursor: everything there is.

        A change is told at least once: whoever keeps the cursor only together with what it gave misses nothing.
        """
        ...

    async def wake(self, query: Query, seconds: float) -> None:
        """Return as soon as something may have changed, at the latest after *seconds*."""
        ...


class EventLedger(Protocol):
    """Where what happened is written down. ClaimLost from what writes if somebody else watches the side by now."""

    def watch(self, side: Side) -> Watch:
        """Return how far *side* was watched."""
        ...

    def begin_whole(self, watch: Watch, now: datetime) -> Watch:
        """Begin to take in a full read; return the watch to go on with."""
        ...

    def take_in(self, watch: Watch, changes: Sequence[Change], after: Watch, now: datetime) -> tuple[Watch, int]:
        """Take in *changes*, and come from *watch* to *after*; return it, and how many events that gave."""
        ...

    def end_whole(self, watch: Watch, after: Watch, now: datetime, *, proven: bool) -> tuple[Watch, int]:
        """End a full read; where it is *proven*, tell who was not in it. Return the watch to go on with, and how many
        events that gave.
        """
        ...

    def expire(self, watch: Watch, now: datetime) -> int:
        """Tell whose account has ended by *now*, each once, as *watch* stands; return how many."""
        ...

    def note(self, side: Side, text: str) -> None:
        """Keep what a person should know of how *side* is watched; empty: all is well."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one look came to: how many events, and what a person should know.

    *whole*: everything was read. *unproven*: that was not proven to be all, so nobody was taken for gone.
    """

    events: int
    whole: bool = False
    unproven: bool = False
    note: str = ""


async def wait_for_news(ports: Ports, side: Side, seconds: float) -> bool:
    """Return as soon as something may have happened on *side*, at the latest after *seconds*; False: it cannot tell."""
    connector = ports.connector(side.connection)
    if not isinstance(connector, Watching):
        return False
    await connector.wake(Query(objects=side.objects, attributes=()), seconds)
    return True


async def watch_once(ports: Ports, ledger: EventLedger, side: Side, names: Collection[str]) -> Watched:
    """Write down what happened on *side* since the last look, each event once; return what that came to.

    *names*: the attributes to watch beside those that kinds of events are told by; those that the side does not have
    are left out. ConnectorError if the side cannot be asked: nothing is missed, it is told the next time.
    """
    connector = ports.connector(side.connection)
    schema = await connector.schema(side.objects)
    wanted = (schema.attribute(name) for name in (*ALWAYS, *names))
    attributes = tuple(sorted({kind.name for kind in wanted if kind is not None}))
    query = Query(objects=side.objects, attributes=attributes, scoped=True)
    watch = ledger.watch(side)
    look = _Look(ports=ports, ledger=ledger, query=query)
    events = 0
    if isinstance(connector, Watching):
        fresh = watch.settled and watch.attributes == attributes
        while True:
            found = await connector.changes(query, watch.cursor if fresh else "")
            if found.whole:
                return await look.whole(watch, found.cursor, found.reason)
            if found.changes or found.cursor != watch.cursor:
                after = replace(watch, cursor=found.cursor)
                watch, count = ledger.take_in(watch, found.changes, after, ports.clock.now())
                events += count
            if not found.more:
                break
    else:
        return await look.whole(watch, "", "")
    return Watched(events=events + ledger.expire(watch, ports.clock.now()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    ports: Ports
    ledger: EventLedger
    query: Query

    async def whole(self, watch: Watch, cursor: str, reason: str) -> Watched:
        """Read everything, and take it in page by page; whoever is missing is gone only if the read was proven."""
        snapshot = await collect(self.ports, watch.side, self.query.attributes, shrink=SHRINK)
        now = self.ports.clock.now()
        going = self.ledger.begin_whole(watch, now)
        going = replace(going, reads=self.query.attributes)
        events = 0
        records = iter(snapshot.records)
        while page := [Change(key=record.key, record=record) for record in islice(records, _PAGE)]:
            going, count = self.ledger.take_in(going, page, going, now)
            events += count
        proven = snapshot.complete
        attributes = self.query.attributes if proven or not watch.settled else watch.attributes
        settled = watch.settled or proven
        # without proof it is read again from the start: who is gone was not told
        ended = replace(going, cursor=cursor if proven else "", attributes=attributes, settled=settled)
        ended, count = self.ledger.end_whole(going, ended, now, proven=proven)
        events += count + self.ledger.expire(ended, now)
        note = "" if proven else f"{watch.side} was not read whole: {snapshot.verdict.reason}"
        self.ledger.note(watch.side, note)
        return Watched(events=events, whole=True, unproven=not proven, note=note)
