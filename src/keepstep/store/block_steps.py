"""The executions of blocks: begun before the call, finished after it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from keepstep.core.block_result import BlockResult, BlockState
from keepstep.core.template_run import BlockCount, BlockStep, Vote
from keepstep.store.database import Database
from keepstep.store.tables import BLOCK_STEPS, VOTES, storable, utc_iso

_LONGEST: Final = 8_000


def begin(database: Database, connection: Connection, run: int, step: BlockStep, at: datetime) -> bool:
    """Write down that *step* is about to be carried out; False if this execution is written down already."""
    row = {
        "run": run,
        "position": step.position,
        "execution": step.execution,
        "block": step.block,
        "state": BlockState.BEGUN.value,
        "cause": "",
        "detail": "",
        "request": "",
        "answer": "",
        "attempts": 0,
        "seconds": 0.0,
        "begun_at": utc_iso(at),
        "ended_at": None,
    }
    # what was written is asked for: drivers do not count the rows of such a statement alike
    statement = database.insert(BLOCK_STEPS).values(row).on_conflict_do_nothing().returning(BLOCK_STEPS.c.execution)
    return connection.execute(statement).first() is not None


def finish(connection: Connection, run: int, place: tuple[int, int], result: BlockResult, at: datetime) -> None:
    """Write down what came of the execution at *place* (position, execution)."""
    connection.execute(
        update(BLOCK_STEPS)
        .where(BLOCK_STEPS.c.run == run, BLOCK_STEPS.c.position == place[0], BLOCK_STEPS.c.execution == place[1])
        .values(
            state=result.state.value,
            cause=result.cause.value,
            detail=storable(result.detail[:_LONGEST]),
            request=storable(result.request[:_LONGEST]),
            answer=storable(result.answer[:_LONGEST]),
            attempts=result.attempts,
            seconds=round(result.seconds, 6),
            ended_at=utc_iso(at),
        )
    )


def begun(connection: Connection, run: int, positions: Sequence[int]) -> dict[int, BlockStep]:
    """Return the executions of *positions* that were begun and have no end, by position."""
    statement = select(BLOCK_STEPS).where(
        BLOCK_STEPS.c.run == run,
        BLOCK_STEPS.c.position.in_(list(positions)),
        BLOCK_STEPS.c.state == BlockState.BEGUN.value,
    )
    return {row.position: block_step(row) for row in connection.execute(statement)}


def executions(connection: Connection, run: int, positions: Sequence[int]) -> dict[tuple[int, str], int]:
    """Return how often each block was begun for each of *positions*."""
    statement = (
        select(BLOCK_STEPS.c.position, BLOCK_STEPS.c.block, func.count())
        .where(BLOCK_STEPS.c.run == run, BLOCK_STEPS.c.position.in_(list(positions)))
        .group_by(BLOCK_STEPS.c.position, BLOCK_STEPS.c.block)
    )
    return {(position, block): count for position, block, count in connection.execute(statement)}


def failed_at(connection: Connection, run: int, positions: Sequence[int]) -> dict[int, str]:
    """Return the block that last failed, or came to nothing known, for each of *positions*."""
    bad = [BlockState.FAILED.value, BlockState.UNKNOWN.value]
    statement = (
        select(BLOCK_STEPS.c.position, BLOCK_STEPS.c.block)
        .where(BLOCK_STEPS.c.run == run, BLOCK_STEPS.c.position.in_(list(positions)), BLOCK_STEPS.c.state.in_(bad))
        .order_by(BLOCK_STEPS.c.execution)
    )
    return {row.position: row.block for row in connection.execute(statement)}  # the last one stays


def of_subject(connection: Connection, run: int, position: int) -> list[BlockStep]:
    """Return the executions of one subject, in order."""
    statement = select(BLOCK_STEPS).where(BLOCK_STEPS.c.run == run, BLOCK_STEPS.c.position == position)
    return [block_step(row) for row in connection.execute(statement.order_by(BLOCK_STEPS.c.execution))]


def of_blocks(connection: Connection, run: int) -> list[BlockCount]:
    """Return how often each block of *run* is in each state."""
    columns = BLOCK_STEPS.c.block, BLOCK_STEPS.c.state
    statement = select(*columns, func.count()).where(BLOCK_STEPS.c.run == run).group_by(*columns).order_by(*columns)
    return [BlockCount(block=block, state=state, count=count) for block, state, count in connection.execute(statement)]


def votes(connection: Connection, run: int, positions: Sequence[int]) -> list[Vote]:
    """Return what people decided about *positions*."""
    statement = select(VOTES).where(VOTES.c.run == run, VOTES.c.position.in_(list(positions)))
    return [
        Vote(
            position=row.position,
            execution=row.execution,
            operator=row.operator,
            approved=bool(row.approved),
            note=row.note,
        )
        for row in connection.execute(statement)
    ]


def block_step(row: Row[*tuple[Any, ...]]) -> BlockStep:
    """Return the execution that *row* is of."""
    return BlockStep(
        position=row.position,
        execution=row.execution,
        block=row.block,
        state=BlockState(row.state),
        cause=row.cause,
        detail=row.detail,
        request=row.request,
        answer=row.answer,
        attempts=row.attempts,
        seconds=row.seconds,
        begun_at=row.begun_at,
        ended_at=row.ended_at or "",
    )
