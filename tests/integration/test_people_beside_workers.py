"""People steer a run while workers write of it: on a server, where both hold locks at the same time."""

import threading
import time

import psycopg
import pytest

from keepstep.core.chunk import Chunk, ChunkKind
from keepstep.settings import Settings
from keepstep.store import chunks
from keepstep.store.chunks import SqlChunks
from keepstep.wiring import opened
from tests.integration.run_world import own_database, run_world

ASK = {"ask": {"approval": {"need": 2}, "next": "end"}, "end": {"end": "success"}}

STEERED = {
    "decide": lambda steering, run: steering.decide(run, ["Ana"], approved=True),
    "cancel": lambda steering, run: steering.cancel(run),
    "skip": lambda steering, run: steering.skip(run, "Ana", "ask", reason="known"),
    "retry": lambda steering, run: steering.retry(run),
}


@pytest.fixture
def served(postgres_server, tmp_path):
    with own_database(postgres_server) as url, run_world(tmp_path / "home", url) as world:
        yield world


@pytest.mark.parametrize("verb", STEERED)
def test_who_waits_for_a_worker_holds_nothing_that_the_worker_still_needs(served, verb):
    served.template(ASK if verb != "retry" else {"no": {"end": "failure"}})
    run = served.run()
    with served.open() as worker:
        claim = SqlChunks(worker.database).claim(_chunk(worker, run), "worker")
        with worker.database.write() as connection:
            chunks.check(connection, claim)
            other = threading.Thread(target=_steer, args=(served, verb, run))
            other.start()
            _until_it_waits(served.database_url)
            # what a worker writes after it looked at its claim: nobody is in its way
            connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            connection.exec_driver_sql("UPDATE subjects SET detail = 'written by the worker'")
            connection.exec_driver_sql("DELETE FROM block_steps")
        other.join(20)
        assert not other.is_alive()


def _chunk(worker, run) -> Chunk:
    with worker.database.read() as connection:
        turn = connection.exec_driver_sql("SELECT turn FROM chunks").scalar_one()
    return Chunk(kind=ChunkKind.TEMPLATE, run=run.id, number=0, turn=turn)


def _steer(world, verb, run) -> None:
    settings = Settings(home=world.home, operator="eva", database_url=world.database_url)
    with opened(settings) as store:
        STEERED[verb](store.steering, run.id)


def _until_it_waits(url: str) -> None:
    """Return when somebody waits for a lock of the database; a person who waits for none has failed before."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            asked = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            if asked[0]:
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")
