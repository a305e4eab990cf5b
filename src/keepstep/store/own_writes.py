"""What Keepstep writes, noted before it is written, until it is seen to have come about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, select, tuple_

from keepstep.core.change import Change
from keepstep.core.event import Happening
from keepstep.core.own_write import IDENTIFYING, UNNAMED, OwnWrite, digest, is_own
from keepstep.core.values import NativeKey, Values
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables_events import OWN_WRITES, WATCHES

KEPT: Final = timedelta(days=7)
"""For so long a note waits until somebody sees what it is about."""


class SqlOwnWrites:
    """The notes in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self, writes: Sequence[OwnWrite]) -> None:
        """Keep *writes*, on disk when this returns; nothing of connections that nobody watches."""
        names = self._watched({one.connection for one in writes})
        now = self._clock.now()
        rows = [{**_row(one), "at": now} for one in dict.fromkeys(writes) if one.connection in names]
        if not rows:
            return
        with self._database.write() as connection:
            statement = self._database.insert(OWN_WRITES)
            keys = ["connection", "key", "attribute", "digest"]
            again = statement.on_conflict_do_update(index_elements=keys, set_={"at": statement.excluded.at})
            connection.execute(again, rows)
            connection.execute(delete(OWN_WRITES).where(OWN_WRITES.c.at < now - KEPT))

    def _watched(self, names: Collection[str]) -> set[str]:
        with self._database.read() as connection:
            sides = connection.execute(select(WATCHES.c.side)).scalars()
            return {name for side in sides if (name := side.partition(".")[0]) in names}

    def withdraw(self, writes: Sequence[OwnWrite]) -> None:
        """Forget *writes*: they were certainly not made."""
        if not self._watched({one.connection for one in writes}):
            return
        with self._database.write() as connection:
            _delete(connection, [(one.connection, one.key, one.attribute, one.digest) for one in writes])


@dataclass(slots=True)
class Notes:
    """The notes about some objects of a connection, and about its new objects. *seen*: those that came about."""

    connection_name: str
    by_key: Mapping[str, set[tuple[str, str]]]
    seen: set[tuple[str, str, str, str]] = field(default_factory=set[tuple[str, str, str, str]])

    @classmethod
    def of(cls, connection: Connection, name: str, changes: Sequence[Change]) -> "Notes":
        """Return the notes of the connection called *name* about the objects of *changes*.

        Of new objects, whose key nobody knew, only the notes about such as these: there may be very many others.
        """
        here = OWN_WRITES.c.connection == name
        statement = select(OWN_WRITES).where(here, OWN_WRITES.c.key.in_([change.key for change in changes]))
        found: dict[str, set[tuple[str, str]]] = {}
        for row in connection.execute(statement):
            found.setdefault(row.key, set()).add((row.attribute, row.digest))
        unnamed = found.setdefault(UNNAMED, set())
        records = [change.record for change in changes if change.record is not None]
        for attribute in IDENTIFYING:
            marks = {digest(values) for one in records if (values := one.attributes.get(attribute))}
            known = select(OWN_WRITES.c.digest).where(
                here, OWN_WRITES.c.key == UNNAMED, OWN_WRITES.c.attribute == attribute, OWN_WRITES.c.digest.in_(marks)
            )
            unnamed.update((attribute, mark) for mark in (connection.execute(known).scalars() if marks else ()))
        return cls(name, found)

    def own(self, key: NativeKey, happening: Happening, after: Mapping[str, Values]) -> bool:
        """Return whether Keepstep did what happened."""
        for place in (key, UNNAMED):
            noted = self.by_key.get(place, set())
            matched = is_own(happening, after, noted)
            if matched:
                self.seen.update((self.connection_name, place, *note) for note in matched)
                return True
        return False

    def forget(self, connection: Connection) -> None:
        """Forget what came about: the same values, written again by somebody else, are theirs."""
        _delete(connection, sorted(self.seen))


def _delete(connection: Connection, keys: Sequence[tuple[str, str, str, str]]) -> None:
    columns = tuple_(OWN_WRITES.c.connection, OWN_WRITES.c.key, OWN_WRITES.c.attribute, OWN_WRITES.c.digest)
    for start in range(0, len(keys), 200):
        connection.execute(delete(OWN_WRITES).where(columns.in_(keys[start : start + 200])))


def _row(one: OwnWrite) -> dict[str, str]:
    return {"connection": one.connection, "key": one.key, "attribute": one.attribute, "digest": one.digest}
