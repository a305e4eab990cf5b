"""The subjects of a run: where each stands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, and_, func, not_, or_, select, update

from keepstep.core.subject import Subject
from keepstep.core.template_run import OPEN, BlockCount, SubjectRun, SubjectState
from keepstep.core.values import NativeKey, Values
from keepstep.store.tables import SUBJECTS, storable

_OPEN: Final = tuple(state.value for state in OPEN)


def row_of(run: int, position: int, subject: Subject, *, chunk: int, block: str) -> dict[str, object]:
    """Return the row of *subject*, which begins at *block*."""
    return {
        "run": run,
        "position": position,
        "chunk": chunk,
        "side": str(subject.side),
        "subject_key": storable(subject.key),
        "name": storable(subject.name),
        "state": SubjectState.READY.value,
        "block": block,
        "given": "{}",
        "executions": 0,
        "wake_at": None,
        "since": None,
        "detail": "",
    }


def given_text(given: Mapping[str, Values]) -> str:
    """Return *given* as it is kept."""
    return storable(json.dumps(dict(given), ensure_ascii=True))


def due(connection: Connection, run: int, chunk: int, now: datetime) -> list[SubjectRun]:
    """Return the subjects of *chunk* that can be gone on with by *now*.

    Who waits for people is always looked at: a vote may have come while it was put to sleep.
    """
    asleep = and_(SUBJECTS.c.wake_at > now, SUBJECTS.c.state != SubjectState.APPROVAL.value)
    waits = and_(SUBJECTS.c.state.in_(_OPEN), or_(SUBJECTS.c.wake_at.is_(None), not_(asleep)))
    statement = select(SUBJECTS).where(SUBJECTS.c.run == run, SUBJECTS.c.chunk == chunk, waits)
    return [subject_run(row) for row in connection.execute(statement.order_by(SUBJECTS.c.position))]


def next_wake(connection: Connection, run: int, chunk: int) -> datetime | None:
    """Return when the first open subject of *chunk* is looked at again, or None."""
    statement = select(func.min(SUBJECTS.c.wake_at)).where(
        SUBJECTS.c.run == run, SUBJECTS.c.chunk == chunk, SUBJECTS.c.state.in_(_OPEN)
    )
    found = connection.execute(statement).scalar()
    return datetime.fromisoformat(found) if isinstance(found, str) else found


def place(
    connection: Connection, run: int, subject: SubjectRun, *, at: int, within: Sequence[SubjectState] = OPEN
) -> bool:
    """Write down where *subject* stands now. False if it is no longer at execution *at*, or in a state not *within*."""
    statement = update(SUBJECTS).where(
        SUBJECTS.c.run == run,
        SUBJECTS.c.position == subject.position,
        SUBJECTS.c.executions == at,
        SUBJECTS.c.state.in_([state.value for state in within]),
    )
    done = connection.execute(
        statement.values(
            state=subject.state.value,
            block=subject.block,
            given=given_text(subject.given),
            executions=subject.executions,
            wake_at=subject.wake_at,
            since=subject.since,
            detail=storable(subject.detail),
        )
    )
    return done.rowcount == 1


def any_open(connection: Connection, run: int) -> bool:
    """Return whether a subject of *run* has not ended."""
    unended = [state.value for state in (*OPEN, SubjectState.UNKNOWN)]
    statement = select(SUBJECTS.c.position).where(SUBJECTS.c.run == run, SUBJECTS.c.state.in_(unended)).limit(1)
    return connection.execute(statement).first() is not None


def counts(connection: Connection, run: int) -> dict[SubjectState, int]:
    """Return how many subjects of *run* are in which state."""
    statement = select(SUBJECTS.c.state, func.count()).where(SUBJECTS.c.run == run).group_by(SUBJECTS.c.state)
    return {SubjectState(state): count for state, count in connection.execute(statement)}


def at_blocks(connection: Connection, run: int) -> list[BlockCount]:
    """Return how many subjects of *run* are at each block, by state."""
    columns = SUBJECTS.c.block, SUBJECTS.c.state
    statement = select(*columns, func.count()).where(SUBJECTS.c.run == run).group_by(*columns).order_by(*columns)
    return [BlockCount(block=block, state=state, count=count) for block, state, count in connection.execute(statement)]


def pages(
    connection: Connection, run: int, *, states: Sequence[SubjectState] = (), after: int = -1, limit: int = 1000
) -> Iterator[SubjectRun]:
    """Yield the subjects of *run* behind position *after*, at most *limit* of them."""
    statement = select(SUBJECTS).where(SUBJECTS.c.run == run, SUBJECTS.c.position > after)
    if states:
        statement = statement.where(SUBJECTS.c.state.in_([state.value for state in states]))
    for row in connection.execute(statement.order_by(SUBJECTS.c.position).limit(limit)):
        yield subject_run(row)


def named(connection: Connection, run: int, who: str) -> list[SubjectRun]:
    """Return the subjects of *run* that are called *who*, or have it as key or as position."""
    same = [SUBJECTS.c.name == who, SUBJECTS.c.subject_key == who]
    if who.isdecimal() and len(who) < 10:
        same.append(SUBJECTS.c.position == int(who))
    statement = select(SUBJECTS).where(SUBJECTS.c.run == run, or_(*same)).order_by(SUBJECTS.c.position).limit(10)
    return [subject_run(row) for row in connection.execute(statement)]


def chunks_of(connection: Connection, run: int, positions: Sequence[int]) -> set[int]:
    """Return the chunks that hold *positions*."""
    statement = select(SUBJECTS.c.chunk).where(SUBJECTS.c.run == run, SUBJECTS.c.position.in_(list(positions)))
    return {chunk for (chunk,) in connection.execute(statement)}


def subject_run(row: Row[*tuple[Any, ...]]) -> SubjectRun:
    """Return the subject that *row* is of."""
    given = cast("dict[str, list[str]]", json.loads(row.given))
    values: dict[str, Values] = {name: tuple(held) for name, held in given.items()}
    return SubjectRun(
        position=row.position,
        side=row.side,
        key=NativeKey(row.subject_key),
        name=row.name,
        state=SubjectState(row.state),
        block=row.block,
        given=values,
        executions=row.executions,
        wake_at=row.wake_at,
        since=row.since,
        detail=row.detail,
    )
