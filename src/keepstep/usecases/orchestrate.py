"""Go on with a chunk of a template run: each subject block by block, until it ends or waits."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.canary import CanaryState, judge_canary
from keepstep.core.channel import ChannelSpec
from keepstep.core.chunk import Claim
from keepstep.core.duration import parse_duration
from keepstep.core.macro_context import iso
from keepstep.core.notice import Message
from keepstep.core.run import RunId
from keepstep.core.subject import Order
from keepstep.core.template import MOST_EXECUTIONS, ActionBlock, BlockSpec, connection_of, is_wait
from keepstep.core.template_run import (
    BlockStep,
    Finished,
    SubjectRun,
    SubjectState,
    TemplateRun,
    TemplateRunState,
    Vote,
)
from keepstep.core.template_step import Ended, following
from keepstep.core.template_version import TemplateVersion
from keepstep.core.values import Values
from keepstep.errors import CircuitOpen, ClaimLost, KeepstepError
from keepstep.ports import Ports
from keepstep.usecases.heed_circuit import note_result
from keepstep.usecases.look_at import Look, Seen, subject_of
from keepstep.usecases.notify import Post
from keepstep.usecases.run_block import Waits, carry_out
from keepstep.usecases.wait_for import Waiting, wait_for, within

Told = Callable[[TemplateRun], Sequence[Message]]

AT_ONCE: Final = 16
"""How many subjects of a chunk are gone on with at the same time."""

FRESH: Final = timedelta(seconds=30)
"""For how long what was read of a subject counts as how it is now."""


class RunLedger(Protocol):
    """Where the runs of templates are written down. ClaimLost from each coroutine when the claim is over."""

    def run(self, prefix: str) -> TemplateRun:
        """Return the run whose id starts with *prefix*, with its counts."""
        ...

    def head(self, run: RunId) -> TemplateRun:
        """Return *run* without its counts, which take longer the more subjects it has."""
        ...

    def note(self, run: RunId, text: str) -> None:
        """Keep what a person should know of *run* while it goes on; empty: all is well."""
        ...

    def version(self, digest: str) -> TemplateVersion:
        """Return the version that a run pinned."""
        ...

    def due(self, claim: Claim) -> list[SubjectRun]:
        """Return the subjects of the chunk that can be gone on with now."""
        ...

    def where(self, run: RunId, position: int) -> SubjectRun:
        """Return where one subject stands."""
        ...

    def begun(self, run: RunId, positions: Sequence[int]) -> dict[int, BlockStep]:
        """Return the executions that were begun and have no end, by position."""
        ...

    def executions(self, run: RunId, positions: Sequence[int]) -> dict[tuple[int, str], int]:
        """Return how often each block was begun for each of *positions*."""
        ...

    def votes(self, run: RunId, positions: Sequence[int]) -> list[Vote]:
        """Return what people decided about *positions*."""
        ...

    def next_wake(self, claim: Claim) -> datetime | None:
        """Return when the first open subject of the chunk is looked at again."""
        ...

    async def begin(self, claim: Claim, step: BlockStep) -> None:
        """Write down, on disk when this returns, that *step* is about to be carried out."""
        ...

    async def finish(self, claim: Claim, done: Finished) -> None:
        """Write down what came of an execution, and where its subject stands after it."""
        ...

    async def place(self, claim: Claim, subject: SubjectRun) -> None:
        """Write down where *subject* stands."""
        ...

    def release(self, run: RunId) -> None:
        """Let the rest go on, as all went well with the first few."""
        ...

    def stop_at_canary(self, run: RunId, why: str, told: Told) -> bool:
        """Pause *run*, as it went badly with the first few; False if that was done already."""
        ...

    def end_if_over(self, run: RunId, told: Told) -> TemplateRunState | None:
        """End *run* if all its subjects have ended; return how, the first time only."""
        ...

    def subjects(
        self, run: RunId, *, states: Sequence[SubjectState] = (), after: int = -1, limit: int = 1000
    ) -> list[SubjectRun]:
        """Return the subjects of *run* behind position *after*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDesk:
    """What a run needs: the world, the ledger, the post, and the channels of the configuration in force.

    *told*: gives what people are told of a run that ended, or was paused.
    """

    ports: Ports
    ledger: RunLedger
    post: Post
    channels: Mapping[str, ChannelSpec]
    texts: BlockTexts
    told: Told = lambda _run: ()


