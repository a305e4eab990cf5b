"""The calls that were sent to applications, counted by all processes that work on the same home."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from keepstep.core.call_count import KEPT, CallCount
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables_events import CALL_COUNTS as TABLE

_KEY: Final = ("minute", "connection", "rate_limit")


class SqlCallCounts:
    """The counts in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, counts: Sequence[CallCount]) -> None:
        """Add *counts* to what was counted of the same minutes, in one transaction, and forget what is too old."""
        if not counts:
            return
        # in one order, so that two processes that add to the same rows never wait for each other in a circle
        rows = sorted((_row(one) for one in counts), key=lambda row: [str(row[name]) for name in _KEY])
        statement = self._database.insert(TABLE)
        more = {name: TABLE.c[name] + statement.excluded[name] for name in ("calls", "refused")}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=more), rows)
            connection.execute(delete(TABLE).where(TABLE.c.minute < self._clock.now() - KEPT))

    def since(self, moment: datetime) -> list[CallCount]:
        """Return what was counted from *moment* on, the oldest first."""
        query = select(TABLE).where(TABLE.c.minute >= moment).order_by(*(TABLE.c[name] for name in _KEY))
        with self._database.read() as connection:
            return [
                CallCount(
                    connection=row.connection,
                    limit=row.rate_limit,
                    minute=row.minute,
                    calls=row.calls,
                    refused=row.refused,
                )
                for row in connection.execute(query)
            ]


def _row(one: CallCount) -> dict[str, object]:
    return {
        "minute": one.minute,
        "connection": one.connection,
        "rate_limit": one.limit,
        "calls": one.calls,
        "refused": one.refused,
    }
