"""Bring a database to the newest schema, or say why that cannot be done."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from keepstep.errors import StoreError
from keepstep.store.tables import VERSION_TABLE

HEAD: Final = "0021"
"""The newest migration; kept here so that an up-to-date database opens without loading Alembic."""


def revision(connection: Connection) -> str | None:
    """Return the version of the schema, or None where Keepstep was never set up."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def upgrade(write: Callable[[], AbstractContextManager[Connection]], current: str | None, address: str) -> None:
    """Bring the database from *current* to the newest schema, in one transaction.

    StoreError if it holds another program's tables, or was written by a newer Keepstep.
    """
    if current == HEAD:
        return
    with write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('keepstep schema', 0))"))
        current = revision(connection)  # another process may have been first
        if current == HEAD:
            return
        if current is None and inspect(connection).get_table_names():
            raise StoreError(f"{address} holds tables of another program", hint="give Keepstep a database of its own")
        _migrate(connection, current, address)


def _migrate(connection: Connection, current: str | None, address: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"{address} was written by a newer Keepstep (schema {current}; this one knows {HEAD})",
            hint="install the newer Keepstep, or restore the backup made before the upgrade",
        )
    command.upgrade(config, "head")