async def orchestrate(desk: RunDesk, claim: Claim) -> datetime | None:
    """Do all that can be done of the chunk of *claim* now; return when to look again, None: not by itself.

    Nothing of one subject stops another. ClaimLost if another worker took the chunk over, or the run was stopped.
    """
    run = desk.ledger.head(claim.chunk.run)
    who = desk.ledger.due(claim)
    if who:
        version = desk.ledger.version(run.version)
        try:
            await _Chunk(desk=desk, claim=claim, run=run, version=version).perform(who)
        except ClaimLost:
            raise
        except KeepstepError as exc:
            desk.ledger.note(run.id, exc.message)
            raise
        if run.note:
            desk.ledger.note(run.id, "")
    if run.canary > 0 and claim.chunk.number == 0:
        _look_at_canary(desk, run)
    if (state := desk.ledger.end_if_over(run.id, desk.told)) is not None:
        ended = desk.ledger.run(run.id)
        counts = {str(key): str(count) for key, count in ended.counts.items()}
        desk.ports.audit.add("run_ended", run.id, {"state": state, **counts}, operator=run.operator)
    return desk.ledger.next_wake(claim)


def _look_at_canary(desk: RunDesk, run: TemplateRun) -> None:
    """Let the rest of *run* go on if all went well with the first few; pause it if not."""
    first = desk.ledger.subjects(run.id, limit=run.canary)
    state, why = judge_canary(first, desk.ledger.version(run.version).template.blocks)
    if state is CanaryState.PASSED:
        desk.ledger.release(run.id)
    elif state is CanaryState.FAILED and desk.ledger.stop_at_canary(run.id, why, desk.told):
        desk.ports.audit.add("canary_stopped", run.id, {"why": why}, operator=run.operator)


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """One chunk at work. *counted*: how often a block was begun."""

    desk: RunDesk
    claim: Claim
    run: TemplateRun
    version: TemplateVersion
    begun: dict[int, BlockStep] = field(default_factory=dict[int, BlockStep])
    counted: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    votes: Sequence[Vote] = ()

    @property
    def look(self) -> Look:
        """How subjects are looked at."""
        return Look(ports=self.desk.ports, texts=self.desk.texts, channels=self.desk.channels, version=self.version)

    async def perform(self, who: Sequence[SubjectRun]) -> None:
        """Go on with everybody in *who*, some at a time."""
        positions = [subject.position for subject in who]
        self.begun = dict(self.desk.ledger.begun(self.run.id, positions))
        self.counted = self.desk.ledger.executions(self.run.id, positions)
        self.votes = self.desk.ledger.votes(self.run.id, positions)
        fresh = await self.look.at(who)
        places = asyncio.Semaphore(AT_ONCE)
        lost = False

        async def one(subject: SubjectRun) -> None:
            nonlocal lost
            async with places:
                if lost:
                    return
                try:
                    await self._go_on(subject, fresh[subject.position])
                except ClaimLost:
                    lost = True
                    raise

        ends = await asyncio.gather(*map(one, who), return_exceptions=True)
        problems = [exc for exc in ends if isinstance(exc, BaseException)]
        for subject, exc in zip(who, ends, strict=True):
            if isinstance(exc, Exception) and not isinstance(exc, KeepstepError):
                await self._broken(subject, exc)
        # a directory or the database that cannot be used now: the chunk is gone on with later
        known = [exc for exc in problems if isinstance(exc, KeepstepError) or not isinstance(exc, Exception)]
        if known:
            raise next((exc for exc in known if isinstance(exc, ClaimLost)), known[0])

    async def _broken(self, subject: SubjectRun, exc: Exception) -> None:
        """A fault in Keepstep ends the run of the one subject that met it, and no other."""
        now = self.desk.ledger.where(self.run.id, subject.position)
        told = f"a fault in Keepstep ({type(exc).__name__}): please report it"
        await self.desk.ledger.place(self.claim, _ended(now, SubjectState.UNKNOWN, told))

    async def _go_on(self, subject: SubjectRun, seen: Seen) -> None:
        """Carry out one block after the other for *subject* until it ends or waits."""
        waited = subject.state is not SubjectState.READY
        while True:
            if self.desk.ports.clock.now() - seen.at > FRESH:
                seen = await self.look.again(subject)
            block = self.version.template.blocks.get(subject.block)
            stop = self._called_off(subject, seen) if waited else None
            if block is None:
                stop = _ended(subject, SubjectState.FAILED, f"there is no block {subject.block}")
            if block is None or stop is not None:
                await self.desk.ledger.place(self.claim, stop or subject)
                return
            after, waits = await self._one(subject, block, seen)
            if after.state is not SubjectState.READY and not waits:
                return
            # an action, a person or the time that passed may have changed whom this is about
            if waits or isinstance(block, ActionBlock):
                seen = await self.look.again(after)
            subject, waited = after, waits

    async def _one(self, subject: SubjectRun, block: BlockSpec, seen: Seen) -> tuple[SubjectRun, bool]:
        """Carry out *block* for *subject*; return where it stands then, and whether it has just waited for that."""
        begun = self.begun.pop(subject.position, None)
        resumed = begun is not None and begun.execution == subject.executions and begun.block == subject.block
        order = self._order(subject, seen, since=begun.begun_at if begun and resumed else "")
        outcome = self._absent(subject, seen) or self._rests(block, subject) or await self._waits(block, subject, order)
        if isinstance(outcome, Waits):
            state = SubjectState.APPROVAL if outcome.approval else SubjectState.WAITING
            since = subject.since or self.desk.ports.clock.now()
            parked = replace(subject, state=state, wake_at=outcome.until, since=since, detail=outcome.detail)
            await self.desk.ledger.place(self.claim, parked)
            return parked, False
        if not resumed:
            await self._begin(subject)
        result = outcome or await self._carried_out(block, subject, order)
        waits = is_wait(block)
        after = self._after(subject, block, result)
        if waits and after.state is SubjectState.READY:
            # it is not ready yet: after a wait, whether the run is called off is judged before anything is begun
            after = replace(after, state=SubjectState.WAITING)
        done = Finished(execution=subject.executions, block=subject.block, result=result, after=after)
        await self.desk.ledger.finish(self.claim, done)
        return after, waits and after.state is SubjectState.WAITING

    async def _begin(self, subject: SubjectRun) -> None:
        key = (subject.position, subject.block)
        step = BlockStep(
            position=subject.position, execution=subject.executions, block=subject.block, state=BlockState.BEGUN
        )
        await self.desk.ledger.begin(self.claim, step)
        self.counted[key] = self.counted.get(key, 0) + 1

    def _absent(self, subject: SubjectRun, seen: Seen) -> BlockResult | None:
        """Return that *subject* is no longer there, if its block has to read something of it."""
        if seen.attributes is not None or not self.look.reads(subject.block):
            return None
        told = "the subject is no longer there"
        return BlockResult(state=BlockState.FAILED, cause=Cause.ABSENT, detail=told)

    def _rests(self, block: BlockSpec, subject: SubjectRun) -> Waits | None:
        """Return until when *subject* waits as the system that *block* calls is left in peace."""
        try:
            if connection := connection_of(block, subject.side):
                self.desk.ports.circuits.admit(connection)
        except CircuitOpen as exc:
            return Waits(until=exc.until, detail=exc.message)
        return None

    async def _waits(self, block: BlockSpec, subject: SubjectRun, order: Order) -> Waits | BlockResult | None:
        """Return how long *subject* waits at *block*, or what came of it; None for a block that does not wait."""
        place = (subject.position, subject.executions)
        votes = [vote for vote in self.votes if (vote.position, vote.execution) == place]
        now = self.desk.ports.clock.now()
        one = Waiting(run=self.run, subject=subject, order=order, now=now, votes=votes)
        waits = await wait_for(self.desk.ports, self.desk.texts, self.version, block, one)
        if isinstance(waits, Waits) and self.version.template.cancelled_by and waits.until is not None:
            look = now + parse_duration(self.version.template.look_every)
            return replace(waits, until=min(waits.until, look))
        return waits

    async def _carried_out(self, block: BlockSpec, subject: SubjectRun, order: Order) -> BlockResult:
        if self.counted.get((subject.position, subject.block), 0) > MOST_EXECUTIONS:
            told = f"block {subject.block} would run more than {MOST_EXECUTIONS} times: it is a loop without an end"
            return BlockResult(state=BlockState.FAILED, cause=Cause.LOOP, detail=told)
        result = await carry_out(self.desk, self.version, block, order)
        if connection := connection_of(block, subject.side):
            note_result(self.desk.ports, connection, f"block {subject.block} for {subject.name}", result)
        return result

    def _order(self, subject: SubjectRun, seen: Seen, since: str = "") -> Order:
        """Return the order for the block of *subject*; begun *since* a time, it reads that as now, as it did then."""
        key = f"{self.run.id}.{subject.position}.{subject.executions}"
        now = datetime.fromisoformat(since) if since else self.desk.ports.clock.now()
        shared: dict[str, Values] = {
            "subject.key": (subject.key,),
            "subject.name": (subject.name,),
            "run.id": (self.run.id,),
            "run.operator": (self.run.operator,),
            "call.id": (key,),
            "now": (iso(now),),
        }
        values = {**(seen.attributes or {}), **within(subject.block, subject.given), **shared}
        return Order(key=key, subject=subject_of(subject), values=values, resumed=bool(since))

    def _after(self, subject: SubjectRun, block: BlockSpec, result: BlockResult) -> SubjectRun:
        """Return where *subject* stands after *block* came to *result*."""
        given = {**subject.given, **result.given(subject.block)}
        moved = replace(
            subject, given=given, executions=subject.executions + 1, since=None, wake_at=None, detail=result.detail
        )
        if result.state is BlockState.UNKNOWN:
            return replace(moved, state=SubjectState.UNKNOWN)
        if result.cause is Cause.LOOP:
            return _ended(moved, SubjectState.FAILED, result.detail)
        goal = following(block, result)
        if isinstance(goal, Ended):
            state = SubjectState.SUCCEEDED if goal.success else SubjectState.FAILED
            return _ended(moved, state, goal.detail or result.detail or ("" if goal.success else _why(given)))
        return replace(moved, state=SubjectState.READY, block=goal)

    def _called_off(self, subject: SubjectRun, seen: Seen) -> SubjectRun | None:
        """Return *subject* as it ends where its run, in which it waited, is called off; None if it is not."""
        condition = self.version.template.cancelled_by
        if not condition or seen.attributes is None:
            return None
        try:
            held = self.desk.texts.holds(condition, self._order(subject, seen).values, "cancelled_by")
        except KeepstepError as exc:
            return _ended(subject, SubjectState.FAILED, exc.message)
        return _ended(subject, SubjectState.CANCELLED, f"called off, as {condition} holds") if held else None


def _why(given: Mapping[str, Values]) -> str:
    """Return why the block that failed last did, for a run that was led to an end in failure."""
    failed = [name.removesuffix(".result") for name, held in given.items() if held == (BlockState.FAILED,)]
    return next((f"{name.removeprefix('blocks.')}: {given[f'{name}.detail'][0]}" for name in reversed(failed)), "")


def _ended(subject: SubjectRun, state: SubjectState, detail: str) -> SubjectRun:
    return replace(subject, state=state, wake_at=None, detail=detail)
