"""Counts the calls of one connection in memory, and has them kept in batches; a run never fails by it."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from keepstep.core.call_count import CallCount, CallCounts, minute_of
from keepstep.errors import StoreError
from keepstep.telemetry.event import event

EVERY: Final = 10.0
"""Seconds from the first call of a batch until it is kept."""

AGAIN: Final = 60.0
"""Seconds until what could not be kept is tried again: a try may wait for the database, and the run with it."""

_MOST: Final = 20_000
"""So many minutes of limits are held at most while they cannot be kept; then the oldest are given up."""


class CallCounter:
    """The calls of one connection that are not kept yet, by rate limit and minute. No method raises."""

    def __init__(
        self,
        connection: str,
        counts: CallCounts,
        now: Callable[[], datetime],
        *,
        every: float = EVERY,
        again: float = AGAIN,
    ) -> None:
        self._connection = connection
        self._counts = counts
        self._now = now
        self._every = every
        self._again = again
        self._held: dict[tuple[datetime, str], list[int]] = {}
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._told = False

    def sent(self, limit: str) -> None:
        """Count a call against *limit*."""
        self._place(limit)[0] += 1

    def refused(self, limit: str) -> None:
        """Count a refusal, as too many, of a call that was counted."""
        self._place(limit)[1] += 1

    def _place(self, limit: str) -> list[int]:
        if self._held and time.monotonic() >= self._due:  # the timer was of a loop that ended
            self._write_in_time()
        if not self._held:
            self._wait(self._every)
        return self._held.setdefault((minute_of(self._now()), limit), [0, 0])

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._due = time.monotonic() + seconds
        self._timer = asyncio.get_running_loop().call_later(seconds, self._write_in_time)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write_in_time(self) -> None:
        self._write()
        if self._held:
            for key in sorted(self._held)[:-_MOST]:
                del self._held[key]
            self._wait(self._again)

    def close(self) -> None:
        """Have all that was counted kept; what cannot be kept is given up. May be called twice."""
        self._stop()
        self._write()
        self._held = {}

    def _write(self) -> None:
        if not self._held:
            return
        batch = [
            CallCount(connection=self._connection, limit=limit, minute=minute, calls=calls, refused=refused)
            for (minute, limit), (calls, refused) in self._held.items()
        ]
        try:
            self._counts.add(batch)
        except StoreError as exc:
            if not self._told:
                self._told = True
                event("calls_not_counted", level=logging.WARNING, connection=self._connection, error=exc.code)
        else:
            self._held = {}
