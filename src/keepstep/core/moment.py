"""Moments as a person writes them: a day, a day and a time, or how long from now."""

from datetime import UTC, datetime

from keepstep.core.duration import parse_duration
from keepstep.errors import UsageError


def moment_of(text: str, now: datetime, *, past: bool) -> datetime:
    """Return the moment that *text* means: `2027-03-31`, `2027-03-31T08:00`, or a length of time before or after *now*.

    Without a zone it is UTC. UsageError if it means none.
    """
    try:
        length = parse_duration(text)
    except ValueError:
        length = None
    if length is not None:
        return now - length if past else now + length
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            "this is no moment", hint="write a day (2027-03-31), a time (2027-03-31T08:00), or a length of time (30d)"
        ) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
