"""Workers die, freeze, leave and come back; what is due is done by whoever lives, each effect once."""

import signal
import sqlite3
from pathlib import Path

import psycopg
import pytest

from keepstep.store.database import open_database, sqlite_url
from tests.integration import postgres
from tests.integration.run_world import own_database
from tests.integration.worker_world import World

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def file(tmp_path):
    with open_database(sqlite_url(tmp_path / "k.db")) as database:
        yield World(database, sqlite_url(tmp_path / "k.db"), tmp_path)


@pytest.fixture
def server(request, tmp_path):
    with own_database(request.getfixturevalue("postgres_server")) as url, open_database(url) as database:
        yield World(database, url, tmp_path)


@pytest.fixture(params=["file", "server"])
def world(request):
    return request.getfixturevalue(request.param)


def once(world, chunks, items=3):
    """Each effect happened, and none twice."""
    assert sorted(world.effects()) == sorted(
        (str(chunk), str(item)) for chunk in range(chunks) for item in range(items)
    )


def test_a_worker_that_was_killed_goes_on_where_it_was_when_it_comes_back(world):
    world.submit(40)
    with world.worker("one") as first:
        for _ in range(10):
            first.until("did")
        first.kill()
    with world.worker("one"):
        assert world.finished()
    once(world, 40)


def test_two_of_three_workers_die_and_the_third_takes_over_what_they_had_begun(server):
    server.submit(72)  # enough for one that is slow to begin
    with (
        server.worker("one", seconds=0.4) as one,
        server.worker("two", seconds=0.4) as two,
        server.worker("three", seconds=0.4) as three,
    ):
        for process in (one, two, three):
            process.until("did")
        one.kill()
        two.kill()
        assert server.finished()
        three.signal(signal.SIGTERM)
        said = three.rest()
    once(server, 72)
    assert {f"worker {name} is gone" in " ".join(said) for name in ("one", "two")} == {True}


def test_a_worker_that_wakes_from_the_dead_has_no_further_effect(server):
    server.submit(4)
    with server.worker("frozen", seconds=2.0) as frozen:
        for _ in range(4):
            frozen.until("did")
        frozen.signal(signal.SIGSTOP)
        before = server.by("frozen")
        with server.worker("living"):
            assert server.finished()
            frozen.signal(signal.SIGCONT)
            frozen.signal(signal.SIGTERM)
            frozen.rest()
    once(server, 4)
    assert server.by("frozen") == before


def test_the_engine_loses_its_file_while_work_is_under_way_and_nothing_is_lost(file):
    file.submit(40)
    with file.worker("one") as first:
        for _ in range(10):
            first.until("did")
        first.kill()
    lost = list(Path(file.folder).glob("engine.db*"))
    assert lost
    for one in lost:
        one.unlink()
    with file.worker("one"):
        assert file.finished()
    once(file, 40)


def test_a_second_command_on_a_file_only_watches_and_takes_over_when_the_first_dies(file):
    file.submit(160)  # enough to be killed in the middle of it
    with file.worker("first", follow="r") as first, file.worker("second", follow="r") as second:
        for _ in range(10):
            first.until("did")
        assert file.by("second") == 0
        first.kill()
        second.rest()
    assert file.by("second") > 0
    assert file.unsettled() == 0
    once(file, 160)


def test_what_a_worker_cannot_finish_before_it_leaves_is_taken_up_by_another_one(world):
    world.submit(6)
    with world.worker("leaving", seconds=4.0, leaving=0.5) as leaving:
        leaving.until("did")
        leaving.signal(signal.SIGTERM)
        leaving.rest()
    with world.worker("next"):
        assert world.finished()
    once(world, 6)


def test_workers_wait_for_a_database_that_is_away_for_a_time(tmp_path):
    with postgres.server() as url, open_database(url) as database:
        world = World(database, url, tmp_path)
        world.submit(40)
        with world.worker("one") as one, world.worker("two") as two:
            one.until("did")
            two.until("did")
            postgres.restart(url)
            assert world.finished()
            for process in (one, two):
                process.signal(signal.SIGTERM)
                assert "Traceback" not in " ".join(process.rest())
    once(world, 40)


def test_a_ledger_that_was_restored_from_a_backup_is_believed(file):
    file.submit(3)
    backup = Path(file.folder) / "backup.db"
    with sqlite3.connect(file.folder / "k.db") as live, sqlite3.connect(backup) as copy:
        live.backup(copy)
    with file.worker("one"):
        assert file.finished()
    with sqlite3.connect(backup) as copy, sqlite3.connect(file.folder / "k.db") as live:
        copy.backup(live)
    assert file.unsettled() == 3
    with file.worker("two"):
        assert file.finished()


@pytest.mark.slow
def test_two_installations_that_share_a_database_do_not_take_each_others_work(server):
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE SCHEMA other")
    url = f"{server.url}&options=-csearch_path%3Dother"
    with open_database(url) as database:
        other = World(database, url, server.folder / "other")
        other.folder.mkdir()
        server.submit(30)
        other.submit(30)
        # the second engine takes some 20 seconds to make its indexes beside one that is at work
        with server.worker("one"), other.worker("one"):
            assert server.finished()
            assert other.finished()
    once(server, 30)
    once(other, 30)
