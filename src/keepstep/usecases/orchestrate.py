"""Go on with a chunk of a template run: each subject block by block, until it ends or waits."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import ChannelSpec
from keepstep.core.chunk import Claim
from keepstep.core.duration import parse_duration
from keepstep.core.macro_context import iso
from keepstep.core.run import RunId
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.core.template import MOST_EXECUTIONS, BlockSpec, WebhookBlock
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
from keepstep.errors import ClaimLost, KeepstepError
from keepstep.ports import Ports
from keepstep.usecases.fire import firing_of, values_of
from keepstep.usecases.notify import Post
from keepstep.usecases.run_block import Waits, carry_out
from keepstep.usecases.wait_for import Waiting, wait_for

AT_ONCE: Final = 16
"""How many subjects of a chunk are gone on with at the same time."""


class RunLedger(Protocol):
    """Where the runs of templates are written down. ClaimLost from each coroutine when the claim is over."""

    def run(self, prefix: str) -> TemplateRun:
        """Return the run whose id starts with *prefix*."""
        ...

    def version(self, digest: str) -> TemplateVersion:
        """Return the version that a run pinned."""
        ...

    def due(self, claim: Claim) -> list[SubjectRun]:
        """Return the subjects of the chunk that can be gone on with now."""
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

    def end_if_over(self, run: RunId) -> TemplateRunState | None:
        """End *run* if all its subjects have ended; return how, the first time only."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDesk:
    """What a run needs: the world, the ledger, the post, and the channels of the configuration in force."""

    ports: Ports
    ledger: RunLedger
    post: Post
    channels: Mapping[str, ChannelSpec]
    texts: BlockTexts


