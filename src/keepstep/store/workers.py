"""The workers of one database: who is alive, and who fell silent."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select

from keepstep.store.database import Database
from keepstep.store.tables import WORKERS, storable

_ALONE = ":worker:"
_FAIL_OVER = ":fail-over:"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SqlWorkers:
    """The workers in the database. A file can have one at a time, a server any number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def shared(self) -> bool:
        """Whether several can be at work."""
        return self._database.postgres

    def enter(self) -> bool:
        """Return whether this process may be at work: always on a server; on a file if no other one is."""
        return self.shared or self._database.locks.acquire(_ALONE)

    def leave(self, name: str) -> None:
        """Be at work no longer. On a server *name* counts as silent from now on, so what it left is taken over."""
        if self.shared:
            with self._database.write() as connection:
                self._sign(connection, name, _LONG_AGO)
        else:
            self.forget(name)
            self._database.locks.release(_ALONE)

    def beat(self, name: str) -> None:
        """Say that *name* is alive."""
        with self._database.write() as connection:
            self._sign(connection, name, _now(connection))

    def silent(self, silence: timedelta) -> list[str]:
        """Return who gave no sign of life for *silence*."""
        with self._database.read() as connection:
            before = _now(connection) - silence
            return list(connection.execute(select(WORKERS.c.id).where(WORKERS.c.beat_at < before)).scalars())

    def heard(self) -> list[tuple[str, datetime]]:
        """Return the workers by name, and when each gave its last sign of life."""
        with self._database.read() as connection:
            rows = connection.execute(select(WORKERS.c.id, WORKERS.c.beat_at).order_by(WORKERS.c.id))
            return [(row.id, row.beat_at) for row in rows]

    def forget(self, name: str) -> None:
        """Forget *name*."""
        with self._database.write() as connection:
            connection.execute(delete(WORKERS).where(WORKERS.c.id == storable(name)))

    def lead(self) -> bool:
        """Return whether this process is the one that takes over from the dead; at once or not at all."""
        return self._database.locks.acquire(_FAIL_OVER)

    def follow(self) -> None:
        """Let another process be that one."""
        self._database.locks.release(_FAIL_OVER)

    def _sign(self, connection: Connection, name: str, at: datetime) -> None:
        statement = self._database.insert(WORKERS).values(id=storable(name), beat_at=at)
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"beat_at": at}))


def _now(connection: Connection) -> datetime:
    """Return the time of the database: workers on machines whose clocks differ have to agree on who is silent."""
    now = connection.execute(select(func.now())).scalar_one()
    return now if now.tzinfo else now.replace(tzinfo=UTC)
