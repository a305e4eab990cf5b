"""A template of four blocks, two of them calls, for many subjects: on SQLite, and on PostgreSQL with 1, 2 and 3 workers."""

import asyncio
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from bench.harness import Meter, Options, Report, interleaved, ours
from bench.servers import nginx
from keepstep.home import make_home
from keepstep.settings import Settings
from keepstep.wiring import Installation, opened
from keepstep.workshop import worker_of

PEOPLE = 10_000
QUICK_PEOPLE = 50
AT_ONCE = 16
STAFF = "OU=Staff,DC=corp,DC=example"
CONFIGURATION = """\
version: 1
egress: {{allow: ["127.0.0.1"]}}
connections:
  corp: {{kind: ldif, file: corp.ldif, base: "DC=corp,DC=example"}}
  app:
    kind: rest
    preset: plain
    base_url: {url}
    webhooks:
      tell: {{method: POST, url: "{{base_url}}/call", body: {{name: "{{{{ sAMAccountName }}}}"}}}}
      ask: {{url: "{{base_url}}/call", params: {{name: "{{{{ sAMAccountName }}}}"}}}}
templates:
  four:
    subject: corp.users
    start: tell
    blocks:
      tell: {{webhook: app.tell, next: check}}
      check: {{if: '{{{{ department == "Sales" }}}}', then: ask, else: ask}}
      ask: {{webhook: app.ask, next: done}}
      done: {{end: success}}
"""


@contextmanager
def installation(folder: Path, url: str, people: int, database: str = "") -> Generator[Installation]:
    """Give a home with a directory of *people*."""
    settings = Settings(home=folder / "home", operator="bench", database_url=database)
    make_home(settings)
    settings.config_file.write_text(CONFIGURATION.format(url=url))
    with (settings.home / "corp.ldif").open("w") as file:
        file.write("dn: DC=corp,DC=example\nobjectClass: domain\n\n")
        file.write(f"dn: {STAFF}\nobjectClass: organizationalUnit\n\n")
        for number in range(1, people + 1):
            guid = b64encode(UUID(int=number).bytes_le).decode()
            file.write(f"dn: CN=P{number},{STAFF}\nobjectClass: user\ncn: P{number}\nobjectGUID:: {guid}\n")
            file.write(f"sAMAccountName: p{number}\nuserAccountControl: 512\ndepartment: Sales\n\n")
    with opened(settings) as home:
        yield home


def begin(home: Installation) -> str:
    """Begin a run for everybody, and give its id."""
    from keepstep.connectors.rest.preset import application_of
    from keepstep.core.outbound import webhook_finder
    from keepstep.core.sync_rule import Side
    from keepstep.usecases.choose_subjects import choose_by_search
    from keepstep.usecases.start_run import start_run

    configuration = home.configuration()
    ports = home.ports(home.connections(configuration))
    side = Side("corp", "users")
    who = asyncio.run(choose_by_search(ports, side, side))
    finder = webhook_finder(configuration, application_of)
    return asyncio.run(start_run(ports, home.template_runs, ("four", configuration.templates), finder, who)).id


def bare(*, people: int, folder: str) -> None:
    """Send the same calls with the HTTP library alone, and write nothing down: the floor."""
    import aiohttp

    async def send(url: str) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as session:

            async def one(number: int) -> None:
                async with places:
                    async with session.post(f"{url}/call", json={"name": f"p{number}"}) as answer:
                        await answer.read()
                    async with session.get(f"{url}/call", params={"name": f"p{number}"}) as answer:
                        await answer.read()

            await asyncio.gather(*(one(number) for number in range(people)))

    with nginx(Path(folder)) as url, Meter() as meter:
        asyncio.run(send(url))
    meter.report(rate=people / meter.sample["wall"])


def embedded(*, people: int, folder: str) -> None:
    """Run the template in this process, on SQLite."""
    with nginx(Path(folder)) as url, installation(Path(folder), url, people) as home:
        run = begin(home)

        async def work() -> None:
            async with worker_of(home, lambda _: None) as worker:
                await worker.see_through(run, lambda: None)

        with Meter() as meter:
            asyncio.run(work())
        _judge(home, run, people)
    meter.report(rate=people / meter.sample["wall"])


def shared(*, people: int, workers: int, folder: str) -> None:
    """Run the template with *workers* processes on PostgreSQL; their CPU is not counted, the wall clock is."""
    from tests.integration.postgres import server

    with server() as database, nginx(Path(folder)) as url, installation(Path(folder), url, people, database) as home:
        run = begin(home)
        environment = {**os.environ, "KEEPSTEP_DATABASE": database}
        command = (sys.executable, "-m", "keepstep", "serve", "--role", "worker", "--home", str(home.settings.home))
        processes = [
            subprocess.Popen(command, env={**environment, "KEEPSTEP_WORKER": f"w{n}"}, stdout=subprocess.PIPE)
            for n in range(workers)
        ]
        with Meter() as meter:
            while home.template_runs.run(run).state == "running":
                time.sleep(0.1)
        for process in processes:
            process.terminate()
            process.communicate()
        _judge(home, run, people)
    meter.report(rate=people / meter.sample["wall"])


def _judge(home: Installation, run: str, people: int) -> None:
    told = home.template_runs.run(run)
    if told.counts != {"succeeded": people}:
        raise AssertionError(str(told))


def run(options: Options) -> Report:
    """Measure it."""
    people = QUICK_PEOPLE if options.quick else PEOPLE
    where = {"people": people, "folder": str(options.folder)}
    cells = [
        ours("the two calls alone, aiohttp", "orchestrate:bare", **where),
        ours("SQLite, one process", "orchestrate:embedded", **where),
        *(ours(f"PostgreSQL, {n} workers", "orchestrate:shared", workers=n, **where) for n in (1, 2, 3)),
    ]
    return Report(
        title=f"Template of four blocks, two calls: {people:,} subjects",
        items=people,
        samples=interleaved(cells, options),
        columns=("rate",),
        by_wall=True,
    )
