"""Events and spans: what the server says of itself, by keys, never with values of people or secrets."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from keepstep.errors import KeepstepError
from keepstep.telemetry.correlation import correlation_of
from keepstep.telemetry.place import Place, place_below, place_of, placed

Value = str | int | float
LOGGER: Final = "keepstep"


@dataclass(slots=True, kw_only=True)
class Span:
    """Something with a beginning and an end: a request, a turn, a call. *began*: nanoseconds since 1970.

    *quiet*: it is told only if it went wrong.
    """

    event: str
    place: Place
    parent: Place | None
    keys: dict[str, Value]
    began: int
    seconds: float = 0.0
    quiet: bool = False

    @property
    def failed(self) -> bool:
        """Whether it went wrong: there is an error, or an answer that blames a server."""
        status = self.keys.get("status", 0)
        return "error" in self.keys or (isinstance(status, int) and status >= 500)


def event(name: str, *, level: int = logging.INFO, **keys: Value) -> None:
    """Tell that something happened, with what it is part of."""
    _tell(name, level, place_of(), keys, None)


@contextmanager
def span(name: str, **keys: Value) -> Generator[Span]:
    """Have all that this task does inside be part of a new span, which is told as one event when it ends.

    Whoever is inside adds keys to it. What is raised is told by its code, and raised.
    """
    parent = place_of()
    told = Span(event=name, place=place_below(parent), parent=parent, keys=keys, began=time.time_ns())
    began = time.perf_counter()
    try:
        with placed(told.place):
            yield told
    except BaseException as exc:
        told.keys["error"] = code_of(exc)
        raise
    finally:
        told.seconds = time.perf_counter() - began
        if told.failed or not told.quiet:
            level = logging.WARNING if told.failed else logging.INFO
            _tell(name, level, told.place, {**told.keys, "seconds": round(told.seconds, 6)}, told)


def code_of(error: BaseException) -> str:
    """Return what an error is called: its code, or for one that is not ours its type; never what it says."""
    return error.code if isinstance(error, KeepstepError) else type(error).__name__


def _tell(name: str, level: int, place: Place | None, keys: dict[str, Value], ended: Span | None) -> None:
    logger = logging.getLogger(LOGGER)
    if not logger.isEnabledFor(logging.INFO):
        return  # nobody listens: only a server does
    correlation = correlation_of()
    head: dict[str, Value] = {"correlation": correlation} if correlation else {}
    if place is not None:
        head |= {"trace": place.trace, "span": place.span}
    logger.log(level, name, extra={"keys": head | keys, "ended": ended})
