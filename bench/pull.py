"""100,000 persons from a web server into the store's staging, against curl reading the same pages."""

import asyncio
from pathlib import Path

from bench.harness import Cell, Meter, Options, Report, interleaved, ours
from bench.servers import LIST, PAGE, emulator, nginx, write_pages
from bench.sides import infobip, persons

PEOPLE = 100_000
QUICK_PEOPLE = 2_000


def pull(*, url: str, folder: str, people: int, store: bool) -> None:
    """Read every person and stage it; without *store*: only read."""
    asyncio.run(_pull(url, Path(folder), people, store=store))


async def _pull(url: str, folder: Path, people: int, *, store: bool) -> None:
    from keepstep.store.staging import FileStaging

    connector = infobip(url, paced=False)
    stage = FileStaging(folder).open("infobip.persons")
    with Meter() as meter:
        verdict = await connector.read(persons(), stage.add if store else lambda _: None)
        snapshot = stage.seal(verdict)
    await connector.close()
    if not verdict.complete or (store and len(snapshot.records) != people):
        raise AssertionError(f"{len(snapshot.records)} of {people} persons: {verdict}")
    meter.report(calls=verdict.calls)


def run(options: Options) -> Report:
    """Measure it."""
    people = QUICK_PEOPLE if options.quick else PEOPLE
    with emulator(people=people) as url:
        write_pages(url, people, options.folder)
    size = sum(file.stat().st_size for file in options.folder.glob("page-*.json"))
    with nginx(options.folder) as url:
        given = {"url": url, "folder": str(options.folder), "people": people}
        cells = [
            Cell("curl, one connection", ("curl", "-sf", "-o", "/dev/null", f"{url}{LIST}?page=[1-{people // PAGE}]")),
            ours("read into staging", "pull:pull", store=True, **given),
            ours("of this: read only", "pull:pull", store=False, **given),
        ]
        samples = interleaved(cells, options)
    return Report(
        title=f"Pull: {people:,} persons of {size // people} bytes, 12 attributes, nginx",
        items=people,
        samples=samples,
        columns=("calls",),
    )
