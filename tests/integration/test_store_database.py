import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import keepstep.store
from keepstep.core.link import Link
from keepstep.errors import Retry, StoreError
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.links import SqlLinks
from keepstep.store.tables import VERSION_TABLE
from keepstep.store.tables_events import METADATA
from keepstep.store.translation import store_error, translated
from keepstep.store.upgrade import HEAD


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keepstep.db"


def test_a_new_database_is_made_at_the_newest_schema(database):
    assert database.revision == HEAD
    assert database.check() == ""


def test_the_migrations_build_exactly_the_tables_that_the_code_uses(database):
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_migration_is_the_one_the_code_expects():
    scripts = ScriptDirectory(str(Path(keepstep.store.__file__).parent / "migrations"))
    assert scripts.get_heads() == [HEAD]


def test_a_database_opened_again_keeps_what_it_had(store_url):
    with open_database(store_url) as first:
        SqlLinks(first).save("staff", [Link("a", "1")])
    with open_database(store_url) as second:
        assert SqlLinks(second).load("staff") == {"a": Link("a", "1")}


def test_a_database_of_another_program_is_left_alone(file):
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE invoices (number INTEGER)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        open_database(sqlite_url(file))


def test_only_its_owner_may_read_the_database(file):
    with open_database(sqlite_url(file)) as database:
        SqlLinks(database).save("staff", [Link("a", "1")])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir() if path.is_file()}
    assert set(modes.values()) == {0o600}
    assert "keepstep.db-wal" in modes


def test_what_is_written_is_on_disk_when_the_call_returns(file):
    with open_database(sqlite_url(file)) as database, database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_file_that_is_no_database_is_refused_and_not_touched(file):
    file.write_text("people: not a database at all, but a text that is long enough to be looked at\n" * 20)
    before = file.read_bytes()
    with pytest.raises(StoreError, match="not a Keepstep database"):
        open_database(sqlite_url(file))
    assert file.read_bytes() == before


def test_a_damaged_database_is_said_to_be_damaged(file):
    with open_database(sqlite_url(file)) as database:
        SqlLinks(database).save("staff", [Link(f"source-{n}", f"target-{n}") for n in range(20_000)])
    content = bytearray(file.read_bytes())
    half = len(content) // 2  # the names of the tables stand before
    content[half:] = b"\xa5" * (len(content) - half)
    file.write_bytes(content)
    with open_database(sqlite_url(file)) as database:
        assert database.check() != ""
        with pytest.raises(StoreError, match="is damaged") as caught:
            SqlLinks(database).load("staff")
    assert "backup" in caught.value.hint


def test_a_full_disk_is_said_to_be_full_and_loses_nothing(file):
    with open_database(sqlite_url(file)) as database:
        links = SqlLinks(database)
        links.save("staff", [Link("a", "1")])
        with database.read() as connection:
            connection.execute(text("PRAGMA max_page_count = 40"))
        with pytest.raises(StoreError, match="disk is full") as caught:
            links.save("staff", [Link(f"source-{n}", f"target-{n}") for n in range(20_000)])
        assert caught.value.retry is Retry.LATER
        assert links.load("staff") == {"a": Link("a", "1")}


def test_a_read_only_database_is_said_to_be_read_only(file):
    open_database(sqlite_url(file)).close()
    with open_database(f"sqlite:///file:{file}?mode=ro&uri=true") as database:
        assert SqlLinks(database).load("staff") == {}
        with pytest.raises(StoreError, match="is read-only"):
            SqlLinks(database).save("staff", [Link("a", "1")])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"nowhere/keepstep\.db") as caught:
        open_database(sqlite_url(tmp_path / "nowhere" / "keepstep.db"))
    assert caught.value.hint


