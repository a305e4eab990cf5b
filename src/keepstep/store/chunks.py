"""The chunks of runs: which have something to do, and who may write for one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from keepstep.core.chunk import Chunk, ChunkKind, Claim
from keepstep.core.run import RunId
from keepstep.errors import ClaimLost
from keepstep.store.database import Database
from keepstep.store.tables import CHUNKS, storable

_TAKEN: Final = "another worker took over"


def add(connection: Connection, chunks: Iterable[Chunk], due_at: datetime) -> None:
    """Write down *chunks*, with something to do from *due_at* on."""
    rows = [
        {
            "kind": chunk.kind.value,
            "run": chunk.run,
            "number": chunk.number,
            "turn": 0,
            "fence": 0,
            "holder": "",
            "due_at": due_at,
        }
        for chunk in chunks
    ]
    if rows:
        connection.execute(insert(CHUNKS), rows)


def check(connection: Connection, claim: Claim) -> None:
    """Return if *claim* still stands; ClaimLost if another worker took the chunk over."""
    chunk = claim.chunk
    # On PostgreSQL who takes over waits until what this claim writes is written; SQLite has one writer anyway.
    statement = select(CHUNKS.c.fence, CHUNKS.c.turn).where(*_one(chunk)).with_for_update(read=True)
    row = connection.execute(statement).first()
    if row is None or row.fence != claim.fence or row.turn != chunk.turn:
        raise ClaimLost(f"run {chunk.run}, chunk {chunk.number}: {_TAKEN}")


def hold(connection: Connection, run: RunId, numbers: Iterable[int] | None = None) -> None:
    """Keep workers from writing for the chunks of *run*, or those of *numbers*, until this transaction ends.

    People do this before they write of a run: workers look at their claim first too, so that of two who write of the
    same subjects one waits for the other, and never each for the other.
    """
    statement = select(CHUNKS.c.number).where(CHUNKS.c.run == run).order_by(CHUNKS.c.kind, CHUNKS.c.number)
    if numbers is not None:
        statement = statement.where(CHUNKS.c.number.in_(sorted(set(numbers))))
    connection.execute(statement.with_for_update()).all()


def wake(connection: Connection, run: RunId, at: datetime, numbers: Iterable[int] | None = None) -> None:
    """Have all chunks of *run*, or those of *numbers*, looked at from *at* on."""
    statement = update(CHUNKS).where(CHUNKS.c.run == run)
    if numbers is not None:
        statement = statement.where(CHUNKS.c.number.in_(sorted(set(numbers))))
    # a chunk at work is taken up once more after this turn, which may have looked too early
    connection.execute(statement.values(due_at=at))


class SqlChunks:
    """The chunks in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, limit: int = 200) -> list[Chunk]:
        """Return the chunks that have something to do by *now*, those that waited longest first."""
        statement = select(CHUNKS).where(CHUNKS.c.due_at <= now).order_by(CHUNKS.c.due_at, CHUNKS.c.number).limit(limit)
        with self._database.read() as connection:
            return [_chunk(row) for row in connection.execute(statement)]

    def submit(self, chunk: Chunk, due_at: datetime) -> None:
        """Write down *chunk*, or have it looked at again where it is known."""
        with self._database.write() as connection:
            known = connection.execute(select(CHUNKS.c.turn).where(*_one(chunk))).first()
            if known is None:
                add(connection, [chunk], due_at)
            else:
                wake(connection, chunk.run, due_at, [chunk.number])

    def claim(self, chunk: Chunk, worker: str) -> Claim | None:
        """Take *chunk* for *worker*, whoever had it before; None if this turn of it is over."""
        with self._database.write() as connection:
            statement = (
                update(CHUNKS)
                .where(*_one(chunk), CHUNKS.c.turn == chunk.turn)
                .values(fence=CHUNKS.c.fence + 1, holder=storable(worker))
                .returning(CHUNKS.c.fence)
            )
            fence = connection.execute(statement).scalar()
        return None if fence is None else Claim(chunk=chunk, fence=fence)

    def settle(self, claim: Claim, began: datetime, due_at: datetime | None) -> None:
        """End this turn of the chunk, to be looked at again at *due_at*, or not by itself. ClaimLost if it was taken.

        Whoever had it looked at again since *began* is heard.
        """
        chunk = claim.chunk
        with self._database.write() as connection:
            check(connection, claim)
            asked = connection.execute(select(CHUNKS.c.due_at).where(*_one(chunk))).scalar()
            woken = asked if asked is not None and asked > began else None
            next_due = min((moment for moment in (woken, due_at) if moment is not None), default=None)
            statement = update(CHUNKS).where(*_one(chunk))
            connection.execute(statement.values(turn=chunk.turn + 1, holder="", due_at=next_due))

    def unsettled(self, run: RunId, now: datetime) -> int:
        """Return how many chunks of *run* have something to do by *now*."""
        statement = select(func.count()).where(CHUNKS.c.run == run, CHUNKS.c.due_at <= now)
        with self._database.read() as connection:
            return connection.execute(statement).scalar_one()

    def overdue(self, before: datetime) -> tuple[int, datetime | None]:
        """Return how many chunks have waited since before the moment *before*, and since when the first of them."""
        statement = select(func.count(), func.min(CHUNKS.c.due_at)).where(CHUNKS.c.due_at < before)
        with self._database.read() as connection:
            count, first = connection.execute(statement).one()
        return count, datetime.fromisoformat(first) if isinstance(first, str) else first

    def next_due(self, run: RunId) -> datetime | None:
        """Return when something of *run* is looked at next, or None."""
        statement = select(func.min(CHUNKS.c.due_at)).where(CHUNKS.c.run == run)
        with self._database.read() as connection:
            found = connection.execute(statement).scalar()
        return datetime.fromisoformat(found) if isinstance(found, str) else found


def _one(chunk: Chunk) -> tuple[Any, ...]:
    return CHUNKS.c.kind == chunk.kind.value, CHUNKS.c.run == chunk.run, CHUNKS.c.number == chunk.number


def _chunk(row: Row[*tuple[Any, ...]]) -> Chunk:
    return Chunk(kind=ChunkKind(row.kind), run=RunId(row.run), number=row.number, turn=row.turn)
