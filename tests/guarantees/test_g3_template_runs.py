"""G3: every block of a template has its effect once, however often the workers are killed on the way."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keepstep.core.secret import Secret
from keepstep.core.template_run import SubjectState, TemplateRunState
from keepstep.emulator import Emulator, running_in_thread
from keepstep.home import make_home
from keepstep.settings import Settings
from keepstep.wiring import Installation, opened
from tests.integration.corp_ldif import TREE, user
from tests.integration.postgres import server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PEOPLE = 200
KILLS = 100
SEED = 20261126
CONFIGURATION = """\
version: 1
egress: {{allow: ["127.0.0.1"]}}
connections:
  corp: {{kind: ldif, file: corp.ldif, base: "DC=corp,DC=example"}}
  infobip:
    kind: rest
    preset: infobip
    base_url: {url}
    pace: 1
    authorization: {{type: basic, username: keepstep, password: {{secret: infobip}}}}
templates:
  hire:
    subject: corp.users
    start: create
    blocks:
      create: {{webhook: infobip.create-person, next: sms}}
      sms: {{webhook: infobip.send-sms, with: {{text: "Welcome"}}, next: pause}}
      pause: {{delay: 1s, next: ask}}
      ask: {{approval: {{}}, next: {after}}}
      note: {{action: {{set: {{description: "person {{{{ blocks.create.id }}}}"}}}}, next: tag}}
      tag: {{webhook: infobip.add-tag, with: {{tag: Staff}}}}
"""


def serve(home: str, environment: dict[str, str]) -> None:
    """Be a worker until this process is killed."""
    os.environ.update(environment)
    from keepstep.cli.main import build

    with (Path(home) / "worker.log").open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    build()(["serve", "--role", "worker", "--home", home], standalone_mode=False)


@dataclass
class Workers:
    """Workers on one home, each a process that is killed and started again."""

    home: Path
    names: tuple[str, ...]
    environment: dict[str, str]
    running: dict[str, Any] = field(default_factory=dict)

    def start(self, name: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["keepstep.wiring", "keepstep.worker.durable", "keepstep.cli.main"])
        environment = {**self.environment, "KEEPSTEP_WORKER": name}
        process = context.Process(target=serve, args=(str(self.home), environment), daemon=True)
        process.start()
        self.running[name] = process

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.join()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)


@contextmanager
def installation(home: Path, url: str, database: str, *, note: bool) -> Iterator[Installation]:
    """A home with 200 people in its directory, and a template for them."""
    settings = Settings(home=home, operator="ana", database_url=database)
    make_home(settings)
    text = CONFIGURATION.format(url=url, after="note" if note else "tag")
    (home / "keepstep.yaml").write_text(
        "".join(line for line in text.splitlines(keepends=True) if note or "note:" not in line)
    )
    rows = (
        user(n, f"Person {n}", f"givenName: P{n}\nsn: T\nmail: p{n}@corp.example\nmobile: +3859100{n:05d}\n")
        for n in range(1, PEOPLE + 1)
    )
    (home / "corp.ldif").write_text(TREE + "".join(rows))
    with opened(settings) as opened_home:
        opened_home.vault.set("infobip", Secret("demo-password"))
        yield opened_home


def begin(home: Installation) -> str:
    """Start the template for everybody, and give the run."""
    import asyncio

    from keepstep.connectors.rest.preset import application_of
    from keepstep.core.outbound import webhook_finder
    from keepstep.core.sync_rule import Side
    from keepstep.usecases.choose_subjects import choose_by_search
    from keepstep.usecases.start_run import start_run

    configuration = home.configuration()
    connections = home.connections(configuration)
    ports = home.ports(connections)
    side = Side("corp", "users")
    who = asyncio.run(choose_by_search(ports, side, side))
    assert len(who) == PEOPLE
    finder = webhook_finder(configuration, application_of)
    return asyncio.run(start_run(ports, home.template_runs, ("hire", configuration.templates), finder, who)).id


def live_through(home: Installation, run: str, workers: Workers) -> int:
    """Kill workers at random moments, approve whoever waits for it, and return how many kills there were."""
    chance = random.Random(SEED)
    for name in workers.names:
        workers.start(name)
    kills, until = 0, time.monotonic() + 600
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.3, 2.2))
        now = home.template_runs.run(run)
        if now.state is not TemplateRunState.RUNNING and kills >= KILLS:
            break
        if kills < KILLS:
            name = chance.choice(workers.names)
            workers.kill(name)
            workers.start(name)
            kills += 1
        if home.template_runs.subjects(run, states=(SubjectState.APPROVAL,), limit=1):
            home.steering.decide(run, (), approved=True)
    workers.stop()
    return kills


def judge(home: Installation, run: str, emulator: Emulator, *, note: bool) -> None:
    """Every run ended, none was lost, and the servers saw each effect once."""
    told = home.template_runs.run(run)
    why = Counter((one.block, one.state, one.detail) for one in home.template_runs.subjects(run))
    assert told.counts == {SubjectState.SUCCEEDED: PEOPLE}, why
    assert told.state is TemplateRunState.DONE
    persons = emulator.persons()
    assert Counter(person["externalId"] for person in persons).most_common(1)[0][1] == 1
    assert len(persons) == PEOPLE
    messages = Counter(message["to"] for message in emulator.outbox())
    assert len(messages) == PEOPLE
    assert set(messages.values()) == {1}
    assert all(person["tags"] == ["Staff"] for person in persons)
    if note:
        text = (home.settings.home / "corp.ldif").read_text()
        assert text.count("description: person ") == PEOPLE


def test_one_worker_on_a_file_that_is_killed_a_hundred_times(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_tag("Staff")
    with running_in_thread(emulator) as url, installation(tmp_path / "home", url, "", note=True) as home:
        run = begin(home)
        workers = Workers(home.settings.home, ("local",), {})
        try:
            assert live_through(home, run, workers) >= KILLS
        finally:
            workers.stop()
        judge(home, run, emulator, note=True)


def test_three_workers_on_postgresql_of_which_any_is_killed_a_hundred_times(tmp_path):
    emulator = Emulator(limits=False)
    emulator.define_tag("Staff")
    with (
        server() as database,
        running_in_thread(emulator) as url,
        installation(tmp_path / "home", url, database, note=False) as home,
    ):
        run = begin(home)
        environment = {
            "KEEPSTEP_DATABASE": database,
            "KEEPSTEP_WORKER_SILENCE": "3",
        }
        workers = Workers(home.settings.home, ("one", "two", "three"), environment)
        try:
            assert live_through(home, run, workers) >= KILLS
        finally:
            workers.stop()
        judge(home, run, emulator, note=False)
