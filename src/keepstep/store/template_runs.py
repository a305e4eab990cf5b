"""Runs of templates: begun with all their subjects, carried on block by block, steered by people."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import Connection, insert, select, update

from keepstep.core.chunk import Chunk, ChunkKind, Claim
from keepstep.core.notice import Message
from keepstep.core.run import RunId
from keepstep.core.subject import Subject
from keepstep.core.template_run import (
    OPEN,
    Begun,
    BlockStep,
    Finished,
    SubjectRun,
    SubjectState,
    TemplateRun,
    TemplateRunState,
    Vote,
    ended_as,
)
from keepstep.core.template_version import TemplateVersion
from keepstep.errors import ClaimLost
from keepstep.ports import Clock
from keepstep.store import block_steps, chunks, subjects
from keepstep.store.database import Database
from keepstep.store.group_commit import GroupCommit, Together
from keepstep.store.notices import keep_messages
from keepstep.store.run_reads import RunReads, found, number_of, run_of
from keepstep.store.runs import new_id
from keepstep.store.tables import SUBJECTS, TEMPLATE_RUNS, TEMPLATE_VERSIONS, VOTES, storable

CHUNK: Final = 100
"""How many subjects one worker goes on with at a time."""

_ROWS: Final = 5_000

Told = Callable[[TemplateRun], Sequence[Message]]
"""Gives what people are told of a run as it stands now."""

_MOVABLE: Final = tuple(
    state for state in SubjectState if state not in {SubjectState.SUCCEEDED, SubjectState.CANCELLED}
)
"""Whom people may put somewhere else."""


class SqlTemplateRuns(RunReads):
    """The runs of templates in the database. What the coroutines write is group-committed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock
        self._group = GroupCommit(database)

    # ---------------------------------------------------------------- a run as a whole

    def open(self, version: TemplateVersion, who: Iterable[Subject], begun: Begun) -> TemplateRun:
        """Begin a run of *version* for everybody in *who*, in one transaction, due at once; or return the one begun."""
        now = self._clock.now()
        run = begun.id or new_id(now)
        with self._database.read() as connection:
            known = connection.execute(select(TEMPLATE_RUNS.c.id).where(TEMPLATE_RUNS.c.id == run)).first()
        if known is not None:
            return self.run(run)
        row = _row_of(run, version, begun, now)
        ahead = version.template.canary if begun.canary is None else begun.canary
        waiting = iter(who)
        with self._database.write() as connection:
            kept = {"digest": version.digest, "template": version.name, "document": version.text(), "at": now}
            known = self._database.insert(TEMPLATE_VERSIONS).values(kept).on_conflict_do_nothing()
            connection.execute(known)
            number = connection.execute(insert(TEMPLATE_RUNS).returning(TEMPLATE_RUNS.c.number), row).scalar_one()
            total, given = 0, subjects.given_text(begun.given)
            while some := list(islice(waiting, _ROWS)):
                rows = [
                    {
                        **subjects.row_of(number, place, one, chunk=_chunk(place, ahead), block=version.template.start),
                        "given": given,
                    }
                    for place, one in enumerate(some, total)
                ]
                connection.execute(insert(SUBJECTS), rows)
                total += len(some)
            last = _chunk(total - 1, ahead)
            parts = (Chunk(kind=ChunkKind.TEMPLATE, run=run, number=n) for n in range(last + 1))
            chunks.add(connection, parts, now)
            if last and ahead:
                _set(connection, number, canary=ahead)
        return self.run(run)

    def note(self, run: RunId, text: str) -> None:
        """Keep what a person should know of *run* while it goes on; empty: all is well."""
        statement = update(TEMPLATE_RUNS).where(TEMPLATE_RUNS.c.id == run, TEMPLATE_RUNS.c.note != storable(text))
        with self._database.write() as connection:
            connection.execute(statement.values(note=storable(text)))

    # ---------------------------------------------------------------- one chunk at work

    def due(self, claim: Claim) -> list[SubjectRun]:
        """Return the subjects of the chunk that can be gone on with now; none while the run is not running."""
        with self._database.read() as connection:
            row = found(connection, claim.chunk.run)
            if row.state != TemplateRunState.RUNNING.value or (row.canary > 0 and claim.chunk.number):
                return []
            return subjects.due(connection, row.number, claim.chunk.number, self._clock.now())

    def next_wake(self, claim: Claim) -> datetime | None:
        """Return when the first open subject of the chunk is looked at again; None: not by itself."""
        with self._database.read() as connection:
            row = found(connection, claim.chunk.run)
            if row.state != TemplateRunState.RUNNING.value or (row.canary > 0 and claim.chunk.number):
                return None
            return subjects.next_wake(connection, row.number, claim.chunk.number)

    async def begin(self, claim: Claim, step: BlockStep) -> None:
        """Write down, on disk when this returns, that *step* is about to be carried out.

        ClaimLost if another worker took the chunk over, or a person paused or cancelled the run.
        """
        now = self._clock.now()

        def write(together: Together) -> None:
            number = _at_work(together, claim)
            if not block_steps.begin(self._database, together.connection, number, step, now):
                raise _moved(claim)

        await self._group.do(write)

    async def finish(self, claim: Claim, done: Finished) -> None:
        """Write down what came of an execution, and where its subject stands after it, in one transaction.

        An effect that was made is written down whatever became of the run meanwhile, unless the chunk was taken over.
        """
        now = self._clock.now()

        def write(together: Together) -> None:
            number = _at_work(together, claim, running=False)
            connection, after = together.connection, done.after
            if not subjects.place(connection, number, after, at=done.execution):
                # what a person cancelled stays cancelled; who is somewhere else was moved by hand
                gone = replace(after, state=SubjectState.CANCELLED, wake_at=None, detail="the run was cancelled")
                if not subjects.place(connection, number, gone, at=done.execution, within=[SubjectState.CANCELLED]):
                    raise _moved(claim)
            block_steps.finish(connection, number, (after.position, done.execution), done.result, now)

        await self._group.do(write)

    async def place(self, claim: Claim, subject: SubjectRun) -> None:
        """Write down where *subject* stands, without an execution of a block."""

        def write(together: Together) -> None:
            number = _at_work(together, claim)
            if not subjects.place(together.connection, number, subject, at=subject.executions):
                raise _moved(claim)

        await self._group.do(write)

    def release(self, run: RunId) -> None:
        """Let the rest go on, as all went well with the first few."""
        with self._database.write() as connection:
            chunks.hold(connection, run)
            row = found(connection, run)
            if row.canary > 0:
                _set(connection, row.number, canary=0)
                chunks.wake(connection, run, self._clock.now())

    def stop_at_canary(self, run: RunId, why: str, told: Told) -> bool:
        """Pause *run*, as it went badly with the first few; False if it does not run, or they are judged already."""
        now = self._clock.now()
        with self._database.write() as connection:
            chunks.hold(connection, run)
            row = found(connection, run)
            if row.canary <= 0 or row.state != TemplateRunState.RUNNING.value:
                return False
            _set(connection, row.number, canary=-row.canary, note=storable(why), state=TemplateRunState.PAUSED.value)
            paused = run_of(found(connection, run), subjects.counts(connection, row.number))
            keep_messages(self._database, connection, told(paused), now)
        return True

    def end_if_over(self, run: RunId, told: Told) -> TemplateRunState | None:
        """End *run* if all its subjects have ended; return how, the first time only.

        What *told* gives is kept in the same transaction.
        """
        with self._database.read() as connection:
            if subjects.any_open(connection, number_of(connection, run)):
                return None
        with self._database.write() as connection:
            row = found(connection, run)
            if row.state != TemplateRunState.RUNNING.value:
                return None
            state = ended_as(subjects.counts(connection, row.number))
            if state is not None:
                _set_state(connection, row.number, state, self._clock.now())
                ended = run_of(found(connection, run), subjects.counts(connection, row.number))
                keep_messages(self._database, connection, told(ended), self._clock.now())
            return state

    # ---------------------------------------------------------------- people

    def change_state(self, run: RunId, state: TemplateRunState, allowed: Sequence[TemplateRunState]) -> bool:
        """Make *run* one of *state*, if it is one of *allowed* now; wake it where that means going on."""
        now = self._clock.now()
        with self._database.write() as connection:
            chunks.hold(connection, run)
            row = found(connection, run)
            if row.state not in {one.value for one in allowed}:
                return False
            ended = now if state is TemplateRunState.CANCELLED else None
            _set_state(connection, row.number, state, ended)
            if state is TemplateRunState.CANCELLED:
                left = update(SUBJECTS).where(
                    SUBJECTS.c.run == row.number,
                    SUBJECTS.c.state.in_([one.value for one in (*OPEN, SubjectState.UNKNOWN)]),
                )
                connection.execute(
                    left.values(state=SubjectState.CANCELLED.value, wake_at=None, detail="the run was cancelled")
                )
            if state is TemplateRunState.RUNNING:
                # a person saw how it went with the first few
                _set(connection, row.number, canary=max(row.canary, 0), note="" if row.canary < 0 else row.note)
                chunks.wake(connection, RunId(row.id), now)
        return True

    def move(self, run: RunId, changed: Sequence[SubjectRun]) -> int:
        """Write down where people put *changed* subjects, open the run again where it was over, and wake it.

        Return how many were moved: who went somewhere else meanwhile is not.
        """
        with self._database.write() as connection:
            return self._move(connection, run, changed)

    def _move(self, connection: Connection, run: RunId, changed: Sequence[SubjectRun], *, skipped: int = 0) -> int:
        now = self._clock.now()
        numbers = subjects.chunks_of(connection, number_of(connection, run), [one.position for one in changed])
        chunks.hold(connection, run, numbers)
        row = found(connection, run)
        if row.state == TemplateRunState.CANCELLED.value:
            return 0
        moved = sum(
            subjects.place(connection, row.number, one, at=one.executions - skipped, within=_MOVABLE) for one in changed
        )
        if row.state in {TemplateRunState.PARTIAL.value, TemplateRunState.DONE.value}:
            _set_state(connection, row.number, TemplateRunState.RUNNING, None)
        chunks.wake(connection, RunId(row.id), now, numbers)
        return moved

    def step_aside(self, run: RunId, done: Finished) -> bool:
        """Write down an execution that a person made the end of, and wake its chunk, in one transaction.

        False, and nothing is written, if the subject went somewhere else meanwhile, or its block is carried out now.
        """
        now, place = self._clock.now(), (done.after.position, done.execution)
        step = BlockStep(position=place[0], execution=place[1], block=done.block, state=done.result.state)
        with self._database.write() as connection:
            number = number_of(connection, run)
            chunks.hold(connection, run, subjects.chunks_of(connection, number, [done.after.position]))
            if not block_steps.begin(self._database, connection, number, step, now):
                return False
            if not self._move(connection, run, [done.after], skipped=1):
                connection.rollback()
                return False
            block_steps.finish(connection, number, place, done.result, now)
        return True

    def vote(self, run: RunId, vote: Vote) -> bool:
        """Keep *vote* and wake its chunk; False if this operator has decided already."""
        now = self._clock.now()
        with self._database.write() as connection:
            row = found(connection, run)
            numbers = subjects.chunks_of(connection, row.number, [vote.position])
            chunks.hold(connection, run, numbers)
            kept = {
                "run": row.number,
                "position": vote.position,
                "execution": vote.execution,
                "operator": storable(vote.operator),
                "approved": int(vote.approved),
                "note": storable(vote.note),
                "at": now,
            }
            statement = self._database.insert(VOTES).values(kept).on_conflict_do_nothing()
            made = connection.execute(statement.returning(VOTES.c.position)).first() is not None
            moved = update(SUBJECTS).where(SUBJECTS.c.run == row.number, SUBJECTS.c.position == vote.position)
            connection.execute(moved.values(wake_at=now))
            chunks.wake(connection, RunId(row.id), now, numbers)
        return made


