"""How the circuits of connections stand, for all processes that work on the same home."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from keepstep.core.audit import AuditNote
from keepstep.core.circuit import Circuit
from keepstep.core.notice import Message
from keepstep.ports import Clock
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.notices import keep_messages
from keepstep.store.tables import storable
from keepstep.store.tables_events import CIRCUITS

_KEY: Final = ["connection"]


class SqlCircuits:
    """The circuits in the database."""

    def __init__(self, database: Database, clock: Clock, audit: SqlAuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def get(self, connection: str) -> Circuit:
        """Return how the circuit of *connection* stands; a closed one if nothing ever failed."""
        with self._database.read() as session:
            row = session.execute(select(CIRCUITS).where(CIRCUITS.c.connection == connection)).one_or_none()
        return Circuit(connection=connection) if row is None else _circuit(row)

    def all(self) -> list[Circuit]:
        """Return every circuit of which something is remembered, by the name of its connection."""
        with self._database.read() as session:
            return [_circuit(row) for row in session.execute(select(CIRCUITS).order_by(CIRCUITS.c.connection))]

    def change(
        self,
        connection: str,
        step: Callable[[Circuit], Circuit],
        told: Callable[[Circuit, Circuit], tuple[Sequence[Message], AuditNote | None]],
    ) -> tuple[Circuit, Circuit]:
        """Let *step* change the circuit of *connection*, one process at a time, and return it before and after.

        What *told* gives for the change, for people and for the audit log, is in the same transaction: it is told if it
        happened, once.
        """
        with self._database.write() as session:
            before = self._locked(session, connection)
            after = step(before)
            if after != before:
                session.execute(self._upsert().values(_row(after)))
                messages, note = told(before, after)
                keep_messages(self._database, session, messages, self._clock.now())
                if note is not None:
                    self._audit.add_within(session, note)
        return before, after

    def _locked(self, session: Connection, connection: str) -> Circuit:
        """Return the circuit, which nobody else changes until the transaction ends."""
        empty = Circuit(connection=connection)
        session.execute(self._database.insert(CIRCUITS).values(_row(empty)).on_conflict_do_nothing())
        query = select(CIRCUITS).where(CIRCUITS.c.connection == connection).with_for_update()
        return _circuit(session.execute(query).one())

    def _upsert(self) -> Any:
        statement = self._database.insert(CIRCUITS)
        changed = {column.name: statement.excluded[column.name] for column in CIRCUITS.c if column.name not in _KEY}
        return statement.on_conflict_do_update(index_elements=_KEY, set_=changed)


def _row(one: Circuit) -> dict[str, Any]:
    return {
        "connection": one.connection,
        "failures": one.failures,
        "opened": one.opened,
        "probe": one.probe,
        "gap": round(one.gap.total_seconds()),
        "cause": storable(one.cause),
        "about": storable(one.about),
        "closed": one.closed,
        "probing": int(one.probing),
    }


def _circuit(row: Row[*tuple[Any, ...]]) -> Circuit:
    return Circuit(
        connection=row.connection,
        failures=row.failures,
        opened=row.opened,
        probe=row.probe,
        gap=timedelta(seconds=row.gap),
        cause=row.cause,
        about=row.about,
        closed=row.closed,
        probing=bool(row.probing),
    )