async def orchestrate(desk: RunDesk, claim: Claim) -> datetime | None:
    """Do all that can be done of the chunk of *claim* now; return when to look again, None: not by itself.

    Nothing of one subject stops another. ClaimLost if another worker took the chunk over, or the run was stopped.
    """
    run = desk.ledger.run(claim.chunk.run)
    who = desk.ledger.due(claim)
    if who:
        version = desk.ledger.version(run.version)
        work = _Chunk(desk=desk, claim=claim, run=run, version=version)
        await work.perform(who)
    if (state := desk.ledger.end_if_over(run.id)) is not None:
        ended = desk.ledger.run(run.id)
        counts = {str(key): str(count) for key, count in ended.counts.items()}
        desk.ports.audit.add("run_ended", run.id, {"state": state, **counts}, operator=run.operator)
    return desk.ledger.next_wake(claim)


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """One chunk at work. *names*: what the version reads of its subjects. *counted*: how often a block was begun."""

    desk: RunDesk
    claim: Claim
    run: TemplateRun
    version: TemplateVersion
    names: tuple[str, ...] = ()
    begun: Mapping[int, BlockStep] = field(default_factory=dict[int, BlockStep])
    counted: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    votes: Sequence[Vote] = ()

    async def perform(self, who: Sequence[SubjectRun]) -> None:
        """Go on with everybody in *who*, some at a time."""
        positions = [subject.position for subject in who]
        self.names = self._names()
        self.begun = self.desk.ledger.begun(self.run.id, positions)
        self.counted = self.desk.ledger.executions(self.run.id, positions)
        self.votes = self.desk.ledger.votes(self.run.id, positions)
        fresh = await self._attributes(who)
        places = asyncio.Semaphore(AT_ONCE)
        stopped: list[KeepstepError] = []

        async def one(subject: SubjectRun) -> None:
            async with places:
                if any(isinstance(exc, ClaimLost) for exc in stopped):
                    return
                try:
                    await self._go_on(subject, fresh.get(subject.position))
                except KeepstepError as exc:
                    # a directory or the database that cannot be used now: the chunk is gone on with later
                    stopped.append(exc)

        async with asyncio.TaskGroup() as group:
            for subject in who:
                group.create_task(one(subject))
        if stopped:
            raise next((exc for exc in stopped if isinstance(exc, ClaimLost)), stopped[0])

    def _names(self) -> tuple[str, ...]:
        found = dict.fromkeys(self.version.attributes(self.desk.texts))
        for reference, webhook in self.version.webhooks.items():
            connection = reference.partition(".")[0]
            try:
                found.update(dict.fromkeys(firing_of(self.desk.ports, connection).names(webhook)))
            except KeepstepError:
                continue  # the block that fires it says what is wrong
        for channel in self.desk.channels.values():
            for text in getattr(channel, "to", ()):
                found.update(dict.fromkeys(self.desk.texts.attributes(text, "to")))
        return tuple(found)

    async def _attributes(self, who: Sequence[SubjectRun]) -> dict[int, dict[str, Values] | None]:
        """Return the attributes of everybody in *who* as they are now, by position; None for who is no longer there."""
        by_side: dict[str, list[SubjectRun]] = {}
        for subject in who:
            by_side.setdefault(subject.side, []).append(subject)
        found: dict[int, dict[str, Values] | None] = {}
        for group in by_side.values():
            subjects = {one.position: _subject(one) for one in group}
            held = await values_of(self.desk.ports, self.names, list(subjects.values()))
            found |= {position: held.get(subject) for position, subject in subjects.items()}
        return found

    async def _go_on(self, subject: SubjectRun, attributes: dict[str, Values] | None) -> None:
        """Carry out one block after the other for *subject* until it ends or waits."""
        waited = subject.state is not SubjectState.READY
        read = True
        while True:
            if not read:
                attributes = (await self._attributes([subject]))[subject.position]
            if waited and (reason := self._called_off(subject, attributes)):
                await self.desk.ledger.place(self.claim, _ended(subject, SubjectState.CANCELLED, reason))
                return
            block = self.version.template.blocks.get(subject.block)
            if block is None:
                told = f"there is no block {subject.block}"
                await self.desk.ledger.place(self.claim, _ended(subject, SubjectState.FAILED, told))
                return
            subject, waited = await self._one(subject, block, attributes, waited=waited)
            if subject.state is not SubjectState.READY:
                return
            # an action, a person or the time that passed may have changed whom this is about
            read = not (waited or self._changes(block))

    def _changes(self, block: BlockSpec) -> bool:
        return not isinstance(block, WebhookBlock) and getattr(block, "if_", None) is None

    async def _one(
        self, subject: SubjectRun, block: BlockSpec, attributes: dict[str, Values] | None, *, waited: bool
    ) -> tuple[SubjectRun, bool]:
        """Carry out *block* for *subject*, and return where it stands then, and whether it has waited."""
        begun = self.begun.get(subject.position)
        resumed = begun is not None and begun.execution == subject.executions and begun.block == subject.block
        execution = subject.executions
        order = self._order(subject, attributes, execution, resumed=resumed)
        outcome = await self._waits(block, subject, order)
        if isinstance(outcome, Waits):
            state = SubjectState.APPROVAL if outcome.approval else SubjectState.WAITING
            since = subject.since or self.desk.ports.clock.now()
            parked = replace(subject, state=state, wake_at=outcome.until, since=since, detail=outcome.detail)
            await self.desk.ledger.place(self.claim, parked)
            return parked, True
        if not resumed:
            await self._begin(subject, execution)
        result = outcome or await self._carried_out(block, subject, order, attributes)
        after = self._after(subject, block, result)
        self.begun = {position: step for position, step in self.begun.items() if position != subject.position}
        done = Finished(execution=execution, block=subject.block, result=result, after=after)
        await self.desk.ledger.finish(self.claim, done)
        return after, waited and outcome is not None

    async def _begin(self, subject: SubjectRun, execution: int) -> None:
        key = (subject.position, subject.block)
        step = BlockStep(position=subject.position, execution=execution, block=subject.block, state=BlockState.BEGUN)
        await self.desk.ledger.begin(self.claim, step)
        self.counted[key] = self.counted.get(key, 0) + 1

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

    async def _carried_out(
        self, block: BlockSpec, subject: SubjectRun, order: Order, attributes: dict[str, Values] | None
    ) -> BlockResult:
        if self.counted.get((subject.position, subject.block), 0) > MOST_EXECUTIONS:
            told = f"block {subject.block} would run more than {MOST_EXECUTIONS} times: it is a loop without an end"
            return BlockResult(state=BlockState.FAILED, cause=Cause.LOOP, detail=told)
        if attributes is None and not _needs_nobody(block):
            told = "the subject is no longer there"
            return BlockResult(state=BlockState.FAILED, cause=Cause.ABSENT, detail=told)
        return await carry_out(self.desk, self.version, block, order)

    def _order(
        self, subject: SubjectRun, attributes: dict[str, Values] | None, execution: int, *, resumed: bool
    ) -> Order:
        key = f"{self.run.id}.{subject.position}.{execution}"
        shared: dict[str, Values] = {
            "subject.key": (subject.key,),
            "subject.name": (subject.name,),
            "run.id": (self.run.id,),
            "run.operator": (self.run.operator,),
            "call.id": (key,),
            "now": (iso(self.desk.ports.clock.now()),),
        }
        values = {**(attributes or {}), **subject.given, **shared}
        return Order(key=key, subject=_subject(subject), values=values, resumed=resumed)

    def _after(self, subject: SubjectRun, block: BlockSpec, result: BlockResult) -> SubjectRun:
        """Return where *subject* stands after *block* came to *result*."""
        here = f"blocks.{subject.block}"
        told: dict[str, Values] = {f"{here}.result": (result.state,), f"{here}.detail": (result.detail,)}
        given = {**subject.given, **told, **{f"{here}.{name}": held for name, held in result.values.items()}}
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
            return _ended(moved, state, goal.detail or result.detail)
        return replace(moved, state=SubjectState.READY, block=goal)

    def _called_off(self, subject: SubjectRun, attributes: dict[str, Values] | None) -> str:
        """Return why the run of *subject*, which waited, is called off; empty if it is not."""
        condition = self.version.template.cancelled_by
        if not condition or attributes is None:
            return ""
        values = {**attributes, **subject.given}
        try:
            held = self.desk.texts.holds(condition, values, "cancelled_by")
        except KeepstepError:
            return ""
        return f"called off, as {condition} holds" if held else ""


def _needs_nobody(block: BlockSpec) -> bool:
    """Whether *block* makes sense for somebody who is no longer in the directory."""
    verb = getattr(getattr(block, "action", None), "verb", "")
    return verb in {"restore", "delete", "create"} or not isinstance(block, WebhookBlock)


def _subject(subject: SubjectRun) -> Subject:
    connection, _, objects = subject.side.partition(".")
    return Subject(side=Side(connection, objects), key=subject.key, name=subject.name)


def _ended(subject: SubjectRun, state: SubjectState, detail: str) -> SubjectRun:
    return replace(subject, state=state, wake_at=None, detail=detail)
