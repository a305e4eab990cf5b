"""The one door to SQL: an engine for SQLite or PostgreSQL, brought up to date, whose every error is ours."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from keepstep.errors import StoreError
from keepstep.store.run_lock import FileLocks, RunLocks, ServerLocks
from keepstep.store.translation import translated, translated_files
from keepstep.store.upgrade import revision, upgrade

WAIT: Final = 10
"""Seconds that a statement waits for another process before it says that the database is locked."""

_BEGIN: Final = "keepstep_begin"


class Database:
    """An open database at the newest schema. `write` transactions follow one another, `read` sees one moment."""

    def __init__(self, engine: Engine, address: str, locks: RunLocks) -> None:
        self.address = address
        self.locks = locks
        self._engine = engine
        # BEGIN gives SQLite one moment to read; PostgreSQL has to be asked for it.
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ") if self.postgres else engine
        self._writer = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @property
    def postgres(self) -> bool:
        """Whether this is PostgreSQL."""
        return self._engine.dialect.name == "postgresql"

    @property
    def schema(self) -> str:
        """The schema that the tables are in; empty for a file."""
        if not self.postgres:
            return ""
        with self.read() as connection:
            return str(connection.execute(text("SELECT current_schema()")).scalar_one())

    @property
    def revision(self) -> str:
        """The version of the schema, as the migration that made it is named."""
        with self.read() as connection:
            return revision(connection) or ""

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Give a connection to read with. StoreError for whatever the database says."""
        with translated(self.address), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Give a connection to write with: all of it is kept on disk when the block ends, or none of it."""
        with translated(self.address), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def writing_alone(self, table: Table) -> Generator[Connection]:
        """As `write`, and nobody else writes to *table* meanwhile."""
        with self.write() as connection:
            self.alone(connection, table)
            yield connection

    def alone(self, connection: Connection, table: Table) -> None:
        """Have nobody else write to *table* until what *connection* writes is written."""
        if self.postgres:
            connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))

    @contextmanager
    def erasing(self) -> Generator[Connection]:
        """As `write`; in SQLite's files, what is replaced or deleted in it is overwritten when the block ends."""
        with self.write() as connection:
            if not self.postgres:
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection
        if not self.postgres:
            with self.read() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """Return an INSERT that knows ON CONFLICT."""
        return postgresql.insert(table) if self.postgres else sqlite.insert(table)

    def check(self) -> str:
        """Return what is wrong with the stored data, or the empty text."""
        if self.postgres:
            return ""
        with self.read() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        return "" if found == "ok" else str(found)

    def close(self) -> None:
        """Let go of every connection and run lock; may be called twice."""
        self.locks.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sqlite_url(file: Path) -> str:
    """Return the address of the SQLite database in *file*."""
    return URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


def open_database(url: str) -> Database:
    """Open the database at *url*, make it if it is a file that is not there, and bring it up to date.

    StoreError if it cannot be used, is not Keepstep's, or was written by a newer Keepstep.
    """
    parsed = _parse(url)
    address = _address(parsed)
    postgres = parsed.get_backend_name() == "postgresql"
    engine = _postgres(parsed, address) if postgres else _sqlite(parsed, address)
    locks = ServerLocks(engine, address) if postgres else FileLocks(Path(f"{parsed.database}.locks"))
    database = Database(engine, address, locks)
    try:
        with database.read() as connection:
            current = revision(connection)
        upgrade(database.write, current, address)
    except BaseException:
        database.close()
        raise
    return database


def _parse(url: str) -> URL:
    hint = "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError as exc:
        raise StoreError("the database address cannot be understood", hint=hint) from exc
    if backend not in {"sqlite", "postgresql"}:
        raise StoreError(f'the database address is for "{backend}", which Keepstep does not use', hint=hint)
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreError("a database in memory would forget everything", hint=hint)
    return parsed.set(drivername="postgresql+psycopg" if backend == "postgresql" else "sqlite+pysqlite")


def _address(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"database {url.database}"
    return f"database {url.database} on {url.host or 'this machine'}"


def _sqlite(url: URL, address: str) -> Engine:
    file = str(url.database)
    if not file.startswith("file:"):
        # Only its owner may read it: it holds people's attributes. WAL files take over the mode.
        with translated_files(address):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    # isolation_level None: this module alone says when a transaction begins.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a commit is on disk when it returns. The journal's promise rests on it.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _postgres(url: URL, address: str) -> Engine:
    try:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": WAIT})
    except (ModuleNotFoundError, NoSuchModuleError) as exc:
        raise StoreError(f"{address} needs psycopg", hint="pip install 'keepstep[postgres]'") from exc
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: Any, _record: object) -> None:
    connection.execute(f"SET lock_timeout = '{WAIT}s'")
    connection.commit()
