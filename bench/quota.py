"""40,000 persons from the emulator under its published limit: 5 pages in any second, 400 ms until one is answered."""

import asyncio
from pathlib import Path

from bench.harness import Meter, Options, Report, interleaved, ours, report
from bench.servers import PAGE, counters, emulator
from bench.sides import infobip, persons

PEOPLE = 40_000
QUICK_PEOPLE = 2_000
LATENCY = 0.4
RATE = 5


def pull(*, people: int, pace: float, folder: str) -> None:
    """Read every person from an emulator of its own at *pace*, and say how much of the quota that used."""
    with emulator(people=people, limits=True, faults=(f"latency:ms={LATENCY * 1000:.0f}",)) as url:
        meter, calls = asyncio.run(_pull(url, pace, Path(folder)))
        seen = counters(url)
    answered = seen["list_persons"] - seen.get("refused", 0)
    ideal = (answered - RATE) / RATE + LATENCY if answered > RATE else LATENCY
    meter.report(calls=calls, refused=seen.get("refused", 0), share=100 * ideal / meter.sample["wall"])


async def _pull(url: str, pace: float, folder: Path) -> tuple[Meter, int]:
    from keepstep.store.staging import FileStaging

    connector = infobip(url, pace=pace)
    stage = FileStaging(folder).open("infobip.persons")
    with Meter() as meter:
        verdict = await connector.read(persons(), stage.add)
    stage.seal(verdict)
    await connector.close()
    if not verdict.complete:
        raise AssertionError(str(verdict))
    return meter, verdict.calls


def ideal(*, people: int) -> None:
    """Say how long the quota alone makes a reader wait: the floor."""
    pages = people // PAGE
    report(cpu=1e-3, wall=max(0, pages - RATE) / RATE + LATENCY, found={"calls": pages, "share": 100})


def run(options: Options) -> Report:
    """Measure it."""
    people = QUICK_PEOPLE if options.quick else PEOPLE
    cells = [
        ours("the quota itself", "quota:ideal", people=people),
        ours("pace: 1", "quota:pull", people=people, pace=1.0, folder=str(options.folder)),
        ours("pace: 0.6, the default", "quota:pull", people=people, pace=0.6, folder=str(options.folder)),
        ours("pace: 1, three times the persons", "quota:pull", people=3 * people, pace=1.0, folder=str(options.folder)),
    ]
    return Report(
        title=f"Pull under the quota: {people:,} persons, 5 pages a second, 400 ms a page",
        items=people,
        samples=interleaved(cells, options),
        columns=("calls", "refused", "share"),
        by_wall=True,
    )
