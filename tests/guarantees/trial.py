"""One plan, applied in several lives: killed, taken up again, until it ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import Plan
from keepstep.core.sync_rule import SyncRule
from tests.guarantees.driver import KILLED, Driver, Job
from tests.guarantees.wire import MOMENTS, Fuse, Wire
from tests.guarantees.world import World

SEED = os.environ.get("KEEPSTEP_SEED", "17")
GOLDEN = 0.618034
TOO_LATE = "the apply had ended before"
INNER, LATER = "between two steps of the apply", "some time after the start"


@dataclass(frozen=True)
class Death:
    """How a process is to be killed: at message or inner moment *at*, or *at* milliseconds after its start."""

    how: str
    at: int

    @property
    def inner(self) -> int:
        return self.at if self.how == INNER else 0


@dataclass(frozen=True)
class Size:
    """How much there is of an uninterrupted apply: messages of each kind, inner moments, milliseconds."""

    messages: Mapping[str, int]
    moments: int
    milliseconds: int

    def death(self, random: Random, how: str, *, within: tuple[float, float] = (0, 1)) -> Death:
        """Return a death at a random point *within* these parts of the whole."""
        most = {INNER: self.moments, LATER: self.milliseconds, **self.messages}[how]
        return Death(how, max(1, round(random.uniform(*within) * most)))


def part(number: int, parts: int, *, after: float = 0) -> tuple[float, float]:
    """Return one of *parts* equal parts of what comes *after*; neighbouring numbers are far apart."""
    place = number * GOLDEN % 1
    return after + place * (1 - after), min(1, after + (place + 1 / parts) * (1 - after))


@dataclass
class Trial:
    """An installation, and what it takes to apply one plan there."""

    world: World
    rule: tuple[SyncRule, MappingSpec]
    plan: Plan
    driver: Driver
    wire: Wire
    directory: ActiveDirectoryConnection | None = None
    half_made: Callable[[], str] = str
    told: list[str] = field(default_factory=list)

    def job(self, die: int = 0) -> Job:
        return Job(
            home=str(self.world.home),
            url=self.world.url,
            rule=self.rule,
            digest=self.plan.digest,
            die=die,
            directory=self.directory,
            secrets=self.world.secrets,
        )

    def live(self, death: Death | None = None) -> int:
        """Apply the plan in a process of its own that meets *death*; its exit code."""
        known, pid = threading.Event(), 0

        def burn() -> None:
            known.wait(10)
            os.kill(pid, signal.SIGKILL)

        wired = death is not None and death.how in MOMENTS
        self.wire.arm(Fuse(death.at, death.how, burn) if death and wired else None)
        pid = self.driver.start(self.job(death.inner if death else 0))
        known.set()
        if death and death.how == LATER:
            time.sleep(death.at / 1000)
            burn_quietly(pid)
        code = self.driver.wait()
        self.told.append(f"{death}: {code} {self.report()}")
        return code

    def report(self) -> str:
        report = self.world.home / "report"
        return report.read_text() if report.exists() else ""

    def measure(self) -> Size:
        """Apply without any death; how much there was of it."""
        started = time.monotonic()
        assert self.live() == 0, self.told
        taken = int((time.monotonic() - started) * 1000)
        moments = int((self.world.home / "moments").read_text())
        return Size({moment: self.wire.count(moment) for moment in MOMENTS}, moments, taken)

    def go_on(self, deaths: Sequence[Death], landed: Counter[str]) -> None:
        """Live and die as *deaths* say, and then until the apply ends by itself and all is done."""
        for death in deaths:
            code = self.live(death)
            if code != KILLED:
                landed[TOO_LATE] += 1
                break
            landed[self.standing()] += 1
        for _ in range(5):
            if self.live() == 0:
                return
        raise AssertionError(f"seed {SEED}: " + "\n".join(self.told))

    def standing(self) -> str:
        """Return where the last process died, as the journal tells."""
        steps = steps_of(self.world.home)
        canary = self.rule[0].guards.canary
        total = len(self.plan.actions)
        phase = "canary" if len(steps) <= canary < total else "rest"
        begun = [moment for state, moment in steps.values() if state == "begun"]
        if not steps:
            return "before the first effect"
        if not begun:
            return "after the last effect" if len(steps) == total else f"{phase}: between two batches"
        return f"{phase}: begun, {self.arrived(min(begun))}"

    def arrived(self, since: str) -> str:
        if self.directory is not None:
            return self.half_made()
        calls = [call for call in self.world.emulator.requests() if call["time"][:23] >= since[:23]]
        writes = [call for call in calls if call["committed"] and call["items"]]
        return "in effect, in part or whole" if writes else "not yet in effect"


def burn_quietly(pid: int) -> None:
    """Kill a process that may have ended by itself just now."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def steps_of(home: Path) -> dict[str, tuple[str, str]]:
    """Return state and time of beginning of each step of the newest run."""
    with closing(sqlite3.connect(home / "keepstep.db")) as connection:
        rows = connection.execute(
            "SELECT action, state, begun_at FROM steps WHERE run = (SELECT max(number) FROM runs)"
        ).fetchall()
    return {action: (state, begun_at or "") for action, state, begun_at in rows}
