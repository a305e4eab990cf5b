"""Who is at work on a rule now. The operating system or the server lets go when a process dies, however it dies."""

import fcntl
import os
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from keepstep.store.translation import translated, translated_files

# The schema is part of the name: two installations may share a database.
_LOCK: Final = text("SELECT pg_advisory_lock(hashtextextended(current_schema() || ':' || :rule, 0))")
_PATIENCE: Final = text("SET lock_timeout = '2s'")  # a server takes a moment to notice that a client was killed
_LOCK_NOT_AVAILABLE: Final = "55P03"


class RunLocks(Protocol):
    """The rules that this process works on. Which run is unfinished is told by the database, not here."""

    def holds(self, rule: str) -> bool:
        """Return whether this process has the lock of *rule*."""
        ...

    def acquire(self, rule: str) -> bool:
        """Take the lock of *rule*. False if another living process has it."""
        ...

    def release(self, rule: str) -> None:
        """Let go of *rule*; nothing happens if it is not held."""
        ...

    def close(self) -> None:
        """Let go of every rule; may be called twice."""
        ...


class FileLocks:
    """Locks beside an SQLite database: a file a rule, locked with flock(2), which ends with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}

    def holds(self, rule: str) -> bool:
        """Return whether this process has the lock of *rule*."""
        return rule in self._held

    def acquire(self, rule: str) -> bool:
        """Take the lock of *rule*, at once or not at all."""
        if rule in self._held:
            return True
        name = blake2b(rule.encode("utf-8", "replace"), digest_size=8).hexdigest()
        with translated_files(f"folder {self._folder}"):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
        self._held[rule] = descriptor
        return True

    def release(self, rule: str) -> None:
        """Let go of *rule*."""
        if (descriptor := self._held.pop(rule, None)) is not None:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of every rule."""
        for rule in list(self._held):
            self.release(rule)


def held_in(folder: Path) -> bool:
    """Return whether a living process has one of the locks in *folder*."""
    with translated_files(f"folder {folder}"):
        for file in folder.iterdir() if folder.is_dir() else ():
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(descriptor)
    return False


class ServerLocks:
    """Advisory locks of a PostgreSQL session, each on a connection of its own, which ends with the process."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._address = address
        self._held: dict[str, Connection] = {}

    def holds(self, rule: str) -> bool:
        """Return whether this process has the lock of *rule*."""
        return rule in self._held

    def acquire(self, rule: str) -> bool:
        """Take the lock of *rule*, within a moment or not at all."""
        if rule in self._held:
            return True
        with translated(self._address):
            connection = self._engine.connect()
            try:
                connection.execute(_PATIENCE)
                connection.execute(_LOCK, {"rule": rule})
            except DBAPIError as exc:
                connection.invalidate()
                connection.close()
                if getattr(exc.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                    return False
                raise
        self._held[rule] = connection
        return True

    def release(self, rule: str) -> None:
        """Let go of *rule*: its connection is closed for good, and the lock with it."""
        if (connection := self._held.pop(rule, None)) is not None:
            with translated(self._address):
                connection.invalidate()
                connection.close()

    def close(self) -> None:
        """Let go of every rule."""
        for rule in list(self._held):
            self.release(rule)
