"""What the log and the traces say of one operation of LDAP: where it went, what it was, how it ended."""

from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from keepstep.connectors.ldap_session.results import Answer
from keepstep.connectors.ldap_session.tls import Server
from keepstep.telemetry.event import span

T = TypeVar("T")

_HEARD: Final = ContextVar[list[str] | None]("heard", default=None)


async def told(server: Server, operation: str, work: Awaitable[T]) -> T:
    """Return what *work* gives, and tell of it. *operation*: one that only waits is told only if it went wrong."""
    with span("call", connection=server.connection or server.name, call=operation) as one:
        one.quiet = operation == "notice"
        result = await work
        answer = getattr(result, "answer", result)
        if isinstance(answer, Answer):
            one.keys["result"] = answer.code
        return result


@contextmanager
def heard() -> Generator[list[str]]:
    """Give the writes that whoever is inside sends, each with its result code (RFC 4511 4.1.9); no names, no values."""
    calls: list[str] = []
    token = _HEARD.set(calls)
    try:
        yield calls
    finally:
        _HEARD.reset(token)


def hear(operation: str, answer: Answer) -> None:
    """Tell whoever listens that a write was answered."""
    if (calls := _HEARD.get()) is not None:
        calls.append(f"LDAP {operation}: {'lost' if answer.code < 0 else answer.code}")
