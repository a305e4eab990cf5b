"""G3: every effect happens once, however often the process that carries a plan out is killed on the way."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from keepstep.core.link import Link
from keepstep.core.plan import ActionKind
from keepstep.emulator import Emulator, running_in_thread
from tests.guarantees.driver import Driver, driver
from tests.guarantees.trial import INNER, LATER, SEED, Trial
from tests.guarantees.wire import MOMENTS, Wire, wire_to
from tests.guarantees.world import OUTBOUND, World, entry, guid, hasty, unguarded

pytestmark = [pytest.mark.slow]

T = TypeVar("T")
HOWS = (*MOMENTS, INNER, INNER, LATER)
OUT = unguarded(OUTBOUND)
FAULTS = (
    "latency:ms=40,path=persons",
    "drop-after-commit:path=upsert,after=1",
    "drop-after-commit:path=contactInformation,after=2,times=2",
    "500:method=POST,path=upsert",
    "503:path=upsert,times=2",
    "502:path=contactInformation,after=1",
    "drop-before:method=DELETE",
    "drop-after-commit:method=DELETE",
    "drop-after-commit:operation=delete_batch",
    "429-burst:times=3,path=upsert",
)


@pytest.fixture(scope="module")
def children() -> Iterator[Driver]:
    with driver() as started:
        yield started


@pytest.fixture(scope="module")
def landed() -> Counter[str]:
    """Where the kills of this module landed."""
    return Counter()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what *work* gives: these tests share worlds, and an event loop is made for each test."""
    return asyncio.run(work)


async def remembered(world: World) -> list[Link]:
    async with world.ports() as ports:
        return list(ports.links.load("rule").values())


# ---------------------------------------------------------------- directory to application


def before_the_change() -> list[str]:
    return [entry(number) for number in range(60)]


def after_the_change() -> list[str]:
    """Leavers, movers, swaps, a ring and a chain of mails, and joiners, of whom one takes a mail that got free."""
    changes: dict[int, dict[str, str]] = {number: {"department": "Support"} for number in range(10)}
    changes |= {number: {"department": ""} for number in (10, 11, 12)}
    changes |= {number: {"mail": f"new{number}@corp.example"} for number in (13, 14, 15)}
    changes |= {16: {"mail": "", "sn": "Nomail"}}
    taken = {20: 21, 21: 20, 22: 23, 23: 24, 24: 22, 25: 50, 26: 25, 70: 26, 27: 28, 28: 27}
    for number, other in taken.items():
        changes[number] = {"mail": f"person{other}@corp.example"}
    changes |= {number: {"userAccountControl": "514"} for number in (55, 56, 57)}
    stay = [number for number in range(60) if not 50 <= number < 55]
    return [entry(number, **changes.get(number, {})) for number in (*stay, *range(60, 71), 80)]


@dataclass
class Outbound:
    """A synchronised pair of sides, kept as a folder and people, and what one apply of the change is like."""

    kept: Path
    world: World
    emulator: Emulator
    children: Driver
    wire: Wire

    def back(self) -> None:
        """Both sides as they were before the change; the person numbered 80 is there already, and not linked."""
        self.emulator.reset()
        self.emulator.define_attribute("Department", "STRING")
        for number in (*range(60), 80):
            self.emulator.create(
                {
                    "externalId": guid(number),
                    "firstName": f"First{number}",
                    "lastName": f"Last{number}",
                    "contactInformation": {"email": [{"address": f"person{number}@corp.example"}]},
                    "customAttributes": {"Department": "Sales"},
                }
            )
        if self.kept.exists():
            shutil.rmtree(self.world.home)
            shutil.copytree(self.kept, self.world.home)

    def trial(self) -> Trial:
        self.back()
        self.world.write(after_the_change())
        plan = run(self.world.plan(OUT))
        return Trial(self.world, OUT, plan, self.children, self.wire)

    def people(self) -> dict[str, object]:
        """Return what the application holds, without what differs from run to run."""
        volatile = {"id", "createdAt", "modifiedAt", "modifiedFrom", "origin"}
        return {
            person["externalId"]: {name: held for name, held in person.items() if name not in volatile}
            for person in self.emulator.persons()
        }

    def links(self) -> dict[str, object]:
        links = run(remembered(self.world))
        named = {str(person["id"]): person["externalId"] for person in self.emulator.persons()}
        return {link.source_key: (named.get(link.target_key), link.state) for link in links}

    def effects(self) -> Counter[tuple[str, str, str]]:
        """Return how often each thing came about, by the application's own log."""
        return Counter(
            (item["outcome"], item["key"], str(item["id"] if item["outcome"] == "deleted" else ""))
            for call in self.emulator.requests()
            if call["committed"]
            for item in call["items"]
            if item["outcome"] in {"created", "deleted"}
        )


@pytest.fixture(scope="module")
def outbound(tmp_path_factory: pytest.TempPathFactory, children: Driver):
    emulator = Emulator(limits=False)
    folder = tmp_path_factory.mktemp("outbound")
    (folder / "home").mkdir()
    with running_in_thread(emulator) as url:
        parts = urlsplit(url)
        with wire_to(parts.hostname, parts.port) as wire:
            world = World(home=folder / "home", emulator=emulator, url=f"http://127.0.0.1:{wire.port}", preset=hasty())
            made = Outbound(folder / "kept", world, emulator, children, wire)
            made.back()
            emulator.delete("EXTERNAL_ID", guid(80))
            world.write(before_the_change())
            plan = run(world.plan(OUT))
            assert (len(plan.actions), len(plan.links)) == (0, 60)
            assert run(world.apply(plan, OUT)).state == "done"
            shutil.copytree(world.home, made.kept)
            yield made


@pytest.fixture(scope="module")
def calm_outbound(outbound: Outbound):
    """What an uninterrupted apply comes to, and how much there is of it."""
    trial = outbound.trial()
    kinds = Counter(action.kind for action in trial.plan.actions)
    assert kinds == {ActionKind.DELETE: 8, ActionKind.CREATE: 11, ActionKind.UPDATE: 29}, kinds
    size = trial.measure()
    return size, outbound.people(), outbound.links(), outbound.effects()


@pytest.mark.parametrize("number", range(30))
def test_a_killed_apply_ends_as_an_uninterrupted_one(outbound, calm_outbound, landed, number):
    size, people, links, effects = calm_outbound
    random = Random(f"{SEED} out {number}")
    trial = outbound.trial()
    deaths = [size.death(random, HOWS[number % len(HOWS)])]
    while random.random() < 0.35:
        deaths.append(size.death(random, random.choice(HOWS)))
    for fault in random.sample(FAULTS, random.choice((0, 1, 2))):
        outbound.emulator.add_fault(fault)
        trial.told.append(fault)
    trial.go_on(deaths, landed)
    outbound.emulator.clear_faults()
    told = f"seed {SEED}: " + "\n".join(trial.told)
    assert outbound.people() == people, told
    assert outbound.links() == links, told
    assert outbound.effects() == effects, told
    again = run(outbound.world.plan(OUT))
    assert again.empty, told
    assert not again.findings, told
