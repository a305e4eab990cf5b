"""The loop of a worker: tells the engine what is due, carries turns out, and takes over from workers that died."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from keepstep.core.chunk import Chunk, ChunkKind, Claim
from keepstep.core.run import RunId
from keepstep.errors import ClaimLost, KeepstepError, Retry, StoreError
from keepstep.ports import Clock

ResultT = TypeVar("ResultT")

Work = Callable[[Claim], Awaitable[datetime | None]]
"""Does all of a chunk that can be done now; returns when to look again, None: not by itself."""

Tell = Callable[[str], None]
"""Takes a line that says what the worker is at."""

TICK: Final = 0.1
_FIRST_GAP: Final = 1.0
_LONGEST_GAP: Final = 300.0
_KEPT: Final = timedelta(days=1)
_RESCUE_SECONDS: Final = 10
_ALONE_SECONDS: Final = 60
_PATIENCE: Final = 5.0
"""A command that follows a run waits so many seconds for what is due next."""


class Chunks(Protocol):
    """The ledger of what is to be done."""

    def due(self, now: datetime, limit: int = 200) -> list[Chunk]:
        """Return the chunks that have something to do by *now*."""
        ...

    def claim(self, chunk: Chunk, worker: str) -> Claim | None:
        """Take *chunk* for *worker*; None if this turn of it is over."""
        ...

    def settle(self, claim: Claim, began: datetime, due_at: datetime | None) -> None:
        """End this turn of the chunk, to be looked at again at *due_at*, or not by itself."""
        ...

    def unsettled(self, run: RunId, now: datetime) -> int:
        """Return how many chunks of *run* have something to do by *now*."""
        ...


class Workers(Protocol):
    """Who else is at work."""

    @property
    def shared(self) -> bool:
        """Whether several can be at work."""
        ...

    def enter(self) -> bool:
        """Return whether this process may be at work."""
        ...

    def leave(self, name: str) -> None:
        """Be at work no longer; what *name* left is for the others."""
        ...

    def beat(self, name: str) -> None:
        """Say that *name* is alive."""
        ...

    def silent(self, silence: timedelta) -> list[str]:
        """Return who gave no sign of life for *silence*."""
        ...

    def forget(self, name: str) -> None:
        """Forget *name*."""
        ...

    def lead(self) -> bool:
        """Return whether this process is the one that takes over from the dead."""
        ...

    def follow(self) -> None:
        """Let another process be that one."""
        ...


class Engine(Protocol):
    """What carries turns out, also after this process died."""

    async def start(self) -> None:
        """Begin."""
        ...

    async def enqueue(self, chunk: str) -> None:
        """Have a turn carried out, once."""
        ...

    async def take_over(self, dead: str) -> int:
        """Queue again what the worker *dead* had begun."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget what ended before the moment *before*."""
        ...

    async def stop(self) -> None:
        """Let go."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How quickly workers notice: a sign of life *beat* seconds apart; one who gave none for *silence* is dead.

    *leaving*: for so long one that was told to stop lets what is under way end.
    """

    beat: float = 5.0
    silence: float = 30.0
    leaving: float = 20.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """One worker. *make_engine* gives the engine for the turns that are handed to it.

    *rescue*: goes on with what other processes left unfinished; a worker that stays calls it from time to time.
    *companions*: what a worker that stays does beside its chunks, until the event is set.
    """

    name: str
    make_engine: Callable[[Callable[[str], Awaitable[None]]], Engine]
    chunks: Chunks
    workers: Workers
    works: Mapping[ChunkKind, Work]
    clock: Clock
    tell: Tell
    tempo: Tempo = field(default_factory=Tempo)
    rescue: Callable[[], Awaitable[None]] | None = None
    companions: Sequence[Callable[[asyncio.Event], Awaitable[None]]] = ()
    _rescuing: asyncio.Future[None] | None = None
    _rescued: datetime | None = None
    _engine: Engine | None = None
    _told: set[str] = field(default_factory=set[str])
    _busy: set[str] = field(default_factory=set[str])
    _failed: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    _leaving: bool = False
    _cut_off: bool = False
    _beaten: datetime | None = None
    _cleaned: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Be at work until *stop*. StoreError if another process works on this file already."""
        if not await self._enter():
            raise StoreError(
                "another worker is at work on this home",
                hint="one process works on an SQLite database; with PostgreSQL there can be several",
            )
        beside = [asyncio.create_task(self._accompanied(companion, stop)) for companion in self.companions]
        try:
            while not stop.is_set():
                await self._living(self._tick)
                self._look_after()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), TICK)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._leave()

    async def _accompanied(self, companion: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        """Let *companion* go on until *stop*; what it runs into is told, once while it lasts, and it begins again."""
        told = ""
        while not stop.is_set():
            (end,) = await asyncio.gather(companion(stop), return_exceptions=True)
            why = _why(end) if isinstance(end, BaseException) else ""
            if why and why != told:
                self.tell(why)
            told = why
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _FIRST_GAP)

    async def see_through(
        self, run: RunId, watch: Callable[[], None], until: Callable[[], bool] = lambda: False
    ) -> None:
        """Be at work until nothing of *run* is due any more; where another process is at work, only watch it.

        *watch* is called from time to time, and *until* says whether that is enough. If the other process dies, this
        one takes its place.
        """
        entered = await self._enter()
        try:
            while True:
                if not entered:
                    entered = await self._enter()
                if entered:
                    await self._living(self._tick)
                watch()
                if await asyncio.to_thread(until):
                    return
                soon = self.clock.now() + timedelta(seconds=_PATIENCE)
                if not await asyncio.to_thread(self.chunks.unsettled, run, soon):
                    return
                await asyncio.sleep(TICK)
        finally:
            if entered:
                await self._leave()

    async def _enter(self) -> bool:
        if not await asyncio.to_thread(self.workers.enter):
            return False
        # known before it begins anything: who dies in its first moment is missed too
        await self._beat()
        self._engine = self.make_engine(self._turn)
        await self._engine.start()
        return True

    async def _leave(self) -> None:
        """Take nothing more, let what is under way end, and leave the rest to the next one."""
        self._leaving = True
        if self._rescuing is not None and not self._rescuing.done():
            self._rescuing.cancel()
            with suppress(asyncio.CancelledError):
                await self._rescuing
        for _ in range(round(self.tempo.leaving / TICK)):
            if not self._busy:
                break
            await self._living(self._beat)
            await asyncio.sleep(TICK)
        if self._engine is not None:
            await self._engine.stop()
        with suppress(StoreError):
            await asyncio.to_thread(self.workers.leave, self.name)

    async def _tick(self) -> None:
        """Tell the engine what is due, give a sign of life, and look after the dead."""
        engine = self._engine
        assert engine is not None  # noqa: S101 - entered before
        now = self.clock.now()
        due = await asyncio.to_thread(self.chunks.due, now)
        # what is due no more was carried out, maybe by another worker, and is let go of
        self._told &= {chunk.id for chunk in due}
        for chunk in due:
            if chunk.id not in self._told:
                await engine.enqueue(chunk.id)
                self._told.add(chunk.id)
        if await self._beat():
            await self._take_over(engine)
        if self._cleaned is None or now - self._cleaned > _KEPT:
            self._cleaned = now
            await engine.forget(now - _KEPT)

    async def _living(self, step: Callable[[], Awaitable[object]]) -> None:
        """Do *step*; where the database cannot be used for a time, say so, and wait for it."""
        try:
            await step()
        except StoreError as exc:
            if exc.retry is not Retry.LATER:
                raise
            if not self._cut_off:
                self.tell(f"{exc.message}; tried again until it can")
            self._cut_off = True
            await asyncio.sleep(_FIRST_GAP)
        else:
            self._cut_off = False

    async def _beat(self) -> bool:
        """Give a sign of life if it is time for one; return whether it is time to look for others who gave none."""
        now = self.clock.now()
        # where nobody could take over it is for people alone, who do not look so often
        beat = self.tempo.beat if self.workers.shared else _ALONE_SECONDS
        if self._beaten is not None and (now - self._beaten).total_seconds() < beat:
            return False
        self._beaten = now
        await asyncio.to_thread(self.workers.beat, self.name)
        return self.workers.shared

    def _look_after(self) -> None:
        """Begin to go on with what other processes left, unless that is under way or was just done."""
        now = self.clock.now()
        recent = self._rescued is not None and (now - self._rescued).total_seconds() < _RESCUE_SECONDS
        if self.rescue is None or recent or (self._rescuing is not None and not self._rescuing.done()):
            return
        self._rescued = now
        self._rescuing = asyncio.ensure_future(self.rescue())
        self._rescuing.add_done_callback(self._rescue_ended)

    def _rescue_ended(self, rescuing: "asyncio.Future[None]") -> None:
        """Say what it ran into; the worker goes on, and tries again."""
        if not rescuing.cancelled() and (exc := rescuing.exception()) is not None:
            self.tell(_why(exc))

    async def _take_over(self, engine: Engine) -> None:
        """Have what the dead had begun carried out by the living; one worker at a time does this."""
        silent = await asyncio.to_thread(self.workers.silent, timedelta(seconds=self.tempo.silence))
        others = [name for name in silent if name != self.name]
        if not others or not await asyncio.to_thread(self.workers.lead):
            return
        try:
            for name in others:
                count = await engine.take_over(name)
                await asyncio.to_thread(self.workers.forget, name)
                if count:
                    self.tell(f"worker {name} is gone: {count} of its chunks are taken over")
        finally:
            await asyncio.to_thread(self.workers.follow)

    async def _turn(self, chunk_id: str) -> None:
        """Carry out one turn of a chunk; never raises, as the engine would take that for the end of it."""
        if self._leaving:
            # the next one finds it begun, and nothing done
            await asyncio.Event().wait()
        chunk = _chunk(chunk_id)
        self._busy.add(chunk_id)
        try:
            await self._claimed(chunk)
        finally:
            self._busy.discard(chunk_id)
            self._told.discard(chunk_id)

    async def _claimed(self, chunk: Chunk) -> None:
        claim = await self._insisting(lambda: self.chunks.claim(chunk, self.name))
        if claim is None:
            return
        began = self.clock.now()
        place = (chunk.run, chunk.number)
        try:
            due_at = await self.works[chunk.kind](claim)
            self._failed.pop(place, None)
        except ClaimLost:
            due_at = None  # stopped by a person; if it was taken over, `settle` says so
        except Exception as exc:  # noqa: BLE001 - whatever a chunk runs into, the others go on
            tries = self._failed[place] = self._failed.get(place, 0) + 1
            gap = min(_FIRST_GAP * 2 ** (tries - 1), _LONGEST_GAP)
            due_at = self.clock.now() + timedelta(seconds=gap)
            self.tell(f"run {chunk.run}, chunk {chunk.number}: {_why(exc)}; tried again in {gap:.0f} s")
        with suppress(ClaimLost):
            await self._insisting(lambda: self.chunks.settle(claim, began, due_at))

    async def _insisting(self, call: Callable[[], ResultT]) -> ResultT:
        """Return what *call* gives, again and again while the database cannot be used."""
        while True:
            try:
                return await asyncio.to_thread(call)
            except StoreError as exc:
                self.tell(exc.message)
                await asyncio.sleep(_FIRST_GAP)


def _why(exc: BaseException) -> str:
    return exc.message if isinstance(exc, KeepstepError) else f"a fault in Keepstep ({type(exc).__name__})"


def _chunk(text: str) -> Chunk:
    kind, run, number, turn = text.split("/")
    return Chunk(kind=ChunkKind(kind), run=RunId(run), number=int(number), turn=int(turn))
