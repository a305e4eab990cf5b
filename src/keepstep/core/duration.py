"""Lengths of time as a person writes them: `30s`, `10m`, `2h`, `30d`, `1h30m`."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

_WRITTEN: Final = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?\Z")
LONGEST: Final = timedelta(days=3660)
"""The longest that anything waits: ten years."""


def parse_duration(text: str) -> timedelta:
    """Return the length that *text* says; ValueError if it says none, or more than ten years."""
    match = _WRITTEN.match(text.strip())
    if match is None or not any(match.groups()):
        raise ValueError("write a length of time as 30s, 10m, 2h, 30d or 1h30m")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if max(weeks, days, hours, minutes, seconds) > 10**9:
        raise ValueError("this is longer than ten years")
    found = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found > LONGEST:
        raise ValueError("this is longer than ten years")
    return found


def _checked(text: str) -> str:
    parse_duration(text)
    return text


def _text(given: Any) -> Any:
    return f"{given}s" if isinstance(given, int) and not isinstance(given, bool) else given


Duration = Annotated[str, BeforeValidator(_text), AfterValidator(_checked), Field(max_length=40)]
"""A length of time as it is written; a plain number is seconds."""
