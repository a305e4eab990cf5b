"""What is remembered between runs: how reads ended, how far they got, and which changes a target refused."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from keepstep.core.values import Completeness, Verdict
from keepstep.store.database import Database
from keepstep.store.tables import MARKS, READS, REFUSALS, storable


def record(connection: Connection, side: str, verdict: Verdict, at: datetime) -> None:
    """Remember how a read ended."""
    row = {
        "side": side,
        "at": at,
        "completeness": verdict.completeness.value,
        "reason": storable(verdict.reason),
        "records": verdict.records,
        "calls": verdict.calls,
    }
    connection.execute(insert(READS), row)


def last_size(connection: Connection, side: str) -> int | None:
    """Return how many records the last complete read of *side* had."""
    complete = READS.c.completeness == Completeness.COMPLETE.value
    statement = select(READS.c.records).where(READS.c.side == side, complete).order_by(READS.c.number.desc()).limit(1)
    return connection.execute(statement).scalar()


def mark(connection: Connection, rule: str) -> str:
    """Return how far the last applied plan of *rule* had read its source; empty: nowhere."""
    return connection.execute(select(MARKS.c.mark).where(MARKS.c.rule == rule)).scalar() or ""


def advance(database: Database, rule: str, mark: str, at: datetime) -> None:
    """Remember *mark* as how far the source of *rule* was read."""
    statement = database.insert(MARKS).values(rule=rule, mark=mark, at=at)
    statement = statement.on_conflict_do_update(index_elements=["rule"], set_={"mark": mark, "at": at})
    with database.write() as connection:
        connection.execute(statement)


def refusals(connection: Connection, rule: str) -> dict[str, str]:
    """Return the remembered refusals of *rule*: fingerprint to reason."""
    statement = select(REFUSALS.c.fingerprint, REFUSALS.c.reason).where(REFUSALS.c.rule == rule)
    return {row.fingerprint: row.reason for row in connection.execute(statement)}


def remember_refusals(database: Database, rule: str, refused: Mapping[str, str], at: datetime) -> None:
    """Remember refused changes of *rule*, with the newest reason."""
    statement = database.insert(REFUSALS)
    newest = {"reason": statement.excluded["reason"], "at": statement.excluded["at"]}
    statement = statement.on_conflict_do_update(index_elements=["rule", "fingerprint"], set_=newest)
    rows = [
        {"rule": rule, "fingerprint": fingerprint, "reason": storable(reason), "at": at}
        for fingerprint, reason in refused.items()
    ]
    with database.write() as connection:
        connection.execute(statement, rows)


def forget_refusals(connection: Connection, rule: str) -> None:
    """Forget the remembered refusals of *rule*."""
    connection.execute(delete(REFUSALS).where(REFUSALS.c.rule == rule))
