"""Automations while workers die, several are at work, much happens at once, and systems refuse."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from keepstep.core.sync_rule import Side
from tests.integration.corp_ldif import user
from tests.integration.run_world import RunWorld
from tests.integration.test_automations import (
    DAILY,
    GREET,
    JOINER,
    PEOPLE,
    make_due,
    over,
    rows,
    rule_world,
    serve,
    starts,
    watching,
)
from tests.lab.recording import Recorded, Reply

pytestmark = pytest.mark.timeout(240)

ROWS = Side("hr", "rows")


@contextmanager
def worker(world: RunWorld, name: str) -> Iterator[subprocess.Popen]:
    """Give a worker in a process of its own."""
    program = [sys.executable, "-m", "keepstep", "--home", str(world.home), "serve", "--role", "worker"]
    env = {
        **os.environ,
        "KEEPSTEP_DATABASE": world.database_url,
        "KEEPSTEP_WORKER": name,
        "KEEPSTEP_WORKER_SILENCE": "3",
    }
    with subprocess.Popen(program, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)


def looking_up(world: RunWorld) -> Callable[[Recorded], Reply]:
    """Answer as an application that knows whom it has greeted."""

    def answer(request: Recorded) -> Reply:
        if request.path == "/greeted":
            known = [one.json["call"] for one in world.app.to("/greet")]
            call = dict(request.query)["call"]
            return Reply({"id": call if call in known else ""})
        return Reply({"id": "id"})

    return answer


def hire(world: RunWorld, numbers: range) -> list[str]:
    """Somebody adds people to the directory by another program."""
    names = [f"New{number}" for number in numbers]
    file = world.home / "corp.ldif"
    with file.open("a") as opened:
        opened.write("".join(user(n, name, "department: Sales\n") for n, name in zip(numbers, names, strict=True)))
    return names


def states(world: RunWorld) -> list[str]:
    with world.open() as store:
        return [one.state for one in store.template_runs.runs(limit=100)]


def test_each_who_is_hired_is_greeted_once_however_often_workers_are_killed(runs):
    joiner = {**JOINER, "trigger": {**JOINER["trigger"], "every": "1s"}}
    runs.configure({"greet": GREET}, automations={"joiner": joiner})
    runs.answer = looking_up(runs)
    serve(runs, watching)
    names = hire(runs, range(20, 60))
    for turn in range(4):
        before = len(runs.greeted())
        with worker(runs, f"w{turn}") as process:
            wait(lambda before=before: len(runs.greeted()) >= before + 4)
            process.send_signal(signal.SIGKILL)
    with worker(runs, "last"):
        wait(lambda: states(runs) == ["done"] * len(names))
    assert sorted(runs.greeted()) == sorted(names)
    assert len({start.cause for start in starts(runs)}) == len(names)


@pytest.mark.parametrize("runs", ["postgresql"], indirect=True)
def test_of_two_workers_one_does_each_start_and_the_other_goes_on_when_it_dies(runs):
    rule_world(runs, **DAILY)
    with worker(runs, "one") as one, worker(runs, "two") as two:
        for turn in range(1, 6):
            if turn == 3:
                one.send_signal(signal.SIGKILL)
            let_half_a_day_go_by(runs)
            wait(lambda turn=turn: len(good(runs)) == turn, 30)
        assert two.poll() is None
    assert len(starts(runs)) == 5
    # made once: whoever came later found nothing to do
    assert [start.counts for start in starts(runs) if start.counts] == [{"create": 2, "done": 2}]
    with runs.open() as store:
        assert len(store.journal.runs(limit=50)) == 1


def good(world: RunWorld):
    return [start for start in starts(world) if start.state == "succeeded"]


def test_what_happens_at_once_is_compared_once(runs):
    rule_world(runs, trigger={"event": "row_created", "on": "hr.rows"}, rule="people")
    serve(runs, lambda store: store.events.watch(ROWS).settled)
    rows(runs, *PEOPLE, *({"id": str(n), "name": f"P{n}", "title": "Clerk"} for n in range(20, 40)))
    serve(runs, over("sync", 20))
    states = [start.state for start in reversed(starts(runs))]
    assert (states[0], set(states[1:])) == ("succeeded", {"skipped"})
    assert {start.reasons[0] for start in starts(runs)[:-1]} == {f"start {starts(runs)[-1].id} saw to it"}
    with runs.open() as store:
        assert len(store.journal.runs(limit=50)) == 1
    assert "cn: P39\n" in runs.home.joinpath("corp.ldif").read_text()


def let_half_a_day_go_by(world: RunWorld) -> None:
    with world.open() as store, store.database.write() as connection:
        # a time of its own, as if the earlier starts had been before
        connection.execute(text("UPDATE automation_runs SET cause = 'time before ' || number"))
    make_due(world)


def another(world: RunWorld) -> None:
    """Another half day goes by."""
    let_half_a_day_go_by(world)
    serve(world, over("sync", len(starts(world)) + 1))


def test_a_start_that_did_only_a_part_is_not_gone_on_from(runs):
    rule_world(runs, **DAILY, scope="changed")
    # there is an Ana of another number already, whose place nobody else can have
    rows(runs, {"id": "1", "name": "Ana", "title": "Clerk"}, PEOPLE[1])
    another(runs)
    (start,) = starts(runs)
    assert (start.state, start.counts["done"]) == ("partial", 1), start
    assert start.reasons
    with runs.open() as store:
        standing = store.automations.standing("sync")
        assert (standing.good, standing.full) == (-1, None)
    runs.edit("cn: Ana\n", "cn: Ana Old\n")
    runs.edit("dn: CN=Ana,", "dn: CN=Ana Old,")
    another(runs)
    assert starts(runs)[0].state == "succeeded", starts(runs)[0]
    with runs.open() as store:
        assert store.automations.standing("sync").good >= 0


def test_only_what_changed_since_the_last_good_start_is_read(runs):
    rule_world(runs, **DAILY, scope="changed")
    serve(runs, lambda store: store.events.watch(ROWS).settled)
    another(runs)
    rows(runs, PEOPLE[0], {**PEOPLE[1], "title": "Chief"})
    serve(runs, lambda store: store.events.last_number() > 0)
    another(runs)
    with runs.open() as store:
        latest = store.automations.runs()[0]
        read = store.journal.plan(latest.plan).source.reason
    assert read == "the 1 objects that changed since the last good run were read"
    assert latest.counts == {"update": 1, "done": 1}
    assert "title: Chief" in runs.home.joinpath("corp.ldif").read_text()
    # who is gone is seen by a full compare only
    rows(runs, PEOPLE[0])
    serve(runs, lambda store: any(one.kind == "deleted" for one in store.events.since(0)))
    another(runs)
    with runs.open() as store:
        latest = store.automations.runs()[0]
        assert store.journal.plan(latest.plan).source.complete


def test_an_action_that_an_event_starts_is_for_the_account_of_whom_that_is_about(runs):
    rule_world(
        runs,
        trigger={"event": "row_deleted", "on": "hr.rows"},
        source="hr.rows",
        target="corp.users",
        correlate=[["sAMAccountName", "name"]],
        action={"disable": {}},
    )
    here = [{"id": str(n), "name": f"user{n}", "title": ""} for n in (1, 2, 3)]
    rows(runs, *here)
    serve(runs, lambda store: store.events.watch(ROWS).settled)
    rows(runs, here[0], here[2])
    serve(runs, lambda store: [one.state for one in store.template_runs.runs()] == ["done"])
    held = runs.home.joinpath("corp.ldif").read_text()
    assert "sAMAccountName: user2\nuserAccountControl: 514" in held
    assert held.count("514") == 1


@pytest.mark.parametrize("concurrency", ["skip", "queue"])
def test_of_many_who_are_hired_at_once_each_is_greeted_whether_starts_wait_for_each_other_or_not(runs, concurrency):
    runs.configure({"greet": GREET}, automations={"joiner": {**JOINER, "concurrency": concurrency}})
    serve(runs, watching)
    names = hire(runs, range(20, 32))
    serve(runs, over("joiner", len(names)))
    serve(runs, lambda store: all(one.state == "done" for one in store.template_runs.runs(limit=100)))
    assert sorted(runs.greeted()) == sorted(names)
    assert {start.state for start in starts(runs)} == {"started"}
