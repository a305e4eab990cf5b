"""A database of every schema there ever was is brought to the newest one, with all that was in it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, func, inspect, select, text

import keepstep.store
from keepstep.core.audit import AuditHead
from keepstep.core.link import Link
from keepstep.errors import StoreError
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import open_database
from keepstep.store.links import SqlLinks
from keepstep.store.tables import VERSION_TABLE, UtcTime, utc_iso
from keepstep.store.tables_events import METADATA
from keepstep.store.upgrade import HEAD

FOLDER = Path(keepstep.store.__file__).parent / "migrations"
SCRIPTS = {script.revision: script for script in ScriptDirectory(str(FOLDER)).walk_revisions()}
RELEASED = sorted(SCRIPTS)
ROWS = 3
START = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)


def old_engine(url):
    return sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def at_schema(url, revision):
    """Make an empty database of the schema *revision*."""
    engine = old_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(FOLDER))
        command.upgrade(config, revision)
    return engine


def tables_of(connection):
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def planted(connection):
    """Fill every table with rows that say who they are; return them, by table."""
    kept = {}
    for table in tables_of(connection):
        if table.name == "audit_head":
            continue  # it has the one row that the log needs
        rows = [{column.name: value(kept, column, number) for column in table.columns} for number in range(ROWS)]
        connection.execute(table.insert(), rows)
        kept[table.name] = rows
    return kept


def value(kept, column, number):
    for key in column.foreign_keys:
        return kept[key.column.table.name][number][key.column.name]
    if column.nullable and number == 1:
        return None
    if isinstance(column.type, sqlalchemy.LargeBinary):
        return bytes([0, number, 255])
    if isinstance(column.type, sqlalchemy.Integer):
        return number + 1
    if isinstance(column.type, sqlalchemy.Float):
        return number + 0.5
    known = METADATA.tables[column.table.name].columns[column.name]
    if isinstance(known.type, UtcTime):
        return utc_iso(START + timedelta(days=number))
    return f'{column.table.name}.{column.name} {number}: Željka O\'Hara\n"ß" 😀 {"x" * 5000 * (number == 2)}'


def found(connection, kept):
    """What of *kept* is there now, in the tables and columns that were there then, and as many rows."""
    now = {}
    for table in tables_of(connection):
        if table.name in kept:
            names = list(kept[table.name][0])
            query = select(*(table.columns[name] for name in names))
            rows = [dict(row._mapping) for row in connection.execute(query)]
            now[table.name] = sorted(rows, key=str)
    return now


def test_there_are_schemas_to_come_from():
    assert RELEASED[0] == "0001"
    assert RELEASED[-1] == HEAD
    assert [f"{number:04}" for number in range(1, len(RELEASED) + 1)] == RELEASED, "one after the other"


@pytest.mark.parametrize("revision", RELEASED)
def test_there_is_a_way_forward_only(revision):
    assert not hasattr(SCRIPTS[revision].module, "downgrade")


@pytest.mark.parametrize("revision", RELEASED)
def test_every_row_of_every_table_is_kept_on_the_way_from_each_schema(store_url, revision):
    engine = at_schema(store_url, revision)
    with engine.begin() as connection:
        kept = planted(connection)
        assert len(kept) >= 9
    with open_database(store_url) as database:
        assert database.revision == HEAD
        assert database.check() == ""
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert compare_metadata(context, METADATA) == []
            assert found(connection, kept) == {name: sorted(rows, key=str) for name, rows in kept.items()}
            if not database.postgres:
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    engine.dispose()


@pytest.mark.parametrize("revision", RELEASED)
def test_the_program_reads_what_was_kept_and_goes_on_with_it(store_url, clock, revision):
    engine = at_schema(store_url, revision)
    with engine.begin() as connection:
        planted(connection)
        for name in {"audit", "audit_archives"} & set(inspect(connection).get_table_names()):
            connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text("INSERT INTO links VALUES ('staff', 'a', '1', 'active')"))
        head = chained(connection, 3)
    engine.dispose()
    with open_database(store_url) as database:
        with database.read() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(select(table)).all()  # each type understands what is there
        assert SqlLinks(database).load("staff") == {"a": Link("a", "1")}
        SqlLinks(database).save("staff", [Link("b", "2")])
        log = SqlAuditLog(database, clock, origin="here")
        assert log.verify() == head
        log.add("upgrade", "database", {}, operator="ana")
        assert log.verify().count == head.count + 1


def chained(connection, count):
    """Write *count* entries as the first log had them, sealed as its documentation said; return where it ends."""
    last = "0" * 64
    for number in range(1, count + 1):
        sealed = [number, utc_iso(START), "ana", "secret_set", f"Željka {number}", {"b": "2", "a": "1"}, last]
        row = dict(zip(("sequence", "at", "operator", "action", "subject", "detail", "previous"), sealed, strict=True))
        row["detail"] = json.dumps(row["detail"])
        content = json.dumps(sealed, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
        row["digest"] = last = sha256(content.encode()).hexdigest()
        words = f"INSERT INTO audit ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
        connection.execute(text(words), row)
    connection.execute(text("UPDATE audit_head SET count = :count, digest = :last"), {"count": count, "last": last})
    return AuditHead(count=count, digest=last)


def test_an_upgrade_that_fails_leaves_the_old_schema_and_all_that_was_in_it(store_url):
    engine = at_schema(store_url, "0001")
    with engine.begin() as connection:
        kept = planted(connection)
        connection.execute(text("CREATE TABLE operators (mine INTEGER)"))  # the last migration stumbles over it
    with pytest.raises(StoreError):
        open_database(store_url)
    with engine.begin() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one() == "0001"
        assert not inspect(connection).has_table("first_passwords")
        assert found(connection, kept) == {name: sorted(rows, key=str) for name, rows in kept.items()}
        connection.execute(text("DROP TABLE operators"))
    engine.dispose()
    with open_database(store_url) as database:
        assert database.revision == HEAD


def test_several_processes_may_come_upon_an_old_schema_at_once(store_url):
    engine = at_schema(store_url, "0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO links VALUES ('staff', 'a', '1', 'active')"))
    engine.dispose()
    opening = "import sys; from keepstep.store.database import open_database; open_database(sys.argv[1]).close()"
    words = [sys.executable, "-W", "error", "-c", opening, store_url]
    children = [subprocess.Popen(words, stderr=subprocess.PIPE, env=dict(os.environ)) for _ in range(4)]
    assert [child.communicate(timeout=120)[1].decode() for child in children] == [""] * 4
    with open_database(store_url) as database, database.read() as connection:
        assert database.revision == HEAD
        assert connection.execute(select(func.count()).select_from(METADATA.tables["links"])).scalar_one() == 1


@pytest.mark.parametrize("revision", ["9999", "0016a", "later"])
def test_a_database_of_a_newer_keepstep_is_refused_and_stays_as_it_is(store_url, revision):
    with open_database(store_url) as database:
        SqlLinks(database).save("staff", [Link("a", "1")])
        with database.write() as connection:
            connection.execute(text("CREATE TABLE of_the_future (number INTEGER)"))
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))
    with pytest.raises(StoreError, match=rf"newer Keepstep \(schema {revision}") as caught:
        open_database(store_url)
    assert "install the newer Keepstep" in caught.value.hint
    engine = old_engine(store_url)
    with engine.begin() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one() == revision
        assert connection.execute(text("SELECT count(*) FROM links")).scalar_one() == 1
        assert inspect(connection).has_table("of_the_future")
    engine.dispose()


def test_the_program_says_that_a_newer_one_is_needed(cli, monkeypatch):
    with open_database(f"sqlite:///{cli.home}/keepstep.db") as database, database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    for words in (("run", "list"), ("secret", "list"), ("serve", "--role", "worker")):
        told = cli.bad(*words)
        assert "was written by a newer Keepstep (schema 9999" in told
        assert "install the newer Keepstep" in told
    assert "newer Keepstep" in cli.run("doctor").stdout
