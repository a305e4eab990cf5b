"""SQLite databases copied while they are in use, and held alone while nobody may use them."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from keepstep.errors import RunLocked, StoreError
from keepstep.store.translation import translated

_WAIT: Final = 10.0
_MOMENT: Final = 0.5


def copy_database(source: Path, target: Path) -> None:
    """Make *target* the database *source* as it is at one moment, whoever writes to that meanwhile.

    StoreError if it cannot be read, or is damaged: a copy of damage is no backup.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    address = f"database {source}"
    # the online backup of SQLite, in one step: what is committed meanwhile belongs to the next backup
    with (
        translated(address),
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=_WAIT)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        fault = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise StoreError(f"{address} is damaged, and a copy of it would be too", hint="restore it from your backup")


@contextmanager
def alone(file: Path) -> Generator[None]:
    """Have no other process use the database *file* while this lasts. RunLocked if one does.

    One that is damaged is nobody's: that is why it is replaced.
    """
    with closing(sqlite3.connect(file, isolation_level=None, timeout=_MOMENT)) as connection:
        try:
            # whoever has it open, idle or not, keeps it in the write-ahead log
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as exc:
            if exc.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise RunLocked(
                    f"another process uses the database {file}",
                    hint="stop every `keepstep serve` and every command on this home folder, then try again",
                ) from exc
            if exc.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                with translated(f"database {file}"):
                    raise
        yield


def file_of(url: str) -> Path | None:
    """Return the file of the database at *url*, or None if a server has it."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError:
        return None  # opening it says what is wrong
    return Path(parsed.database or "") if backend == "sqlite" else None


def dump_command(url: str, schema: str) -> str:
    """Return the command that dumps the database of a server, without its password."""
    parsed = make_url(url).set(drivername="postgresql", password=None)
    plain = parsed.difference_update_query(["password", "sslpassword", "options"]).render_as_string()
    return f"pg_dump --format=custom --schema='{schema}' --file=keepstep.dump '{plain}'"
