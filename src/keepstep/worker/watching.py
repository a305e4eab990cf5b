"""What a worker does beside its chunks: it watches sides, and starts what is due."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from keepstep.core.sync_rule import Side
from keepstep.errors import ClaimLost, KeepstepError
from keepstep.ports import Ports
from keepstep.usecases.watch import EventLedger, wait_for_news, watch_once

Sides = Mapping[Side, tuple[Collection[str], float]]
"""The sides to watch: which attributes, and how many seconds apart one is read that tells nothing by itself."""

_LOOK: Final = 2.0
_TICK: Final = 0.25
_WAKE: Final = 10.0
_DAY: Final = 86_400.0
_GAPS: Final = (1.0, 5.0, 30.0, 60.0)


class Locks(Protocol):
    """Who of several processes does something."""

    def acquire(self, rule: str) -> bool:
        """Take a lock. False if another living process has it."""
        ...

    def release(self, rule: str) -> None:
        """Let go of it."""
        ...


@dataclass(slots=True, kw_only=True)
class Watcher:
    """Watches every side that *sides* names, each in one process only; if that dies, another takes it up."""

    sides: Callable[[], Sides]
    ports: Callable[[], Ports]
    ledger: EventLedger
    locks: Locks
    tell: Callable[[str], None]
    _tasks: dict[Side, asyncio.Task[None]] = field(default_factory=dict[Side, asyncio.Task[None]])
    _told: dict[Side, str] = field(default_factory=dict[Side, str])

    async def __call__(self, stop: asyncio.Event) -> None:
        """Watch until *stop*."""
        try:
            while not stop.is_set():
                wanted = await asyncio.to_thread(self.sides)
                for side in self._tasks.keys() - wanted.keys():
                    await self._end(side)
                for side in wanted:
                    if side not in self._tasks or self._tasks[side].done():
                        self._say_why(side)
                        self._tasks[side] = asyncio.create_task(self._watch(side, stop))
                await pause(stop, _LOOK)
        finally:
            for side in list(self._tasks):
                await self._end(side)

    def _say_why(self, side: Side) -> None:
        """Say what the watching of *side* ran into, if it ended by that; once while it is the same."""
        task = self._tasks.get(side)
        exc = task.exception() if task is not None and task.done() and not task.cancelled() else None
        if exc is None:
            return
        why = exc.message if isinstance(exc, KeepstepError) else f"a fault in Keepstep ({type(exc).__name__})"
        if self._told.get(side) != why:
            self._told[side] = why
            self.tell(f"{side} cannot be watched: {why}; tried again until it can")

    async def _end(self, side: Side) -> None:
        task = self._tasks.pop(side)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, side: Side, stop: asyncio.Event) -> None:
        lock = f"watch:{side}"
        while not await asyncio.to_thread(self.locks.acquire, lock):
            await pause(stop, _LOOK)
            if stop.is_set():
                return
        failed = 0
        try:
            while not stop.is_set():
                try:
                    seconds = await self._look(side)
                    failed = 0
                except ClaimLost:
                    seconds = _LOOK
                except KeepstepError as exc:
                    seconds = _GAPS[min(failed, len(_GAPS) - 1)]
                    if not failed:
                        self.tell(f"{side} cannot be watched: {exc.message}; tried again until it can")
                    failed += 1
                await pause(stop, seconds)
        finally:
            await asyncio.to_thread(self.locks.release, lock)

    async def _look(self, side: Side) -> float:
        """Look once, and wait for news; return how many seconds to wait beside that."""
        wanted = (await asyncio.to_thread(self.sides)).get(side)
        if wanted is None:
            return _LOOK
        names, every = wanted
        ports = self.ports()
        found = await watch_once(ports, self.ledger, side, names)
        if found.note:
            self.tell(found.note)
            if found.unproven:
                return max(every, _GAPS[-1])
        return 0.0 if await wait_for_news(ports, side, _WAKE) else every


@dataclass(slots=True, kw_only=True)
class Scheduler:
    """Starts what is due, by the time and by what happened. *schedule* returns how much that was.

    *clean*: forgets what is old; called at the beginning and once a day.
    """

    schedule: Callable[[], int]
    clean: Callable[[], object]
    tell: Callable[[str], None]

    async def __call__(self, stop: asyncio.Event) -> None:
        """Look again and again until *stop*."""
        told, cleaned = "", -_DAY
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            try:
                if loop.time() - cleaned >= _DAY:
                    await asyncio.to_thread(self.clean)
                    cleaned = loop.time()
                await asyncio.to_thread(self.schedule)
                told = ""
            except KeepstepError as exc:
                if exc.message != told:
                    told = exc.message
                    self.tell(f"automations wait: {told}")
                await pause(stop, _LOOK)
            await pause(stop, _TICK)


@dataclass(slots=True, kw_only=True)
class Errand:
    """Does *step* again and again, in one process at a time; *name* is its lock.

    What it runs into is told, once while it is the same, after *words*; then it is tried again later.
    """

    name: str
    step: Callable[[], Awaitable[object]]
    words: str
    locks: Locks
    tell: Callable[[str], None]

    async def __call__(self, stop: asyncio.Event) -> None:
        """Go on until *stop*."""
        while not stop.is_set():
            if not await asyncio.to_thread(self.locks.acquire, self.name):
                await pause(stop, _LOOK)
                continue
            try:
                await self._go_on(stop)
            finally:
                await asyncio.to_thread(self.locks.release, self.name)

    async def _go_on(self, stop: asyncio.Event) -> None:
        told = ""
        while not stop.is_set():
            try:
                await self.step()
                told = ""
            except KeepstepError as exc:
                if exc.message != told:
                    told = exc.message
                    self.tell(f"{self.words}: {told}")
                await pause(stop, _GAPS[-1])
            await pause(stop, _LOOK)


Companion = Callable[[asyncio.Event], Awaitable[None]]
"""Goes on until the event is set."""


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait so many seconds, or until *stop*."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
