"""Plans as they were made, under their digest."""

import gc
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from typing import Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from keepstep.core.plan import Plan
from keepstep.core.plan_file import decode_lines, digest_in, encode_lines
from keepstep.core.run import KeptPlan
from keepstep.errors import NotKept, StoreError
from keepstep.store.tables import PLAN_PARTS, PLANS, storable

_LINES: Final = 1000
"""Lines of a plan file in one row."""


def save(connection: Connection, plan: Plan, *, digest: str, at: datetime) -> None:
    """Keep *plan*. What was kept under its digest before is replaced: the same actions, seen at another time."""
    # This row first: on PostgreSQL it is what others who save the same plan at once queue for.
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = upsert(PLANS).values(digest=digest, rule=plan.rule, saved_at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["digest"], set_={"saved_at": at}))
    connection.execute(delete(PLAN_PARTS).where(PLAN_PARTS.c.digest == digest))
    for number, lines in enumerate(_pieces(encode_lines(plan))):
        connection.execute(insert(PLAN_PARTS), {"digest": digest, "number": number, "lines": lines})


def known(connection: Connection, digest: str) -> bool:
    """Return whether there is a plan with this digest."""
    return connection.execute(select(PLANS.c.digest).where(PLANS.c.digest == digest)).first() is not None


def newest(connection: Connection, limit: int, rules: Collection[str]) -> list[KeptPlan]:
    """Return the plans of *rules* that were seen last, the newest first."""
    found = select(PLANS).where(PLANS.c.rule.in_(rules)).order_by(PLANS.c.saved_at.desc(), PLANS.c.digest).limit(limit)
    return [KeptPlan(digest=row.digest, rule=row.rule, at=row.saved_at) for row in connection.execute(found)]


def load(connection: Connection, prefix: str) -> Plan:
    """Return the plan whose digest starts with *prefix*; StoreError if there is none or several, or it was altered."""
    found = select(PLANS.c.digest).where(PLANS.c.digest.startswith(prefix, autoescape=True)).limit(2)
    digests = connection.execute(found).scalars().all()
    if not prefix or len(digests) != 1:
        problem = "several plans start" if len(digests) > 1 and prefix else "no plan starts"
        raise NotKept(f'{problem} with "{storable(prefix)}"', hint="`keepstep plan RULE` makes a plan and names it")
    parts = select(PLAN_PARTS.c.lines).where(PLAN_PARTS.c.digest == digests[0]).order_by(PLAN_PARTS.c.number)
    lines = _lines(connection.execute(parts).scalars())
    first = next(lines, b"")
    if digest_in(first) != digests[0]:
        raise StoreError(
            f"what is kept as plan {digests[0][:12]} is another plan",
            hint="the database was changed by other means than Keepstep: compare it with a backup; make a new plan",
        )
    with _undisturbed():
        return decode_lines(chain([first], lines))


@contextmanager
def _undisturbed() -> Generator[None]:
    """Collect no garbage meanwhile: of hundreds of thousands of new objects none is any, and looking costs more."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _pieces(lines: Iterable[bytes]) -> Iterator[str]:
    rest = iter(lines)
    while piece := b"".join(islice(rest, _LINES)):
        yield piece.decode()


def _lines(pieces: Iterable[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield from piece.encode().splitlines()