def _at_work(together: Together, claim: Claim, *, running: bool = True) -> int:
    """Return the number of the run of *claim*; ClaimLost if it was taken over, or (*running*) is not running."""
    key = (claim.chunk.id, claim.fence)
    if key not in together.checked:
        chunks.check(together.connection, claim)
        row = found(together.connection, claim.chunk.run)
        together.checked[key] = (str(row.number), str(row.state))
    number, state = together.checked[key]
    if running and state != TemplateRunState.RUNNING.value:
        raise ClaimLost(f"run {claim.chunk.run} is {state}")
    return int(number)


def _moved(claim: Claim) -> ClaimLost:
    return ClaimLost(f"run {claim.chunk.run}: a subject of chunk {claim.chunk.number} was moved by a person")


def _set_state(connection: Connection, number: int, state: TemplateRunState, ended: datetime | None) -> None:
    _set(connection, number, state=state.value, ended=ended)


def _set(connection: Connection, number: int, **values: object) -> None:
    connection.execute(update(TEMPLATE_RUNS).where(TEMPLATE_RUNS.c.number == number).values(values))


def _row_of(run: RunId, version: TemplateVersion, begun: Begun, now: datetime) -> dict[str, object]:
    return {
        "id": run,
        "template": version.name,
        "version": version.digest,
        "state": TemplateRunState.RUNNING.value,
        "operator": storable(begun.operator),
        "started": now,
        "note": "",
    }


def _chunk(place: int, ahead: int) -> int:
    """Return the chunk of the subject at *place*, where the first is that of those who go *ahead*."""
    return place // CHUNK if not ahead else (0 if place < ahead else 1 + (place - ahead) // CHUNK)