def test_a_database_locked_by_another_program_is_said_to_be_locked(file, monkeypatch):
    monkeypatch.setattr("keepstep.store.database.WAIT", 0.2)
    with open_database(sqlite_url(file)) as database:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another process") as caught:
            SqlLinks(database).save("staff", [Link("a", "1")])
        other.close()
    assert caught.value.retry is Retry.LATER


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "cannot be understood"),
        ("mysql://db/keepstep", "mysql"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_an_example(url, says):
    with pytest.raises(StoreError, match=says) as caught:
        open_database(url)
    assert "sqlite:///FILE" in caught.value.hint


def test_a_server_that_is_not_there_cannot_be_reached_and_no_password_is_shown(tmp_path):
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_database(f"postgresql://keepstep:geheim@/people?host={tmp_path}")
    assert "geheim" not in f"{caught.value}{caught.value.hint}"


def test_a_database_that_the_server_does_not_have_is_named(postgres_server):
    with pytest.raises(StoreError, match="database nowhere on this machine") as caught:
        open_database(postgres_server.replace("/postgres?", "/nowhere?"))
    assert "the name of the database" in caught.value.hint


@pytest.mark.parametrize("kind", sorted(subclasses(DBAPIError), key=lambda kind: kind.__name__))
def test_every_database_error_of_sqlalchemy_becomes_a_store_error(kind):
    with pytest.raises(StoreError) as caught, translated("database people.db"):
        raise kind("SELECT secret FROM people", {"name": "geheim"}, Exception("geheim"))
    assert caught.value.hint
    assert "geheim" not in str(caught.value)


def test_a_pool_without_a_free_connection_is_a_store_error_too():
    with pytest.raises(StoreError, match="locked"), translated("database people.db"):
        raise sqlalchemy.exc.TimeoutError


@pytest.mark.parametrize("kind", sorted(subclasses(sqlite3.Error), key=lambda kind: kind.__name__))
def test_every_error_of_the_sqlite_driver_becomes_a_store_error(kind):
    with pytest.raises(StoreError), translated("database people.db"):
        raise kind("geheim")


@pytest.mark.parametrize("kind", sorted(subclasses(psycopg.Error), key=lambda kind: kind.__name__))
def test_every_error_of_the_postgresql_driver_becomes_a_store_error_without_values(kind):
    error = store_error(DBAPIError("INSERT", {}, kind("DETAIL: Key (mail)=(geheim) exists")), "database people")
    assert isinstance(error, StoreError)
    assert "geheim" not in str(error)


def test_a_statement_that_breaks_a_rule_of_the_database_shows_no_values(database):
    with pytest.raises(StoreError) as caught, database.write() as connection:
        row = {"rule": "staff", "source_key": "geheim", "target_key": "1", "state": "active"}
        connection.execute(METADATA.tables["links"].insert(), [row, row])
    assert "geheim" not in str(caught.value)
    assert "geheim" not in str(caught.value.__cause__).replace("(geheim)", "") or database.postgres


def test_a_write_that_fails_leaves_nothing_behind(database):
    links = SqlLinks(database)
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        row = {"rule": "staff", "source_key": "a", "target_key": "1", "state": "active"}
        connection.execute(METADATA.tables["links"].insert(), [row])
        _ = 1 / 0
    assert links.load("staff") == {}


def test_a_read_sees_one_moment_while_others_write(database):
    count = text("SELECT count(*) FROM links")
    with database.read() as connection:
        assert connection.execute(count).scalar_one() == 0
        SqlLinks(database).save("staff", [Link("a", "1")])
        assert connection.execute(count).scalar_one() == 0
    assert SqlLinks(database).load("staff") == {"a": Link("a", "1")}


def test_a_closed_database_may_be_closed_again(store_url):
    database = open_database(store_url)
    database.close()
    database.close()


OPEN_AND_WRITE = """
import sys
from keepstep.core.link import Link
from keepstep.store.database import open_database
from keepstep.store.links import SqlLinks
url, name = sys.argv[1:]
with open_database(url) as database:
    for number in range(50):
        SqlLinks(database).save(name, [Link(f"{name}-{number}", f"target-{number}")])
"""


def test_many_processes_may_make_and_fill_one_database_at_once(store_url):
    names = [f"rule-{number}" for number in range(4)]
    command = [sys.executable, "-W", "error", "-c", OPEN_AND_WRITE, store_url]
    children = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, env=dict(os.environ)) for name in names]
    errors = [child.communicate(timeout=120)[1].decode() for child in children]
    assert errors == [""] * len(names)
    with open_database(store_url) as database:
        assert [len(SqlLinks(database).load(name)) for name in names] == [50] * len(names)
        assert database.check() == ""
