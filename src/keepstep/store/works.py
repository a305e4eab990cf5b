"""Work that was asked for, as it is kept: each thing once, however often it is asked for with the same key."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, delete, func, insert, select, tuple_, update

from keepstep.core.audit import AuditNote
from keepstep.core.chunk import Chunk, ChunkKind, Claim
from keepstep.core.right import Right
from keepstep.core.run import RunId
from keepstep.core.work import WANTED, RowOrder, Trouble, Work, WorkRow, WorkState
from keepstep.errors import KeyTaken, NotFound
from keepstep.ports import Clock
from keepstep.store import chunks
from keepstep.store.answers import ANOTHER, KEPT
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.runs import new_id
from keepstep.store.tables import CHUNKS, storable
from keepstep.store.tables_works import WORK_ROWS, WORKS


class SqlWorks:
    """Work in the database; only whoever holds the claim of its chunk writes what came of it."""

    def __init__(self, database: Database, clock: Clock, audit: SqlAuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def new_id(self) -> RunId:
        """Return an id for work."""
        return new_id(self._clock.now())

    def ask(self, work: Work) -> tuple[Work, bool]:
        """Keep *work*, to be begun at once, and say whether it is new: the same key gives what was asked for before.

        KeyTaken if the key was used for something else.
        """
        note = AuditNote(action="work", subject=work.wanted.kind, detail={"work": work.id}, operator=work.operator)
        with self._database.writing_alone(WORKS) as connection:
            if work.key:
                same = (WORKS.c.operator == work.operator, WORKS.c.key == work.key)
                row = connection.execute(select(WORKS).where(*same)).first()
                if row is not None:
                    held = _work(row)
                    if held.wanted != work.wanted:
                        raise KeyTaken("this key was used for something else", hint=ANOTHER)
                    return held, False
            connection.execute(insert(WORKS).values(**_row(work)))
            chunks.add(connection, [Chunk(kind=ChunkKind.WORK, run=work.id, number=0)], self._clock.now())
            self._audit.add_within(connection, note)
        return work, True

    def get(self, id_: str) -> Work:
        """Return the work *id_*; NotFound if there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(WORKS).where(WORKS.c.id == id_)).first()
        if row is None:
            raise NotFound("there is no such work, or no longer")
        return _work(row)

    def newest(self, operator: str = "", *, before: str = "", limit: int = 50) -> list[Work]:
        """Return the newest first, of *operator* or of all, those older than the work *before*."""
        statement = select(WORKS).order_by(WORKS.c.id.desc()).limit(limit)
        if operator:
            statement = statement.where(WORKS.c.operator == operator)
        if before:
            statement = statement.where(WORKS.c.id < before)
        with self._database.read() as connection:
            return [_work(row) for row in connection.execute(statement)]

    def open(self) -> int:
        """Return how much work is not over."""
        waiting = WORKS.c.state.in_([WorkState.QUEUED, WorkState.RUNNING])
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(WORKS).where(waiting)).scalar_one()

    def begin(self, claim: Claim) -> Work:
        """Return the work of *claim*, begun, without rows of an earlier life; as it ended, if it is over."""
        with self._database.write() as connection:
            chunks.check(connection, claim)
            id_ = claim.chunk.run
            began = {"state": WorkState.RUNNING, "begun": self._clock.now(), "rows": 0, "done": 0, "total": None}
            chosen = (WORKS.c.id == id_, WORKS.c.state.in_([WorkState.QUEUED, WorkState.RUNNING]))
            if connection.execute(update(WORKS).where(*chosen).values(**began)).rowcount:
                connection.execute(delete(WORK_ROWS).where(WORK_ROWS.c.work == id_))
        return self.get(id_)

    def progress(self, claim: Claim, at: str, done: int, total: int | None) -> None:
        """Note how far it is."""
        values = {"at": storable(at), "done": done, "total": total}
        with self._database.write() as connection:
            chunks.check(connection, claim)
            connection.execute(update(WORKS).where(WORKS.c.id == claim.chunk.run).values(**values))

    def add_rows(self, claim: Claim, rows: Sequence[WorkRow]) -> None:
        """Keep *rows*."""
        held = [
            {
                "work": claim.chunk.run,
                "number": one.number,
                "tag": one.tag,
                "name": storable(one.name.casefold()),
                "data": one.data,
            }
            for one in rows
        ]
        if held:
            with self._database.write() as connection:
                chunks.check(connection, claim)
                connection.execute(insert(WORK_ROWS), held)

    def end(self, claim: Claim, work: Work) -> None:
        """Write down what came of it."""
        ended = replace(work, ended=self._clock.now())
        with self._database.write() as connection:
            chunks.check(connection, claim)
            rows = select(func.count()).select_from(WORK_ROWS).where(WORK_ROWS.c.work == work.id).scalar_subquery()
            values = {
                key: value for key, value in _row(ended).items() if key in {"state", "result", "trouble", "ended"}
            }
            connection.execute(update(WORKS).where(WORKS.c.id == work.id).values(**values, rows=rows))

    def rows(  # noqa: PLR0913 - which of them
        self,
        id_: str,
        *,
        after: int = 0,
        limit: int = 100,
        tag: str = "",
        search: str = "",
        order: RowOrder = RowOrder.NUMBER,
    ) -> list[WorkRow]:
        """Return rows behind the one with number *after*, in *order*; 0: from the first.

        Of *tag* only, with *search* in the name in any letter case.
        """
        statement = select(WORK_ROWS).where(WORK_ROWS.c.work == id_)
        keys = _keys(order)
        if after:
            last = select(*keys).where(WORK_ROWS.c.work == id_, WORK_ROWS.c.number == after)
            with self._database.read() as connection:
                place = connection.execute(last).first()
            if place is None:
                return []
            here, there = tuple_(*keys), tuple_(*place)
            statement = statement.where(here < there if order.startswith("-") else here > there)
        if tag:
            statement = statement.where(WORK_ROWS.c.tag == tag)
        if search:
            statement = statement.where(WORK_ROWS.c.name.contains(search.casefold(), autoescape=True))
        with self._database.read() as connection:
            ordered = [key.desc() if order.startswith("-") else key for key in keys]
            found = connection.execute(statement.order_by(*ordered).limit(limit))
            return [WorkRow(number=row.number, tag=row.tag, name=row.name, data=row.data) for row in found]

    def numbered(self, id_: str, numbers: Collection[int]) -> list[WorkRow]:
        """Return the rows that have one of *numbers*, in their order; one that is not there is left out."""
        statement = select(WORK_ROWS).where(WORK_ROWS.c.work == id_, WORK_ROWS.c.number.in_(sorted(numbers)))
        with self._database.read() as connection:
            found = connection.execute(statement.order_by(WORK_ROWS.c.number))
            return [WorkRow(number=row.number, tag=row.tag, name=row.name, data=row.data) for row in found]

    def counts(self, id_: str) -> dict[str, int]:
        """Return how many rows have which tag."""
        statement = select(WORK_ROWS.c.tag, func.count().label("many")).where(WORK_ROWS.c.work == id_)
        with self._database.read() as connection:
            return {row.tag: row.many for row in connection.execute(statement.group_by(WORK_ROWS.c.tag))}

    def forget(self, now: datetime) -> None:
        """Forget work that ended more than a day ago, with its rows."""
        old = select(WORKS.c.id).where(WORKS.c.ended < now - KEPT)
        with self._database.write() as connection:
            gone = list(connection.execute(old).scalars())
            for start in range(0, len(gone), 500):
                some = gone[start : start + 500]
                connection.execute(delete(WORK_ROWS).where(WORK_ROWS.c.work.in_(some)))
                connection.execute(delete(CHUNKS).where(CHUNKS.c.run.in_(some)))
                connection.execute(delete(WORKS).where(WORKS.c.id.in_(some)))


