"""Rate limits: one bucket per method and path, as strict as the published numbers.

Source: Infobip reference, section 2.4. The windows are fixed by default: the clock is cut into whole windows
and each lets so many calls through. The strict variant lets so many through in *any* window.
Refused calls use nothing up.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from keepstep.emulator.operation import Operation
from keepstep.emulator.rules import Rules

Limits = bool | float


@dataclass(slots=True)
class _Fixed:
    window: int = -1
    used: int = 0


class Limiter:
    """Counts the calls of the account; `clock` gives monotonic seconds."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._fixed: dict[str, _Fixed] = {}
        self._sliding: dict[str, deque[float]] = {}

    def reset(self) -> None:
        """Forget every call."""
        self._fixed.clear()
        self._sliding.clear()

    def admit(self, operation: Operation, rules: Rules) -> float:
        """Count one call; return 0, or the seconds until a call can pass when this one is refused."""
        if operation.rate is None or self.limits is False:
            return 0.0
        calls, seconds = operation.rate
        allowed = max(1, int(calls * (1.0 if self.limits is True else self.limits)))
        bucket = operation.path if rules.rate_bucket == "path" else f"{operation.method} {operation.path}"
        if rules.rate_window == "sliding":
            return self._admit_sliding(bucket, allowed, seconds)
        return self._admit_fixed(bucket, allowed, seconds)

    def _admit_fixed(self, bucket: str, allowed: int, seconds: int) -> float:
        now = self._clock()
        state = self._fixed.setdefault(bucket, _Fixed())
        window = int(now // seconds)
        if state.window != window:
            state.window, state.used = window, 0
        if state.used >= allowed:
            return (window + 1) * seconds - now
        state.used += 1
        return 0.0

    def _admit_sliding(self, bucket: str, allowed: int, seconds: int) -> float:
        now = self._clock()
        times = self._sliding.setdefault(bucket, deque())
        while times and times[0] <= now - seconds:
            times.popleft()
        if len(times) >= allowed:
            return max(times[0] + seconds - now, 0.001)
        times.append(now)
        return 0.0
