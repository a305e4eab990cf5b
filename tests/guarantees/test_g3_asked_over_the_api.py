"""G3: what is asked over the API is done once, while each of three workers is killed in turn under load."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from keepstep.core.template_run import SubjectState
from keepstep.emulator import Emulator, running_in_thread
from tests.guarantees.test_g3_template_runs import Workers, installation
from tests.integration.api_world import Client, World, serving
from tests.integration.postgres import server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NAMES = ("one", "two", "three")
PEOPLE = 24
WORKS = 24
ROUNDS = 2
GAP = 2.0


@dataclass
class Load:
    """What programs ask for, each thing twice with the same key: a template run a person, and lists of people."""

    client: Client
    runs: dict[str, str] = field(default_factory=dict)
    works: dict[str, str] = field(default_factory=dict)
    reads: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def twice(self, path: str, data: Any, key: str) -> str:
        first = self.client.good("POST", path, data, Idempotency_Key=key)["id"]
        assert self.client.good("POST", path, data, Idempotency_Key=key)["id"] == first
        return first

    def ask(self) -> None:
        for number in range(1, PEOPLE + 1):
            who = f"user{number}"
            self.runs[who] = self.twice("/templates/hire/runs", {"who": [who]}, f"hire-{number}")
            key = f"list-{number}"
            if number <= WORKS:
                self.works[key] = self.twice("/works", {"kind": "people", "connection": "corp"}, key)
            time.sleep(0.2)

    def look(self) -> None:
        """Read as people do, and approve whoever waits for it."""
        while not self.over.is_set():
            for run in list(self.runs.values()):
                if self.client.get(f"/template-runs/{run}")["counts"].get("approval"):
                    # refused where a worker went on with it meanwhile
                    answer = self.client.ask("POST", f"/template-runs/{run}/decisions", {"approved": True})
                    assert answer.status in {200, 400}, answer.body
                self.reads += 1
            self.client.get("/works", limit=20)
            time.sleep(0.05)


def ended(load: Load) -> bool:
    runs = [load.client.get(f"/template-runs/{run}")["state"] for run in load.runs.values()]
    works = [load.client.get(f"/works/{work}")["state"] for work in load.works.values()]
    return len(runs) == PEOPLE and set(runs) == {"done"} and set(works) == {"done"}


def test_three_workers_killed_in_turn_lose_and_double_nothing_that_was_asked(tmp_path: Path) -> None:
    emulator = Emulator(limits=False)
    emulator.define_tag("Staff")
    with (
        server() as database,
        running_in_thread(emulator) as url,
        installation(tmp_path / "home", url, database, note=False) as home,
        serving(home.settings.home, database_url=database) as world,
    ):
        load = Load(world.operator("ana", "administrator"))
        environment = {"KEEPSTEP_DATABASE": database, "KEEPSTEP_WORKER_SILENCE": "3"}
        workers = Workers(home.settings.home, NAMES, environment)
        threads = [threading.Thread(target=load.ask), threading.Thread(target=load.look)]
        try:
            for name in NAMES:
                workers.start(name)
            for thread in threads:
                thread.start()
            for name in NAMES * ROUNDS:
                time.sleep(GAP)
                workers.kill(name)
                workers.start(name)
            threads[0].join()
            until = time.monotonic() + 120
            while not ended(load):
                assert time.monotonic() < until
                time.sleep(0.5)
        finally:
            load.over.set()
            for thread in threads:
                thread.join()
            workers.stop()
        judge(load, world, emulator)


def judge(load: Load, world: World, emulator: Emulator) -> None:
    """Everything that was asked for is there once, and the servers saw each effect once."""
    store = world.store
    assert len(store.template_runs.runs(limit=500)) == PEOPLE
    for run in load.runs.values():
        assert store.template_runs.run(run).counts == {SubjectState.SUCCEEDED: 1}
    assert Counter(entry.action for entry in store.audit.entries(limit=5000))["run_template"] == PEOPLE
    works = store.works.newest("ana", limit=500)
    assert sorted(one.id for one in works) == sorted(load.works.values())
    for work in load.works.values():
        rows = load.client.get(f"/works/{work}/rows", limit=500)["items"]
        keys = [one["row"]["key"] for one in rows]
        assert len(keys) == len(set(keys)) == 200
    persons = emulator.persons()
    assert len(persons) == len({person["externalId"] for person in persons}) == PEOPLE
    assert all(person["tags"] == ["Staff"] for person in persons)
    messages = Counter(message["to"] for message in emulator.outbox())
    assert len(messages) == PEOPLE
    assert set(messages.values()) == {1}
    assert load.reads > PEOPLE
