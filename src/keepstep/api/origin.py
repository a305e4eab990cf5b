"""Where a request comes from, and the id by which it is followed: through answers, audit entries and logs."""

import re
from contextvars import ContextVar
from secrets import token_hex
from typing import Final

HEADER: Final = "X-Correlation-Id"
_GIVEN: Final = re.compile(rb"[A-Za-z0-9._\-]{8,64}")
_CORRELATION: Final[ContextVar[str]] = ContextVar("keepstep_request", default="")


def correlation_of() -> str:
    """Return the correlation id of the request that this is part of; empty outside of one."""
    return _CORRELATION.get()


def take_correlation(given: bytes | None) -> str:
    """Return the correlation id of a new request, *given* by whoever asks if it is one, and keep it for its parts."""
    correlation = given.decode() if given and _GIVEN.fullmatch(given) else token_hex(8)
    _CORRELATION.set(correlation)
    return correlation
