"""The id by which one piece of work is followed: through requests, calls, audit entries, logs and traces."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Correlation-Id"
_CORRELATION: Final[ContextVar[str]] = ContextVar("keepstep_correlation", default="")


def correlation_of() -> str:
    """Return the correlation id of what this is part of; empty if it has none."""
    return _CORRELATION.get()


@contextmanager
def correlated(correlation: str) -> Generator[None]:
    """Have all that this task does inside be part of *correlation*."""
    token = _CORRELATION.set(correlation)
    try:
        yield
    finally:
        _CORRELATION.reset(token)
