"""What a request takes while a plan of 100,000 actions is made on the same machine, by `keepstep serve` alone."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from statistics import quantiles
from uuid import UUID

import aiohttp

from bench.harness import Options, Report, Sample
from bench.serve import cpu_of, made_home, memory_of, url_of
from bench.servers import emulator
from keepstep.core.secret import Secret
from keepstep.home import example
from keepstep.settings import Settings
from keepstep.wiring import opened

PEOPLE = 100_000
QUICK_PEOPLE = 300
RATE = 50
IDLE_SECONDS = 20
WARM_SECONDS = 1
PATHS = ("/session", "/works?limit=20", "/runs", "/connections", "/configuration", "/automations", "/approvals")
STAFF = "OU=Staff,DC=corp,DC=example"


def run(options: Options) -> Report:
    """Ask when nothing else is to be done, then while the plan is made."""
    people = QUICK_PEOPLE if options.quick else PEOPLE
    home, log = options.folder / "home", options.folder / "serve.log"
    with emulator(people=0) as infobip:
        token = made_home(home, example("demo", "keepstep.yaml").replace("http://127.0.0.1:8085", infobip))
        _fill(home, people)
        command = [sys.executable, "-m", "keepstep", "--home", str(home), "serve", "--port", "0"]
        with (
            log.open("wb") as told,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True, env=os.environ) as server,
        ):
            try:
                url = url_of(server)
                _measured(server.pid, url, token, WARM_SECONDS)
                idle = _measured(server.pid, url, token, 1 if options.quick else IDLE_SECONDS)
                busy = _measured(server.pid, url, token, None)
            finally:
                server.send_signal(signal.SIGTERM)
    samples = {"nothing else to do": [idle], f"a plan of {people:,} is made": [busy]}
    columns = ("p50 ms", "p95 ms", "p99 ms", "slowest ms", "requests")
    title = f"`beside`: {RATE} requests a second while a plan is made, `keepstep serve`, SQLite"
    return Report(title=title, items=1, samples=samples, columns=columns)


def _measured(pid: int, url: str, token: str, seconds: int | None) -> Sample:
    """Ask for *seconds*; without them as long as a plan is made."""
    used, begun = cpu_of(pid), time.perf_counter()
    took = asyncio.run(_ask(url, token, seconds))
    cuts = quantiles(took, n=100)
    found = {
        "p50 ms": cuts[49] * 1000,
        "p95 ms": cuts[94] * 1000,
        "p99 ms": cuts[98] * 1000,
        "slowest ms": max(took) * 1000,
        "requests": float(len(took)),
    }
    cpu = (cpu_of(pid) - used) / len(took)
    return Sample(cpu=cpu, wall=time.perf_counter() - begun, peak=memory_of(pid), found=found)


async def _ask(url: str, token: str, seconds: int | None) -> list[float]:
    random.seed(7)
    took, tasks = list[float](), set[asyncio.Task[None]]()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=500)) as session:

        async def one(path: str) -> None:
            begun = time.perf_counter()
            async with session.get(f"{url}/api/v1{path}") as answer:
                await answer.read()
                answer.raise_for_status()
            took.append(time.perf_counter() - begun)

        making = None if seconds is not None else asyncio.create_task(_plan(session, url))
        began, number = time.perf_counter(), 0
        while not making.done() if making is not None else number < RATE * (seconds or 0):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            number += 1
            task = asyncio.create_task(one(random.choice(PATHS)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        if making is not None:
            await making
    return took


async def _plan(session: aiohttp.ClientSession, url: str) -> None:
    """Have a plan made, and wait until it is."""
    async with session.post(f"{url}/api/v1/works", json={"kind": "plan", "rule": "staff"}) as answer:
        answer.raise_for_status()
        work = (await answer.json())["id"]
    while True:
        async with session.get(f"{url}/api/v1/works/{work}") as answer:
            told = await answer.json()
        if told["state"] not in {"queued", "running"}:
            if told["state"] != "done":
                raise AssertionError(str(told))
            return
        await asyncio.sleep(0.5)


def _fill(home: Path, people: int) -> None:
    """Let the directory have *people*, whom nobody in Infobip knows."""
    with opened(Settings(home=home, operator="bench")) as store:
        store.vault.set("infobip-password", Secret("demo-password"))
    with (home / "directory.ldif").open("w") as file:
        file.write("dn: DC=corp,DC=example\nobjectClass: domain\n\n")
        file.write(f"dn: {STAFF}\nobjectClass: organizationalUnit\n\n")
        for number in range(1, people + 1):
            guid = b64encode(UUID(int=number).bytes_le).decode()
            file.write(f"dn: CN=P{number},{STAFF}\nobjectClass: user\ncn: P{number}\nobjectGUID:: {guid}\n")
            file.write(f"sAMAccountName: p{number}\nuserAccountControl: 512\nemployeeID: {number}\n")
            file.write(f"givenName: P{number}\nsn: Person {number % 700}\nmail: p{number}@corp.example\n")
            file.write(f"mobile: +1 202 {number:07}\ndepartment: Department {number % 30}\n\n")
