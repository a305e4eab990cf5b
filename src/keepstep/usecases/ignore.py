"""Pass over rows of a comparison for a while, or look at them again."""

from collections.abc import Sequence
from datetime import datetime

from keepstep.core.authority import Reach
from keepstep.core.comparison import Row, Standing
from keepstep.core.ignored import Ignored, RowKey, row_key
from keepstep.core.right import Right
from keepstep.errors import UsageError
from keepstep.usecases.compare import ComparisonDesk


def ignore(desk: ComparisonDesk, rule: str, rows: Sequence[Row], *, reason: str, until: datetime) -> list[Ignored]:
    """Pass over *rows* as they stand until *until*; it ends by itself, and when they stand otherwise.

    UsageError without a reason, for a time that is over, or for somebody who is in step. Plans know nothing of it.
    """
    desk.ports.authority.require(Right.PAIR_ACCOUNTS, Reach(rule=rule, place=None))
    now = desk.ports.clock.now()
    if not reason.strip():
        raise UsageError("why are they ignored?", hint='say it: --reason "contractors, reviewed by Ana"')
    if until <= now:
        raise UsageError("that time is over", hint="say until when: --until 30d, or --until 2027-03-31")
    if any(row.standing is Standing.IN_STEP for row in rows):
        raise UsageError("somebody of them is in step", hint="choose by --situation, or by --who")
    operator = desk.ports.operator
    ones = [
        Ignored(key=row_key(row), name=row.name, reason=reason.strip(), until=until, operator=operator, at=now)
        for row in rows
    ]
    for one in ones:
        detail = {**_detail(one.key), "reason": one.reason, "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
        desk.ports.audit.add("ignore", rule, detail, operator=operator)
    desk.standings.ignore(rule, ones)
    return ones


def heed(desk: ComparisonDesk, rule: str, rows: Sequence[Row]) -> list[RowKey]:
    """Look at those of *rows* again that are ignored; return them."""
    desk.ports.authority.require(Right.PAIR_ACCOUNTS, Reach(rule=rule, place=None))
    known = desk.standings.ignored(rule)
    keys = [key for row in rows if (key := row_key(row)) in known]
    for key in keys:
        desk.ports.audit.add("heed", rule, _detail(key), operator=desk.ports.operator)
    desk.standings.heed(rule, keys)
    return keys


def _detail(key: RowKey) -> dict[str, str]:
    return {"source": key.source, "target": key.target, "standing": str(key.standing)}
