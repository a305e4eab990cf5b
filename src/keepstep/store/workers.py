"""The workers of one database: who is alive, and who fell silent."""

from datetime import datetime

from sqlalchemy import delete, select

from keepstep.store.database import Database
from keepstep.store.tables import WORKERS, storable

_ALONE = ":worker:"
_FAIL_OVER = ":fail-over:"


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
        """Be at work no longer."""
        if not self.shared:
            self._database.locks.release(_ALONE)
        self.forget(name)

    def beat(self, name: str, now: datetime) -> None:
        """Say that *name* is alive."""
        statement = self._database.insert(WORKERS).values(id=storable(name), beat_at=now)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"beat_at": now}))

    def silent(self, before: datetime) -> list[str]:
        """Return who was last alive before the moment *before*."""
        with self._database.read() as connection:
            return list(connection.execute(select(WORKERS.c.id).where(WORKERS.c.beat_at < before)).scalars())

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