def _row(work: Work) -> dict[str, object]:
    trouble = work.trouble
    return {
        "id": work.id,
        "wanted": work.wanted.model_dump_json(),
        "operator": work.operator,
        "rights": None if work.only is None else msgspec.json.encode(sorted(work.only)).decode(),
        "fresh": int(work.fresh),
        "key": work.key or None,
        "correlation": work.correlation,
        "state": work.state,
        "created": work.created,
        "begun": work.begun,
        "ended": work.ended,
        "at": storable(work.at),
        "done": work.done,
        "total": work.total,
        "rows": work.rows,
        "result": storable(msgspec.json.encode(work.result).decode()),
        "trouble": None if trouble is None else storable(msgspec.json.encode(trouble).decode()),
    }


def _work(row: Row[tuple[object, ...]]) -> Work:
    return Work(
        id=row.id,
        wanted=WANTED.validate_json(row.wanted),
        operator=row.operator,
        only=None if row.rights is None else frozenset(msgspec.json.decode(row.rights, type=list[Right])),
        fresh=bool(row.fresh),
        key=row.key or "",
        correlation=row.correlation,
        state=WorkState(row.state),
        created=row.created,
        begun=row.begun,
        ended=row.ended,
        at=row.at,
        done=row.done,
        total=row.total,
        rows=row.rows,
        result=msgspec.json.decode(row.result, type=dict[str, str]),
        trouble=None if row.trouble is None else msgspec.json.decode(row.trouble, type=Trouble),
    )


def _keys(order: RowOrder) -> list[ColumnElement[Any]]:
    """Return by what rows are put in *order*; the number tells those apart that are alike."""
    by = order.removeprefix("-")
    return [WORK_ROWS.c.number] if by == "number" else [WORK_ROWS.c[by], WORK_ROWS.c.number]
