"""Runs of templates on a home of their own: a small directory in a file, an application that answers as a test says."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import yaml
from sqlalchemy import text, update

from keepstep.connectors.rest.preset import application_of
from keepstep.core.outbound import webhook_finder
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.core.template_run import TemplateRun
from keepstep.core.values import NativeKey
from keepstep.settings import Settings
from keepstep.store.key_source import create_master_key
from keepstep.store.tables import CHUNKS, SUBJECTS
from keepstep.usecases.start_run import start_run
from keepstep.wiring import Installation, opened
from keepstep.workshop import worker_of
from tests.integration.corp_ldif import TREE, guid, user
from tests.lab.loopback import ALLOWED
from tests.lab.recording import Recorded, Recording, Reply, recording_server

SIDE = Side("corp", "users")
STAFF = ("Ana", "Ivo", "Mia", "Eva")

WEBHOOKS = {
    "greet": {
        "method": "POST",
        "url": "{base_url}/greet",
        "body": {"name": "{{ cn }}", "department": "{{ department }}", "call": "{{ call.id }}"},
        "extract": {"id": "id"},
        "look_up": "greeted",
    },
    "greeted": {
        "url": "{base_url}/greeted",
        "params": {"call": "{{ call.id }}"},
        "extract": {"id": "id"},
        "success": {"when": '{{ id != "" }}', "absent": True},
    },
    "blind": {"method": "POST", "url": "{base_url}/blind", "body": {"name": "{{ cn }}"}},
    "again": {"method": "PUT", "url": "{base_url}/again", "body": {"text": "{{ with.text }}"}},
    "ready": {"url": "{base_url}/ready", "extract": {"state": "state"}},
}


def fine(request: Recorded) -> Reply:
    """What the application answers unless a test says otherwise: an id that tells who was greeted."""
    if request.path == "/greeted":
        return Reply({"id": ""})
    return Reply({"id": f"id-{len(request.body)}", "state": "ready"})


@dataclass
class RunWorld:
    """A home with a template or several; whoever works on it opens it anew, as another process would."""

    home: Path
    app: Recording
    database_url: str = ""
    operator: str = "ana"
    answer: Callable[[Recorded], Reply] = fine
    told: list[str] = field(default_factory=list)

    def configure(self, templates: dict, *, people: tuple[str, ...] = STAFF, **more: object) -> None:
        rest = {
            "kind": "rest",
            "base_url": self.app.url,
            "authorization": {"type": "none"},
            "webhooks": WEBHOOKS,
            "timeout": 5,
        }
        corp = {"kind": "ldif", "file": "corp.ldif"}
        whole = {
            "version": 1,
            "egress": ALLOWED,
            "connections": {"corp": corp, "app": rest},
            "templates": templates,
            **more,
        }
        self.home.joinpath("keepstep.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
        directory = self.home / "corp.ldif"
        if not directory.exists():
            users = (user(number, name, "department: Sales\n") for number, name in enumerate(people, 1))
            directory.write_text("version: 1\n\n" + TREE + "".join(users))

    def template(self, blocks: dict, *, start: str = "", **more: object) -> None:
        """Have one template called `t`."""
        self.configure({"t": {"subject": "corp.users", "start": start or next(iter(blocks)), "blocks": blocks, **more}})

    @contextmanager
    def open(self, operator: str = "") -> Iterator[Installation]:
        settings = Settings(
            home=self.home, operator=operator or self.operator, database_url=self.database_url, worker="tests"
        )
        with opened(settings) as store:
            yield store

    def begin(self, *who: str, template: str = "t") -> TemplateRun:
        """Begin a run for *who*, all of them if nobody is named; nothing of it is carried out yet."""
        chosen = [Subject(side=SIDE, key=NativeKey(guid(n)), name=name) for n, name in self._people(who)]
        with self.open() as store:
            configuration = store.configuration()
            ports = store.ports(store.connections(configuration))
            finder = webhook_finder(configuration, application_of)
            starting = start_run(ports, store.template_runs, (template, configuration.templates), finder, chosen)
            return asyncio.run(starting)

    def _people(self, who: tuple[str, ...]) -> list[tuple[int, str]]:
        known = {name: number for number, name in enumerate(STAFF, 1)}
        return [(known[name], name) for name in (who or STAFF)]

    def work(self, run: TemplateRun) -> TemplateRun:
        """Be at work, as a process of its own, until nothing of *run* is due now; return how it stands."""

        async def see_through(store: Installation) -> None:
            async with worker_of(store, self.told.append) as worker:
                await worker.see_through(run.id, lambda: None)

        with self.open() as store:
            asyncio.run(see_through(store))
            return store.template_runs.run(run.id)

    def run(self, *who: str) -> TemplateRun:
        return self.work(self.begin(*who))

    def stands(self, run: TemplateRun) -> dict[str, tuple[str, str]]:
        """Return state and block of everybody in *run*."""
        with self.open() as store:
            return {one.name: (str(one.state), one.block) for one in store.template_runs.subjects(run.id)}

    def why(self, run: TemplateRun, position: int = 0) -> str:
        with self.open() as store:
            return store.template_runs.subjects(run.id)[position].detail

    def path(self, run: TemplateRun, position: int = 0) -> list[tuple[str, str]]:
        """Return the blocks that were carried out for one subject, and what came of each."""
        with self.open() as store:
            return [(step.block, str(step.state)) for step in store.template_runs.steps(run.id, position)]

    def steer(self, run: TemplateRun, verb: str, *given: object, by: str = "", **named: object) -> object:
        with self.open(by) as store:
            return getattr(store.steering, verb)(run.id, *given, **named)

    def pass_by(self, run: TemplateRun, **time: float) -> None:
        """Let *time* go by: what is kept of when things began, and when they are looked at, moves into the past."""
        gone = timedelta(**time)
        with self.open() as store, store.database.write() as connection:
            for row in connection.execute(text("SELECT run, position, wake_at, since FROM subjects")).all():
                moved = {
                    name: datetime.fromisoformat(value) - gone
                    for name, value in (("wake_at", row.wake_at), ("since", row.since))
                    if value
                }
                if moved:
                    here = (SUBJECTS.c.run == row.run, SUBJECTS.c.position == row.position)
                    connection.execute(update(SUBJECTS).where(*here).values(moved))
            waiting = CHUNKS.c.run == run.id, CHUNKS.c.due_at.is_not(None)
            connection.execute(update(CHUNKS).where(*waiting).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))

    def audited(self) -> list[tuple[str, str]]:
        with self.open() as store:
            return [(entry.action, entry.operator) for entry in store.audit.entries(limit=1000)]

    def edit(self, before: str, after: str, file: str = "corp.ldif") -> None:
        held = self.home.joinpath(file).read_text()
        assert before in held, before
        self.home.joinpath(file).write_text(held.replace(before, after))

    def greeted(self) -> list[str]:
        """Return who was greeted, in order."""
        return [request.json["name"] for request in self.app.to("/greet")]

    def as_if_killed(self, run: TemplateRun, block: str, position: int = 0) -> None:
        """Leave the ledger as a worker does that was killed after it had begun *block*."""
        from keepstep.core.block_result import BlockState
        from keepstep.core.template_run import BlockStep
        from keepstep.store import block_steps

        with self.open() as store:
            subject = store.template_runs.where(run.id, position)
            step = BlockStep(position=position, execution=subject.executions, block=block, state=BlockState.BEGUN)
            with store.database.write() as connection:
                assert block_steps.begin(store.database, connection, 1, step, datetime.now(UTC))


@contextmanager
def run_world(home: Path, database_url: str = "") -> Iterator[RunWorld]:
    """Give a world in the folder *home*."""
    home.mkdir()
    create_master_key(home / "master.key")
    made: list[RunWorld] = []
    with recording_server(lambda request: made[0].answer(request)) as app:  # noqa: PLW0108 - there is no world yet
        made.append(RunWorld(home=home, app=app, database_url=database_url))
        yield made[0]


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """Give the address of a new database on *server*: the engine keeps schemas of its own in it."""
    name = f"test_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?")
