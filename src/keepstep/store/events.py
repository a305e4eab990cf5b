"""What happened on watched sides: the objects as they were last seen, and the events that tell how they came to be so.

Events, what is remembered of objects, and how far was read are written in one transaction: each event exists once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from keepstep.core.change import Change
from keepstep.core.event import EXPIRES, Event, EventKind, Happening, Origin, event_id, shown_name
from keepstep.core.news import Known, Reading, Told, news
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey, Values
from keepstep.core.watch import Watch
from keepstep.errors import ClaimLost
from keepstep.store import own_writes
from keepstep.store.database import Database
from keepstep.store.tables import storable
from keepstep.store.tables_events import EVENTS, WATCHED, WATCHES

KEPT: Final = timedelta(days=180)
"""So long events are kept."""

_KEYS: Final = 500

_LEAVING: Final = frozenset({EventKind.DELETED, EventKind.DISABLED, EventKind.EXPIRED})


class SqlEvents:
    """The events in the database, and what they are told by."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---------------------------------------------------------------- watching

    def watch(self, side: Side) -> Watch:
        """Return how far *side* was watched."""
        with self._database.read() as connection:
            row = connection.execute(select(WATCHES).where(WATCHES.c.side == str(side))).first()
        if row is None:
            return Watch(side=side)
        names = tuple(json.loads(row.attributes))
        return Watch(
            side=side, cursor=row.cursor, attributes=names, turn=row.turn, sweep=row.sweep, settled=bool(row.settled)
        )

    def begin_whole(self, watch: Watch, now: datetime) -> Watch:
        """Begin to take in a full read; return the watch to go on with. ClaimLost if somebody else watches by now."""
        begun = replace(watch, turn=watch.turn + 1, sweep=watch.sweep + 1)
        with self._database.write() as connection:
            self._advance(connection, watch, begun, now)
        return begun

    def take_in(self, watch: Watch, changes: Sequence[Change], after: Watch, now: datetime) -> tuple[Watch, int]:
        """Take in *changes*, and come from *watch* to *after*; return it, and how many events that gave.

        ClaimLost if somebody else watches by now; nothing is written then.
        """
        with self._database.write() as connection:
            self._advance(connection, watch, after, now)
            return replace(after, turn=watch.turn + 1), sum(
                self._tell(connection, watch, after, changes[start : start + _KEYS], now)
                for start in range(0, len(changes), _KEYS)
            )

    def end_whole(self, watch: Watch, after: Watch, now: datetime, *, proven: bool) -> tuple[Watch, int]:
        """End a full read; where it is *proven* to be whole, tell who was not in it.

        Return the watch to go on with, and how many events that gave. After it, what differs from what is remembered is
        news.
        """
        with self._database.write() as connection:
            self._advance(connection, watch, after, now)
            count = 0
            while proven and (missing := self._missing(connection, watch)):
                gone = [Change(key=key, record=None) for key in missing]
                count += self._tell(connection, watch, watch, gone, now)
            return replace(after, turn=watch.turn + 1), count

    def expire(self, watch: Watch, now: datetime) -> int:
        """Tell whose account has ended by *now*, each once; return how many.

        ClaimLost if somebody else watches by now.
        """
        due = WATCHED.c.side == str(watch.side), WATCHED.c.expires_at <= now
        with self._database.write() as connection:
            self._hold(connection, watch)
            rows = connection.execute(select(WATCHED).where(*due).limit(_KEYS).with_for_update()).all()
            ended = [replace(_as_known(row), version=row.version + 1, expires=None) for row in rows]
            expired = Happening(EventKind.EXPIRED, (EXPIRES,))
            self._write(
                connection,
                [_known_row(watch, known, now) for known in ended],
                [
                    _event_row(
                        watch.side, known, Told(expired, known.attributes, known.attributes, (EXPIRES,), False), now
                    )
                    for known in ended
                ],
            )
        return len(ended)

    def note(self, side: Side, text: str) -> None:
        """Keep what a person should know of how *side* is watched; empty: all is well."""
        statement = update(WATCHES).where(WATCHES.c.side == str(side), WATCHES.c.note != storable(text))
        with self._database.write() as connection:
            connection.execute(statement.values(note=storable(text)))

    # ---------------------------------------------------------------- reading

    def last_number(self) -> int:
        """Return the number of the newest event; 0 if there is none."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(EVENTS.c.number))).scalar() or 0

    def since(self, number: int, limit: int = 500) -> list[Event]:
        """Return the events behind *number*, oldest first."""
        statement = select(EVENTS).where(EVENTS.c.number > number).order_by(EVENTS.c.number).limit(limit)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(statement)]

    def newest(
        self, *, side: str = "", kind: str = "", who: str = "", limit: int = 50, before: int | None = None
    ) -> list[Event]:
        """Return the newest events first; *who*: a key or a name."""
        statement = select(EVENTS).order_by(EVENTS.c.number.desc()).limit(limit)
        for column, wanted in ((EVENTS.c.side, side), (EVENTS.c.kind, kind)):
            if wanted:
                statement = statement.where(column == wanted)
        if who:
            statement = statement.where((EVENTS.c.key == who) | (EVENTS.c.name == who))
        if before is not None:
            statement = statement.where(EVENTS.c.number < before)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(statement)]

    def changed(self, side: Side, behind: int, upto: int) -> frozenset[NativeKey] | None:
        """Return whom the events of *side* behind number *behind*, and up to *upto*, are about.

        None if that is not all there is to say: somebody is gone or was switched off, which only a full compare may
        act upon, or the side was not watched all the time.
        """
        statement = (
            select(EVENTS.c.key, EVENTS.c.kind)
            .where(EVENTS.c.side == str(side), EVENTS.c.number > behind, EVENTS.c.number <= upto)
            .distinct()
        )
        watched_side = select(WATCHES.c.settled, WATCHES.c.note).where(WATCHES.c.side == str(side))
        with self._database.read() as connection:
            watch = connection.execute(watched_side).first()
            if watch is None or not watch.settled or watch.note:
                return None
            rows = connection.execute(statement).all()
        if any(kind in _LEAVING for _, kind in rows):
            return None
        return frozenset(NativeKey(key) for key, _ in rows)

    def forget(self, before: datetime) -> int:
        """Forget the events that are older than *before*, and who is gone since long before; return how many."""
        with self._database.write() as connection:
            # objects before events, as whoever watches writes them: of two one waits, and never each for the other
            connection.execute(delete(WATCHED).where(WATCHED.c.gone == 1, WATCHED.c.at < before))
            # the newest stays: SQLite goes on counting from it, and automations remember how far they have seen
            newest = select(func.max(EVENTS.c.number)).scalar_subquery()
            return connection.execute(delete(EVENTS).where(EVENTS.c.at < before, EVENTS.c.number < newest)).rowcount

    # ---------------------------------------------------------------- inside a transaction

    def _advance(self, connection: Connection, before: Watch, after: Watch, now: datetime) -> None:
        """Come from *before* to *after*; ClaimLost if *before* is no longer how it is."""
        values = {
            "cursor": after.cursor,
            "attributes": json.dumps(after.attributes),
            "turn": before.turn + 1,
            "sweep": after.sweep,
            "settled": int(after.settled),
            "at": now,
        }
        if before.turn == 0:
            row = {"side": str(before.side), "note": "", **values}
            made = self._database.insert(WATCHES).values(row).on_conflict_do_nothing().returning(WATCHES.c.side)
            done = connection.execute(made).first() is not None
        else:
            here = WATCHES.c.side == str(before.side), WATCHES.c.turn == before.turn
            done = connection.execute(update(WATCHES).where(*here).values(values)).rowcount == 1
        if not done:
            raise ClaimLost(f"{before.side} is watched by another process")

    def _hold(self, connection: Connection, watch: Watch) -> None:
        """Keep everybody else from writing of the side until the transaction ends; ClaimLost if *watch* is over."""
        statement = select(WATCHES.c.turn).where(WATCHES.c.side == str(watch.side)).with_for_update()
        if connection.execute(statement).scalar() not in {watch.turn, None}:
            raise ClaimLost(f"{watch.side} is watched by another process")

    def _missing(self, connection: Connection, watch: Watch) -> list[NativeKey]:
        statement = select(WATCHED.c.key).where(
            WATCHED.c.side == str(watch.side), WATCHED.c.gone == 0, WATCHED.c.sweep < watch.sweep
        )
        return [NativeKey(key) for key in connection.execute(statement.limit(_KEYS)).scalars()]

    def _tell(
        self, connection: Connection, before: Watch, after: Watch, changes: Sequence[Change], now: datetime
    ) -> int:
        """Write what *changes* tell, and how their objects are known from now on; return how many events that is."""
        keys = [change.key for change in changes]
        known = _known(connection, after.side, keys)
        notes = own_writes.Notes.of(connection, after.side.connection, changes)
        common = None
        if before.reads and before.reads != before.attributes:
            common = frozenset(before.attributes) & frozenset(before.reads)
        reading = Reading(now=now, settled=before.settled, common=common, own=notes.own)
        rows: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for change in changes:
            told, found = news(reading, known.get(change.key), change)
            if found is not None:
                rows.append(_known_row(after, found, now))
                events += (_event_row(after.side, found, one, now) for one in told)
        self._write(connection, rows, events)
        notes.forget(connection)
        return len(events)

    def _write(self, connection: Connection, rows: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
        if rows:
            statement = self._database.insert(WATCHED)
            changed = {kept.name: statement.excluded[kept.name] for kept in WATCHED.c if not kept.primary_key}
            connection.execute(statement.on_conflict_do_update(index_elements=["side", "key"], set_=changed), rows)
        if events:
            # whoever reads them by number must not see one before another of a lower number that is still being written
            self._database.alone(connection, EVENTS)
            connection.execute(insert(EVENTS), events)


def _known(connection: Connection, side: Side, keys: Sequence[NativeKey]) -> dict[NativeKey, Known]:
    statement = select(WATCHED).where(WATCHED.c.side == str(side), WATCHED.c.key.in_(keys))
    return {NativeKey(row.key): _as_known(row) for row in connection.execute(statement)}


def _as_known(row: Row[*tuple[Any, ...]]) -> Known:
    return Known(
        key=NativeKey(row.key),
        version=row.version,
        gone=bool(row.gone),
        attributes=_values(row.attributes),
        expires=row.expires_at,
    )


def _known_row(watch: Watch, known: Known, now: datetime) -> dict[str, Any]:
    return {
        "side": str(watch.side),
        "key": known.key,
        "version": known.version,
        "gone": int(known.gone),
        "attributes": _text(known.attributes),
        "expires_at": known.expires,
        "sweep": watch.sweep,
        "at": now,
    }


def _event_row(side: Side, known: Known, told: Told, now: datetime) -> dict[str, Any]:
    happening = told.happening
    return {
        "id": event_id(side, known.key, known.version, happening),
        "kind": happening.kind.value,
        "side": str(side),
        "key": known.key,
        "name": storable(shown_name(told.after or told.before) or known.key),
        "at": now,
        "origin": (Origin.KEEPSTEP if told.own else Origin.OUTSIDE).value,
        "before": _text(told.before),
        "after": _text(told.after),
        "changed": json.dumps(told.changed),
        "group_name": storable(happening.group),
    }


def _text(attributes: Mapping[str, Values]) -> str:
    # escaped, so that no database refuses what a directory holds
    return json.dumps({name: list(values) for name, values in sorted(attributes.items())}, ensure_ascii=True)


def _values(text: str) -> dict[str, Values]:
    return {name: tuple(held) for name, held in cast("dict[str, list[str]]", json.loads(text)).items()}


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    connection, _, objects = row.side.partition(".")
    return Event(
        id=row.id,
        number=row.number,
        kind=EventKind(row.kind),
        side=Side(connection, objects),
        key=NativeKey(row.key),
        name=row.name,
        at=row.at,
        origin=Origin(row.origin),
        before=_values(row.before),
        after=_values(row.after),
        changed=tuple(json.loads(row.changed)),
        group=row.group_name,
    )
