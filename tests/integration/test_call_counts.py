"""The calls to applications are counted as they were sent, by all processes together, and no run fails by it."""

import asyncio
import logging
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from keepstep.connectors.rest.counting import CallCounter
from keepstep.connectors.rest.preset import load_preset
from keepstep.core.call_count import KEPT, CallCount
from keepstep.errors import ConnectionLost, StoreError
from keepstep.settings import Settings
from keepstep.store.call_counts import SqlCallCounts
from keepstep.store.database import open_database
from keepstep.wiring import opened
from tests.integration.rest_world import connect, read, world

MINUTE = datetime(2031, 5, 4, 3, 2, tzinfo=UTC)


def a_count(*, calls=1, refused=0, limit="get", minute=MINUTE, connection="infobip"):
    return CallCount(connection=connection, limit=limit, minute=minute, calls=calls, refused=refused)


@pytest.fixture
def counts(database, clock):
    return SqlCallCounts(database, clock)


class InMemory:
    """Keeps batches; *broken*: it cannot."""

    def __init__(self):
        self.batches = []
        self.tries = 0
        self.broken = False

    def add(self, counts):
        self.tries += 1
        if self.broken:
            raise StoreError("database is locked by another process")
        self.batches.append(list(counts))

    @property
    def calls(self):
        return sum(one.calls for batch in self.batches for one in batch)


# what the store keeps


def test_counts_come_back_as_they_were_added_the_oldest_first(counts):
    kept = [a_count(), a_count(limit=""), a_count(minute=MINUTE + timedelta(minutes=1), calls=3, refused=2)]
    counts.add(kept[::-1])
    assert counts.since(MINUTE) == [kept[1], kept[0], kept[2]]
    assert counts.since(MINUTE + timedelta(seconds=1)) == [kept[2]]


def test_counts_of_the_same_minute_and_limit_add_up(counts):
    counts.add([a_count(calls=2), a_count(calls=9, limit="put")])
    counts.add([a_count(calls=5, refused=1), a_count(connection="hr")])
    assert counts.since(MINUTE) == [
        a_count(connection="hr"),
        a_count(calls=7, refused=1),
        a_count(calls=9, limit="put"),
    ]


def test_nothing_is_added_by_nothing(counts):
    counts.add([])
    assert counts.since(MINUTE) == []


def test_what_is_older_than_it_is_kept_is_forgotten_when_something_is_added(counts, clock):
    old, young = clock.moment - KEPT - timedelta(minutes=1), clock.moment - KEPT + timedelta(minutes=1)
    counts.add([a_count(minute=old), a_count(minute=young)])
    assert [one.minute for one in counts.since(old)] == [young]


@pytest.mark.slow
def test_several_processes_add_up(store_url):
    adding = """
import sys
from datetime import UTC, datetime
from keepstep.connected import SystemClock
from keepstep.core.call_count import KEPT, CallCount
from keepstep.store.call_counts import SqlCallCounts
from keepstep.store.database import open_database
minute = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
with open_database(sys.argv[1]) as database:
    for number in range(20):
        names = ["a", "b", "c"] if number % 2 else ["c", "b", "a"]
        SqlCallCounts(database, SystemClock()).add(
            [CallCount(connection="x", limit=one, minute=minute, calls=1, refused=0) for one in names]
        )
"""
    open_database(store_url).close()
    words = [sys.executable, "-W", "error", "-c", adding, store_url]
    children = [subprocess.Popen(words, stderr=subprocess.PIPE, env=dict(os.environ)) for _ in range(3)]
    assert [child.communicate(timeout=120)[1].decode() for child in children] == [""] * 3
    with open_database(store_url) as database:
        found = SqlCallCounts(database, None).since(datetime.now(UTC) - timedelta(days=2))
    assert {(one.limit, one.calls) for one in found} == {("a", 60), ("b", 60), ("c", 60)}


# when it is kept


async def test_a_batch_is_kept_in_time_while_the_connection_stays_open():
    kept = InMemory()
    counter = CallCounter("infobip", kept, lambda: MINUTE + timedelta(seconds=59), every=0.05)
    for _ in range(100):
        counter.sent("get")
    counter.refused("get")
    assert kept.batches == []
    await asyncio.sleep(0.3)
    assert kept.batches == [[a_count(calls=100, refused=1)]]
    await asyncio.sleep(0.2)
    assert kept.tries == 1, "where nothing is called, nothing is written"


