"""How the two sides of each rule stood over time: a row for each comparison, and one for each time not in step.

Whoever stands as in the comparison before costs nothing, so that the size grows with what changes, not with people.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from keepstep.core.comparison import Row, Standing
from keepstep.core.ignored import Ignored, RowKey, row_key
from keepstep.core.standing_history import Deviation, KeptComparison, detail_of
from keepstep.core.values import NativeKey
from keepstep.errors import RunLocked
from keepstep.store.database import Database
from keepstep.store.tables import storable
from keepstep.store.tables_comparison import COMPARISONS, DEVIATIONS, IGNORED

KEPT: Final = timedelta(days=731)
"""For so long it is remembered how people stood: two years, as auditors ask of the year before."""

_AT_ONCE: Final = 500
_DETAIL: Final = update(DEVIATIONS).where(DEVIATIONS.c.id == bindparam("one")).values(detail=bindparam("anew"))
_END: Final = update(DEVIATIONS).where(DEVIATIONS.c.id == bindparam("one")).values(ended=bindparam("number"))


class SqlComparisons:
    """The comparisons in the database, and who is passed over in them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, rule: str, about: KeptComparison) -> "SqlKeeping":
        """Begin to keep a comparison. RunLocked while another process keeps one of *rule*."""
        return SqlKeeping(self._database, rule, about)

    def history(self, rule: str, *, limit: int = 50) -> list[KeptComparison]:
        """Return the newest comparisons of *rule* first."""
        statement = (
            select(COMPARISONS)
            .where(COMPARISONS.c.rule == rule, COMPARISONS.c.counts.is_not(None))
            .order_by(COMPARISONS.c.number.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_kept(row) for row in connection.execute(statement)]

    def deviations(self, rule: str, since: datetime, standings: frozenset[Standing]) -> list[Deviation]:
        """Return who came to stand so (in any of *standings*; none: in all) in a comparison after *since*."""
        first = COMPARISONS.alias()
        last = COMPARISONS.alias()
        oldest = select(func.min(COMPARISONS.c.number)).where(COMPARISONS.c.rule == rule).scalar_subquery()
        statement = (
            select(DEVIATIONS, first.c.at.label("since"), last.c.at.label("until"), oldest.label("oldest"))
            .join(first, first.c.number == DEVIATIONS.c.first)
            .join(last, last.c.number == DEVIATIONS.c.ended, isouter=True)
            .where(DEVIATIONS.c.rule == rule, first.c.at >= since, first.c.counts.is_not(None))
            .order_by(DEVIATIONS.c.first, DEVIATIONS.c.name, DEVIATIONS.c.id)
        )
        if standings:
            statement = statement.where(DEVIATIONS.c.standing.in_([str(standing) for standing in standings]))
        with self._database.read() as connection:
            return [_deviation(row) for row in connection.execute(statement)]

    def forget(self, before: datetime) -> int:
        """Forget who stood otherwise again before the moment *before*, and comparisons that nobody needs any more.

        Who stands so since long before stays, and since when. Return how many comparisons were forgotten.
        """
        with self._database.write() as connection:
            old = select(COMPARISONS.c.number).where(COMPARISONS.c.at < before)
            connection.execute(delete(DEVIATIONS).where(DEVIATIONS.c.ended.in_(old)))
            last = select(func.max(COMPARISONS.c.number)).group_by(COMPARISONS.c.rule)
            needed = select(DEVIATIONS.c.first)
            statement = delete(COMPARISONS).where(
                COMPARISONS.c.number.in_(old), COMPARISONS.c.number.not_in(last), COMPARISONS.c.number.not_in(needed)
            )
            return connection.execute(statement).rowcount

    def ignored(self, rule: str) -> dict[RowKey, Ignored]:
        """Return who is passed over in comparisons of *rule*, also where the time is over."""
        with self._database.read() as connection:
            rows = connection.execute(select(IGNORED).where(IGNORED.c.rule == rule))
            return {(one := _ignored(row)).key: one for row in rows}

    def ignore(self, rule: str, ones: Sequence[Ignored]) -> None:
        """Pass over *ones* from now on, each in place of what was said of it before."""
        if not ones:
            return
        rows = [
            {
                **_keys(one.key),
                "rule": rule,
                "name": storable(one.name),
                "reason": storable(one.reason),
                "until": one.until,
                "operator": storable(one.operator),
                "at": one.at,
            }
            for one in ones
        ]
        with self._database.write() as connection:
            for one in ones:
                connection.execute(_of(rule, one.key))
            connection.execute(insert(IGNORED), rows)

    def heed(self, rule: str, keys: Sequence[RowKey]) -> None:
        """Pass over those of *keys* no longer."""
        with self._database.write() as connection:
            for key in keys:
                connection.execute(_of(rule, key))


class SqlKeeping:
    """One comparison while it is kept. A process that dies leaves nothing of it that is ever told."""

    def __init__(self, database: Database, rule: str, about: KeptComparison) -> None:
        self._database = database
        self._rule = rule
        self._lock = f"comparison:{rule}"
        self._changed: list[dict[str, Any]] = []
        if database.locks.holds(self._lock) or not database.locks.acquire(self._lock):
            raise RunLocked(f'a comparison of rule "{rule}" is being kept', hint="wait until it is done")
        try:
            self._number = self._begin(about)
            self._open = self._still_open()
        except BaseException:
            database.locks.release(self._lock)
            raise

    def see(self, rows: Sequence[Row]) -> None:
        """Take in *rows* of the comparison; who is in step leaves no trace."""
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for row in rows:
            if row.standing is Standing.IN_STEP:
                continue
            keys = _keys(row_key(row), row.standing)
            detail = storable(detail_of(row))
            known = self._open.pop(_mark(keys), None)
            if known is None:
                new.append(
                    {**keys, "rule": self._rule, "name": storable(row.name), "detail": detail, "first": self._number}
                )
            elif known[1] != hash(detail):
                changed.append({"one": known[0], "anew": detail})
        # of those that stood so before nothing is written until it is over: it may come to nothing
        self._changed += changed
        if new:
            with self._database.write() as connection:
                connection.execute(insert(DEVIATIONS), new)

    def end(self, counts: dict[str, int]) -> None:
        """Say that this was all: who was not seen any more stands otherwise now."""
        over = [{"one": one, "number": self._number} for one, _ in self._open.values()]
        with self._database.write() as connection:
            for statement, rows in ((_END, over), (_DETAIL, self._changed)):
                for start in range(0, len(rows), _AT_ONCE):
                    connection.execute(statement, rows[start : start + _AT_ONCE])
            text = json.dumps(counts, sort_keys=True)
            connection.execute(update(COMPARISONS).where(COMPARISONS.c.number == self._number).values(counts=text))
        self._database.locks.release(self._lock)

    def discard(self) -> None:
        """Keep nothing of it; may be called after the end too."""
        if not self._database.locks.holds(self._lock):
            return
        try:
            with self._database.write() as connection:
                _sweep(connection, self._rule)
        finally:
            self._database.locks.release(self._lock)

    def _begin(self, about: KeptComparison) -> int:
        row = {
            "rule": self._rule,
            "at": about.at,
            "operator": storable(about.operator),
            "source_records": about.source_records,
            "target_records": about.target_records,
        }
        with self._database.write() as connection:
            _sweep(connection, self._rule)
            return connection.execute(insert(COMPARISONS).values(row).returning(COMPARISONS.c.number)).scalar_one()

    def _still_open(self) -> dict[int, tuple[int, int]]:
        """Return what stood in the comparison before: its row, and what was said of it."""
        table = DEVIATIONS.c
        statement = select(table.id, table.source_key, table.target_key, table.standing, table.detail).where(
            table.rule == self._rule, table.ended.is_(None)
        )
        with self._database.read() as connection:
            rows = connection.execution_options(yield_per=10_000).execute(statement)
            return {hash((here, there, standing)): (one, hash(detail)) for one, here, there, standing, detail in rows}


def _sweep(connection: Connection, rule: str) -> None:
    """Delete what is left of comparisons that never ended."""
    never = select(COMPARISONS.c.number).where(COMPARISONS.c.rule == rule, COMPARISONS.c.counts.is_(None))
    connection.execute(delete(DEVIATIONS).where(DEVIATIONS.c.rule == rule, DEVIATIONS.c.first.in_(never)))
    connection.execute(delete(COMPARISONS).where(COMPARISONS.c.rule == rule, COMPARISONS.c.counts.is_(None)))


def _mark(keys: dict[str, str]) -> int:
    return hash((keys["source_key"], keys["target_key"], keys["standing"]))


def _keys(key: RowKey, standing: Standing | None = None) -> dict[str, str]:
    return {
        "source_key": storable(key.source),
        "target_key": storable(key.target),
        "standing": str(standing or key.standing),
    }


def _of(rule: str, key: RowKey) -> Any:
    keys = _keys(key)
    statement = delete(IGNORED).where(IGNORED.c.rule == rule)
    return statement.where(*(IGNORED.c[name] == value for name, value in keys.items()))


def _row_key(row: Any) -> RowKey:
    return RowKey(NativeKey(row.source_key), NativeKey(row.target_key), Standing(row.standing))


def _kept(row: Any) -> KeptComparison:
    return KeptComparison(
        rule=row.rule,
        at=row.at,
        operator=row.operator,
        source_records=row.source_records,
        target_records=row.target_records,
        counts=json.loads(row.counts),
    )


def _deviation(row: Any) -> Deviation:
    return Deviation(
        key=_row_key(row),
        name=row.name,
        detail=row.detail,
        since=row.since,
        ended=row.until,
        begun=row.first != row.oldest,
    )


def _ignored(row: Any) -> Ignored:
    return Ignored(
        key=_row_key(row), name=row.name, reason=row.reason, until=row.until, operator=row.operator, at=row.at
    )
