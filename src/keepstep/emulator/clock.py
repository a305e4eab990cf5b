"""Time for the emulator: the wall clock by default, or one that a test moves by hand."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]


class ManualClock:
    """A clock that stands still until it is advanced; calling it gives seconds since 1970 (UTC)."""

    def __init__(self, start: float = 1_795_424_400.0) -> None:
        self._now = start

    def __call__(self) -> float:
        """Return the time."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now += seconds


class ShiftedClock:
    """A clock with an offset that the control API can add to, so that sessions and tokens can be aged."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self.offset = 0.0

    def __call__(self) -> float:
        """Return the time, moved."""
        return self._clock() + self.offset


def stamp(seconds: float) -> str:
    """Return a v2 time: `yyyy-MM-dd'T'HH:mm:ss`, no zone (reference section 2.1)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stamp_millis(seconds: float) -> str:
    """Return a webhook time such as 2026-11-23T09:14:02.118+00:00 (reference section 7.1)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