async def test_what_is_left_is_kept_once_when_the_connection_closes():
    kept = InMemory()
    counter = CallCounter("infobip", kept, lambda: MINUTE)
    counter.sent("get")
    counter.sent("")
    counter.close()
    counter.close()
    assert kept.batches == [[a_count(), a_count(limit="")]]


def test_a_batch_begun_in_a_loop_that_ended_is_kept_by_the_next_call():
    kept = InMemory()
    counter = CallCounter("infobip", kept, lambda: MINUTE, every=0.1)

    async def call():
        counter.sent("get")

    asyncio.run(call())
    time.sleep(0.15)
    asyncio.run(call())
    assert kept.batches == [[a_count()]]


async def test_what_cannot_be_kept_is_kept_later_and_said_once(caplog):
    kept = InMemory()
    kept.broken = True
    counter = CallCounter("infobip", kept, lambda: MINUTE, every=0.01, again=0.01)
    with caplog.at_level(logging.INFO, "keepstep"):
        for _ in range(20):
            counter.sent("get")
            await asyncio.sleep(0.01)
        assert kept.tries > 2
        kept.broken = False
        await asyncio.sleep(0.2)
    assert kept.calls == 20
    told = [record for record in caplog.records if record.message == "calls_not_counted"]
    assert [record.keys["connection"] for record in told] == ["infobip"]
    assert told[0].levelno == logging.WARNING


# what is counted


@pytest.mark.slow
async def test_a_read_is_counted_as_the_application_counted_it_with_what_it_refused(database, clock):
    clock.moment = datetime.now(UTC)
    counts = SqlCallCounts(database, clock)
    async with world(people=4_500, faults=("429-burst:times=2",), counts=counts) as (emulator, connector):
        _, verdict = await read(connector)
        assert verdict.complete, verdict.reason
        seen = emulator.counters()
    found = counts.since(clock.moment - timedelta(hours=1))
    assert {(one.connection, one.limit) for one in found} == {("infobip", "get-persons")}
    assert sum(one.refused for one in found) == seen["refused"] == 2
    assert sum(one.calls for one in found) == sent(seen) > 5


def sent(seen):
    """How many calls the emulator counted."""
    return sum(number for name, number in seen.items() if ":" not in name and name != "refused")


async def test_a_call_that_never_left_is_not_counted():
    kept = InMemory()
    async with world() as (_, other):
        address = other.address.removeprefix("infobip ")
    connector = connect(address, counts=kept)
    with pytest.raises(ConnectionLost):  # nobody listens there any more
        await read(connector)
    await connector.close()
    assert kept.batches == []


async def test_calls_that_no_limit_holds_are_counted_without_one():
    kept = InMemory()
    bare = load_preset("infobip").model_copy(update={"limits": {}})
    async with world(people=3, preset=bare, counts=kept) as (emulator, connector):
        await read(connector)
    assert [replace(one, minute=MINUTE) for batch in kept.batches for one in batch] == [a_count(limit="")]
    assert sent(emulator.counters()) == 1


@pytest.mark.slow
def test_a_pull_is_counted_by_the_command_line_and_the_refusals_of_a_real_limit_too(company):
    company.emulator.seed(people=3_000)
    company.emulator.set_rules("rate_window=sliding")
    company.emulator.set_limits(0.2)
    company.good("people", "infobip", "--format", "csv")
    seen = company.emulator.counters()
    with opened(Settings(home=company.home, operator="ana")) as store:
        found = store.call_counts.since(datetime.now(UTC) - timedelta(hours=1))
    assert seen["refused"] > 0
    assert sum(one.refused for one in found) == seen["refused"]
    assert sum(one.calls for one in found) == sent(seen)


def test_a_pull_goes_well_where_its_calls_cannot_be_counted(company):
    with open_database(f"sqlite:///{company.home}/keepstep.db") as database, database.write() as connection:
        connection.execute(text("DROP TABLE call_counts"))
    company.become("today")
    assert "create" in company.run("plan", "staff").stdout
