"""Where in a trace something happens, as programs tell each other in the header `traceparent` (W3C Trace Context)."""

import hashlib
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from keepstep.telemetry.correlation import correlation_of

TRACEPARENT: Final = "traceparent"
_GIVEN: Final = re.compile(rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_TRACE: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Place:
    """One span of one trace. *sampled*: whoever began the trace wants it to be kept."""

    trace: str
    span: str
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        """The place as it is told to another program."""
        return f"00-{self.trace}-{self.span}-{'01' if self.sampled else '00'}"


_PLACE: Final[ContextVar[Place | None]] = ContextVar("keepstep_place", default=None)


def place_of() -> Place | None:
    """Return where in a trace this happens, or None."""
    return _PLACE.get()


def told_place(given: bytes | None) -> Place | None:
    """Return the place that a header *given* by another program tells, or None if it is none."""
    found = _GIVEN.fullmatch(given) if given and len(given) <= 512 else None
    if found is None or (found[1] == b"00" and found[5]):
        return None  # only a later version may have more parts
    return Place(found[2].decode(), found[3].decode(), sampled=bool(int(found[4], 16) & 1))


def place_below(parent: Place | None) -> Place:
    """Return a new place below *parent*, or at the top of the trace that its correlation id has.

    That trace is worked out of the id, so that a request and the worker that goes on with it, in another process and
    on another day, are in one trace.
    """
    if parent is not None:
        return Place(parent.trace, token_hex(8), parent.sampled)
    correlation = correlation_of()
    if _TRACE.fullmatch(correlation):
        return Place(correlation, token_hex(8))
    return Place(hashlib.sha256(correlation.encode()).hexdigest()[:32] if correlation else token_hex(16), token_hex(8))


@contextmanager
def placed(place: Place | None) -> Generator[None]:
    """Have all that this task does inside happen at *place*."""
    token = _PLACE.set(place)
    try:
        yield
    finally:
        _PLACE.reset(token)
