"""What people are to be told: written down once, told when it is due, tried again when that fails."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, select, tuple_, update

from keepstep.core.notice import Message
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables import storable
from keepstep.store.tables_events import NOTICES

KEPT: Final = timedelta(days=90)


class SqlNotices:
    """The messages in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, messages: Sequence[Message]) -> None:
        """Keep *messages*; the same thing over the same channel is kept once."""
        now = self._clock.now()
        with self._database.write() as connection:
            keep_messages(self._database, connection, messages, now)
            connection.execute(delete(NOTICES).where(NOTICES.c.at < now - KEPT, NOTICES.c.state != "waiting"))

    def due(self, now: datetime, limit: int = 200) -> list[Message]:
        """Return what is to be told by *now*, what waited longest first."""
        statement = select(NOTICES).where(NOTICES.c.state == "waiting", NOTICES.c.due <= now)
        with self._database.read() as connection:
            return [_message(row) for row in connection.execute(statement.order_by(NOTICES.c.number).limit(limit))]

    def newest(self, limit: int = 50) -> list[Message]:
        """Return the newest messages first."""
        statement = select(NOTICES).order_by(NOTICES.c.number.desc()).limit(limit)
        with self._database.read() as connection:
            return [_message(row) for row in connection.execute(statement)]

    def page(self, *, before: int | None = None, limit: int = 50, state: str = "") -> list[tuple[int, Message]]:
        """Return messages and their numbers, the newest first; only those before the number *before*, in *state*."""
        statement = select(NOTICES).order_by(NOTICES.c.number.desc()).limit(limit)
        if before is not None:
            statement = statement.where(NOTICES.c.number < before)
        if state:
            statement = statement.where(NOTICES.c.state == storable(state))
        with self._database.read() as connection:
            return [(row.number, _message(row)) for row in connection.execute(statement)]

    def tried(self, messages: Sequence[Message], *, state: str, detail: str, due: datetime) -> None:
        """Write down what came of telling *messages*: sent, failed for good, or waiting until *due*."""
        keys = [(one.key, one.channel) for one in messages]
        here = tuple_(NOTICES.c.key, NOTICES.c.channel).in_(keys)
        values = {"state": state, "detail": storable(detail), "due": due, "attempts": NOTICES.c.attempts + 1}
        with self._database.write() as connection:
            connection.execute(update(NOTICES).where(here).values(values))


def keep_messages(database: Database, connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Keep *messages* in the transaction of *connection*; the same thing over the same channel is kept once."""
    rows = [{**_row(one), "at": now} for one in messages]
    if rows:
        connection.execute(database.insert(NOTICES).on_conflict_do_nothing(), rows)


def _row(one: Message) -> dict[str, Any]:
    return {
        "key": one.key,
        "channel": one.channel,
        "rule": one.rule,
        "subject": storable(one.subject),
        "text": storable(one.text),
        "due": one.due,
        "digest": int(one.digest),
        "attempts": one.attempts,
        "state": one.state,
        "detail": one.detail,
    }


def _message(row: Row[*tuple[Any, ...]]) -> Message:
    return Message(
        key=row.key,
        channel=row.channel,
        rule=row.rule,
        subject=row.subject,
        text=row.text,
        due=row.due,
        digest=bool(row.digest),
        attempts=row.attempts,
        state=row.state,
        detail=row.detail,
    )
