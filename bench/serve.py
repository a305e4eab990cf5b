"""200 mixed requests a second to one process of `keepstep serve`, for five minutes: errors, delay, CPU, memory."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import aiohttp

from bench.harness import Options, Report, Sample
from keepstep.core.operator import GivenRole, Operator, OperatorKind
from keepstep.home import example, make_home
from keepstep.settings import Settings
from keepstep.wiring import opened

RATE = 200
SECONDS = 300
QUICK_SECONDS = 1
FLOOR_SECONDS = 20
MIXED: Mapping[str, int] = {
    "/session": 20,
    "/works?limit=20": 15,
    "/runs": 15,
    "/connections": 10,
    "/configuration": 10,
    "/operators": 5,
    "/automations": 5,
    "/template-runs": 5,
    "/approvals": 5,
    "/roles": 3,
    "/audit?limit=20": 2,
    "check": 4,
    "plan": 1,
}
"""How often of a hundred: `check` sends a whole configuration, `plan` asks for work, which is written down."""


@dataclass(slots=True)
class Load:
    """What came of the requests so far."""

    seconds: list[float] = field(default_factory=list[float])
    errors: dict[str, int] = field(default_factory=dict[str, int])


def run(options: Options) -> Report:
    """Ask for what costs nothing (`/healthz`), then for everything mixed, at the same pace."""
    home = options.folder / "home"
    token = made_home(home, example("demo", "keepstep.yaml"))
    log = options.folder / "serve.log"
    with (
        log.open("wb") as told,
        subprocess.Popen(
            [sys.executable, "-m", "keepstep", "--home", str(home), "serve", "--role", "web", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            env=os.environ,
        ) as server,
    ):
        try:
            url = url_of(server)
            seconds = QUICK_SECONDS if options.quick else SECONDS
            floor = _measured(server.pid, url, token, {"/healthz": 100}, min(seconds, FLOOR_SECONDS))
            mixed = _measured(server.pid, url, token, MIXED, seconds)
        finally:
            server.send_signal(signal.SIGTERM)
    title = f"`serve`: {RATE} requests a second for {seconds} s, one process, SQLite"
    columns = ("p50 ms", "p95 ms", "p99 ms", "errors", "MB after 10 s", "MB at the end")
    samples = {"healthz": [floor], "mixed": [mixed]}
    return Report(title=title, items=1, samples=samples, columns=columns)


def _measured(pid: int, url: str, token: str, what: Mapping[str, int], seconds: int) -> Sample:
    load, marks = Load(), list[float]()
    used, begun = cpu_of(pid), time.perf_counter()
    asyncio.run(_ask((url, token), what, seconds, load, lambda: marks.append(memory_of(pid))))
    wall = time.perf_counter() - begun
    cuts = quantiles(load.seconds, n=100)
    if load.errors:
        print(f"errors: {load.errors}", file=sys.stderr)
    found = {
        "p50 ms": cuts[49] * 1000,
        "p95 ms": cuts[94] * 1000,
        "p99 ms": cuts[98] * 1000,
        "errors": float(sum(load.errors.values())),
        "MB after 10 s": marks[min(1, len(marks) - 1)],
        "MB at the end": marks[-1],
    }
    cpu = (cpu_of(pid) - used) / len(load.seconds)
    return Sample(cpu=cpu, wall=wall, peak=max(marks), found=found)


async def _ask(to: tuple[str, str], what: Mapping[str, int], seconds: int, load: Load, mark) -> None:
    url, token = to
    random.seed(7)
    chosen = random.choices(list(what), list(what.values()), k=RATE * seconds)
    headers = {"Authorization": f"Bearer {token}"}
    tasks = set[asyncio.Task[None]]()
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=200)) as session:
        began = time.perf_counter()
        for number, path in enumerate(chosen):
            if number % (RATE * 10) == 0:
                mark()
            wait = began + number / RATE - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(_one(session, url, path, number, load))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        mark()


async def _one(session: aiohttp.ClientSession, url: str, path: str, number: int, load: Load) -> None:
    begun = time.perf_counter()
    method, address, body, more = "GET", f"{url}/api/v1{path}", None, {}
    if path == "check":
        method, address, body = "POST", f"{url}/api/v1/configuration/check", {"text": example("demo", "keepstep.yaml")}
    elif path == "plan":
        method, address, body = "POST", f"{url}/api/v1/works", {"kind": "plan", "rule": "staff"}
        more = {"Idempotency-Key": f"bench-{number}"}
    elif path == "/healthz":
        address = f"{url}{path}"
    try:
        async with session.request(method, address, json=body, headers=more) as answer:
            await answer.read()
            if answer.status >= 400:
                load.errors[f"{path} {answer.status}"] = load.errors.get(f"{path} {answer.status}", 0) + 1
    except (aiohttp.ClientError, TimeoutError) as error:
        name = f"{path} {type(error).__name__}"
        load.errors[name] = load.errors.get(name, 0) + 1
    load.seconds.append(time.perf_counter() - begun)


def made_home(home: Path, starter: str) -> str:
    """Make a home with the configuration *starter*, and return a token that may do everything."""
    settings = Settings(home=home, operator="bench")
    make_home(settings, starter=starter)
    with opened(settings) as store:
        desk, now = store.identity.desk, store.clock.now()
        given = (GivenRole(role="administrator"),)
        desk.add(Operator(name="bench", kind=OperatorKind.SERVICE, roles=given, created=now))
        _, token = desk.make_token("bench", "bench", rights=None, lasts=timedelta(days=1))
        return token.reveal()


def url_of(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.match(r"answering at (\S+)", line):
            return found[1]
    raise AssertionError("the server did not begin")


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")
