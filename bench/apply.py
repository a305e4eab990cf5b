"""20,000 updates to an emulated account without limits: a thousand a call, one a call, and a whole journaled run."""

import asyncio
import re
import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.harness import Cell, Meter, Options, Report, interleaved, ours, report
from bench.servers import emulator, nginx
from bench.sides import infobip, persons

UPDATES = 20_000
QUICK_UPDATES = 100
BATCH = 1000
IN_FLIGHT = 50
CHANGED = "customAttributes.Department"

ONE = '{"query":{"type":"ID","identifier":"1000001"},"update":{"customAttributes":{"Department":"Sales"}}}'
BODY = f'{{"persons":[{ONE}]}}'
WRK = f"""
wrk.method = "PATCH"
wrk.body = '{BODY}'
wrk.headers["Content-Type"] = "application/json"
"""


def updates(*, people: int, size: int) -> None:
    """Give every person another department, *size* of them in one call, several calls in flight if it is one."""
    with emulator(people=people) as url:
        asyncio.run(_updates(url, people, size))


async def _updates(url: str, people: int, size: int) -> None:
    from keepstep.core.effect import Done, Effect
    from keepstep.core.plan import ActionKind

    connector = infobip(url, paced=False)
    found = []
    await connector.read(persons((CHANGED,)), found.extend)
    effects = [
        Effect(
            key=f"update-{record.key}",
            kind=ActionKind.UPDATE,
            target=record.key,
            attributes={CHANGED: ("Benchmarks",)},
            before={CHANGED: record.attributes[CHANGED]},
        )
        for record in found
    ]
    waiting = [effects[start : start + size] for start in range(0, people, size)]
    await connector.apply("persons", [effects.pop()])  # what is asked once: definitions
    waiting[-1] = waiting[-1][: len(effects) - (len(waiting) - 1) * size]
    outcomes = []

    async def work() -> None:
        while waiting:
            outcomes.extend(await connector.apply("persons", waiting.pop()))

    with Meter() as meter:
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT if size == 1 else 1)))
    await connector.close()
    if not all(isinstance(outcome, Done) for outcome in outcomes):
        raise AssertionError("not every update was done")
    meter.report(updates=len(outcomes))


def whole_run(*, people: int, folder: str) -> None:
    """Apply a plan of as many updates: read back both sides, journal, write, remember links, confirm."""
    from bench.installation import Installation

    with emulator(people=people) as url:
        asyncio.run(Installation(Path(folder), url).measure_apply(people))


def journal(*, people: int, folder: str) -> None:
    """Write down the beginning and the end of as many actions, a thousand in a transaction."""
    from bench.installation import measure_journal

    measure_journal(Path(folder), people, BATCH)


def wrk(*, url: str, folder: str, people: int, seconds: int) -> None:
    """Send calls as fast as wrk can, and tell what as many calls as there are updates would have taken."""
    script = Path(folder) / "call.lua"
    script.write_text(WRK)
    command: Sequence[str] = ("wrk", "-t1", f"-c{IN_FLIGHT}", f"-d{seconds}s", "-s", str(script), f"{url}/call")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    match = re.search(r"(\d+) requests in", said)
    if match is None:
        raise AssertionError(said)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report(cpu=used / int(match[1]) * people, wall=seconds / int(match[1]) * people)


def bare(*, url: str, people: int) -> None:
    """Send as many calls by a loop of the HTTP library alone."""
    asyncio.run(_bare(url, people))


async def _bare(url: str, people: int) -> None:
    import aiohttp

    left = people
    body = BODY.encode()

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            async with session.patch(f"{url}/call", data=body, headers={"Content-Type": "application/json"}) as answer:
                await answer.read()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:
        with Meter() as meter:
            await asyncio.gather(*(work(session) for _ in range(IN_FLIGHT)))
    meter.report()


def run(options: Options) -> list[Report]:
    """Measure it."""
    people = QUICK_UPDATES if options.quick else UPDATES
    folder = str(options.folder)
    body = options.folder / "body.json"
    body.write_text('{"persons":[' + ",".join([ONE] * min(BATCH, people)) + "]}")
    with nginx(options.folder) as url:
        calls = f"{url}/call?[1-{max(1, people // BATCH)}]"
        batches = [
            Cell("curl, 1000 a call", ("curl", "-sf", "-o", "/dev/null", "-X", "PATCH", "--data", f"@{body}", calls)),
            ours("connector, 1000 a call", "apply:updates", people=people, size=BATCH),
            ours("journal alone", "apply:journal", people=people, folder=folder),
            ours("whole run, journaled", "apply:whole_run", people=people, folder=folder),
        ]
        singles = [
            ours(
                "wrk, 50 in flight",
                "apply:wrk",
                url=url,
                folder=folder,
                people=people,
                seconds=1 if options.quick else 5,
            ),
            ours("aiohttp alone, 50 in flight", "apply:bare", url=url, people=people),
            ours("connector, 1 a call, 50 in flight", "apply:updates", people=people, size=1),
        ]
        return [
            Report(title=f"Apply in batches: {people:,} updates", items=people, samples=interleaved(batches, options)),
            Report(title=f"Apply singly: {people:,} updates", items=people, samples=interleaved(singles, options)),
        ]
