"""Never send faster than a published rate limit allows, whatever the network does to the calls.

A slot that a call took is free again one window after the *answer* to it: the application counted the call before it
answered, so no window of its can hold more calls than there are slots. Once the round trips are known, the wait is
counted from the sending and shortened to their spread, so that latency does not cost throughput; a 429 undoes that.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

_SAMPLES: Final = 64
_ENOUGH: Final = 5
_MARGIN: Final = 0.02
_CAUTIOUS_SECONDS: Final = 60.0
_RECOVER_CALLS: Final = 20


class Pacer:
    """The slots of one rate limit. Used as `sent = await pacer.enter()` … `pacer.leave(sent)`."""

    def __init__(
        self, calls: int, seconds: float, *, share: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        rate = calls * share
        self._slots = max(1, int(rate + 1e-9))
        # A share of less than one call a window is one call in a longer window.
        self._window = max(seconds, self._slots / rate * seconds)
        self._allowed = self._slots
        self._clock = clock
        self._busy = 0
        self._free_at: deque[float] = deque()
        self._trips: deque[float] = deque(maxlen=_SAMPLES)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paused_until = 0.0
        self._cautious_until = 0.0
        self._good = 0

    @property
    def rate(self) -> float:
        """Calls a second at most."""
        return self._slots / self._window

    async def enter(self) -> float:
        """Wait for a slot and take it; return the time of sending, which `leave` needs."""
        while (delay := self._delay()) != 0:
            if delay is None:
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(waiter)
                await waiter
            else:
                await asyncio.sleep(delay)
        self._busy += 1
        return self._clock()

    def _delay(self) -> float | None:
        """Return 0 when a slot is free, else the seconds until one is; None: not before a call is answered."""
        now = self._clock()
        if now < self._paused_until:
            return self._paused_until - now
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        if self._busy + len(self._free_at) < self._allowed:
            return 0
        return max(self._free_at[0] - now, 0.001) if self._free_at else None

    def leave(self, sent: float, *, answered: bool = True) -> None:
        """Give the slot back: it is free again after the window."""
        now = self._clock()
        self._busy -= 1
        if answered:
            self._trips.append(now - sent)
        free = now + self._window * (1 + _MARGIN)
        if answered and now >= self._cautious_until and len(self._trips) >= _ENOUGH:
            spread = max(self._trips) - min(self._trips)
            free = min(free, sent + self._window * (1 + _MARGIN) + spread)
        # Kept in order: a call that was answered late may free its slot early.
        self._free_at.append(free)
        if len(self._free_at) > 1 and self._free_at[-2] > free:
            self._free_at = deque(sorted(self._free_at))
        self._good += 1
        if self._allowed < self._slots and self._good >= _RECOVER_CALLS:
            self._allowed += 1
            self._good = 0
        self._wake()

    def throttled(self, retry_after: float = 0.0) -> None:
        """Take in that a call was refused as too many: half the slots, a pause, and full caution for a while."""
        now = self._clock()
        self._allowed = max(1, self._allowed // 2)
        self._good = 0
        self._cautious_until = now + _CAUTIOUS_SECONDS
        self._paused_until = max(self._paused_until, now + max(retry_after, self._window))

    def _wake(self) -> None:
        """Let everybody who waits look again: one who is cancelled meanwhile then keeps nobody waiting."""
        waiting, self._waiting = self._waiting, deque()
        for waiter in waiting:
            if not waiter.done() and not waiter.get_loop().is_closed():
                waiter.set_result(None)
