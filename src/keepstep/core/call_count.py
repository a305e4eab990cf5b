"""How many calls were sent to an application, by the rate limit they count against and by the minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

KEPT: Final = timedelta(days=30)
"""For so long counts are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    """The calls of one minute. *limit*: the rate limit they count against; empty: none is known.

    *refused*: those of them that the application refused as too many (HTTP 429).
    """

    connection: str
    limit: str
    minute: datetime
    calls: int
    refused: int


class CallCounts(Protocol):
    """Where calls are counted, by all processes together."""

    def add(self, counts: Sequence[CallCount]) -> None:
        """Add *counts* to what was counted of the same minutes, all of them or none; StoreError if that cannot be."""
        ...


class NoCallCounts:
    """Nobody counts."""

    def add(self, counts: Sequence[CallCount]) -> None:
        """Forget it."""


def minute_of(moment: datetime) -> datetime:
    """Return the minute that *moment* is in."""
    return moment.replace(second=0, microsecond=0)
