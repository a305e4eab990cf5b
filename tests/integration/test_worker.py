"""Workers: what is due is carried out once, by whoever lives."""

import asyncio
import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

from keepstep.connected import SystemClock
from keepstep.core.chunk import Chunk, ChunkKind
from keepstep.core.run import RunId
from keepstep.errors import ClaimLost, StoreError
from keepstep.store.chunks import SqlChunks
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.workers import SqlWorkers
from keepstep.worker.durable import Engine
from keepstep.worker.loop import Worker
from tests.integration.cli_world import PASSWORD
from tests.integration.corp_ldif import TREE, user

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CHUNK = Chunk(kind=ChunkKind.TEMPLATE, run=RunId("r"), number=0)


@pytest.fixture
def database(tmp_path):
    with open_database(sqlite_url(tmp_path / "k.db")) as opened:
        yield opened


def worker(database, folder, work):
    told = []
    made = Worker(
        name="local",
        make_engine=lambda turn: Engine(folder / "engine.db", "local", turn),
        chunks=SqlChunks(database),
        workers=SqlWorkers(database),
        works={ChunkKind.TEMPLATE: work},
        clock=SystemClock(),
        tell=told.append,
    )
    return made, told


def test_a_later_claim_ends_the_earlier_one(database):
    chunks = SqlChunks(database)
    chunks.submit(CHUNK, NOW)
    first = chunks.claim(CHUNK, "one")
    second = chunks.claim(CHUNK, "two")
    with pytest.raises(ClaimLost):
        chunks.settle(first, NOW, None)
    chunks.settle(second, NOW, None)
    assert chunks.claim(CHUNK, "three") is None
    assert chunks.due(NOW + timedelta(days=1)) == []


def test_who_wakes_a_chunk_while_it_is_at_work_is_heard(database):
    chunks = SqlChunks(database)
    chunks.submit(CHUNK, NOW)
    claim = chunks.claim(CHUNK, "one")
    chunks.submit(CHUNK, NOW + timedelta(seconds=1))
    chunks.settle(claim, NOW, None)
    assert [chunk.turn for chunk in chunks.due(NOW + timedelta(seconds=1))] == [1]


async def test_what_is_due_is_carried_out_once_and_again_when_it_is_due_again(database, tmp_path):
    seen = []

    async def work(claim):
        seen.append(claim.chunk.turn)
        return None if len(seen) == 3 else datetime.now(UTC)

    made, _ = worker(database, tmp_path, work)
    made.chunks.submit(CHUNK, NOW)
    await made.see_through(CHUNK.run, lambda: None)
    assert seen == [0, 1, 2]


async def test_a_chunk_that_fails_is_tried_again_and_told_of(database, tmp_path):
    seen = []
    again = asyncio.Event()

    async def work(claim):
        seen.append(claim.chunk.turn)
        if len(seen) == 1:
            raise StoreError("the directory is away")
        again.set()

    made, told = worker(database, tmp_path, work)
    made.chunks.submit(CHUNK, NOW)
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    await again.wait()
    stop.set()
    await running
    assert told == ["run r, chunk 0: the directory is away; tried again in 1 s"]


async def test_the_ledger_is_enough_where_the_engine_lost_its_file(database, tmp_path):
    seen = []

    async def work(claim):
        seen.append(claim.chunk.number)

    first, _ = worker(database, tmp_path, work)
    first.chunks.submit(CHUNK, NOW)
    await first.see_through(CHUNK.run, lambda: None)
    for file in tmp_path.glob("engine.db*"):
        file.unlink()
    second, _ = worker(database, tmp_path, work)
    second.chunks.submit(Chunk(kind=CHUNK.kind, run=CHUNK.run, number=1), NOW)
    await second.see_through(CHUNK.run, lambda: None)
    assert seen == [0, 1]


async def test_one_worker_at_a_time_is_at_work_on_a_file(database, tmp_path):
    async def work(_claim):
        return None

    made, _ = worker(database, tmp_path, work)
    with open_database(sqlite_url(tmp_path / "k.db")) as other:
        assert SqlWorkers(other).enter()
        with pytest.raises(StoreError, match="another worker"):
            await made.run(asyncio.Event())


async def test_people_see_who_is_at_work_on_a_file_until_it_leaves(database, tmp_path):
    stop, seen = asyncio.Event(), []

    async def work(_claim):
        seen.extend(name for name, _ in SqlWorkers(database).heard())
        stop.set()

    made, _ = worker(database, tmp_path, work)
    made.chunks.submit(CHUNK, NOW)
    await made.run(stop)
    assert seen == ["local"]
    assert SqlWorkers(database).heard() == []


TEMPLATES = """
templates:
  slow:
    subject: corp.users
    start: find
    blocks:
      find: {webhook: infobip.find-person, next: pause, on_failure: pause}
      pause: {delay: 1s, next: note}
      note: {action: {set: {description: "seen"}}}
"""


def test_a_killed_command_is_gone_on_with_by_a_worker(company):
    (company.home / "corp.ldif").write_text(TREE + "".join(user(n, f"P{n}") for n in range(1, 31)))
    text = (company.home / "keepstep.yaml").read_text()
    text = text.replace("directory.ldif", "corp.ldif")
    (company.home / "keepstep.yaml").write_text(text + TEMPLATES)
    users = [part for n in range(1, 31) for part in ("--user", f"user{n}")]
    with company.process("template", "run", "slow", *users) as process:
        seen = threading.Event()
        while not seen.wait(0.05):
            if company.emulator.requests():
                os.kill(process.pid, signal.SIGKILL)
                seen.set()
        process.wait(10)
    with company.process("serve", "--role", "worker") as process:
        while "30 succeeded" not in company.good("run", "list"):
            assert process.poll() is None
            seen.wait(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (company.home / "corp.ldif").read_text().count("description: seen") == 30
    assert PASSWORD not in company.good("run", "list")


def test_a_plan_whose_application_was_killed_is_gone_on_with_by_a_worker(company):
    assert company.run("plan", "staff", "--out", company.home / "p").exit_code == 10
    before = len(company.emulator.requests())
    company.emulator.add_fault("latency:ms=700")
    with company.process("apply", company.home / "p") as process:
        while not any("upsert" in one["path"] for one in company.emulator.requests(before)):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    company.emulator.clear_faults()
    assert "running" in company.good("run", "list")
    with company.process("serve", "--role", "worker") as process:
        told = next(line for line in process.stdout if "was interrupted" in line)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "is done now" in told
    names = [person.get("externalId") for person in company.emulator.persons()]
    assert len(names) == len(set(names)) > 0
    assert company.run("plan", "staff").exit_code == 0
