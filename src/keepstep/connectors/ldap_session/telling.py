"""What the log and the traces say of one operation of LDAP: where it went, what it was, how it ended."""

from collections.abc import Awaitable
from typing import TypeVar

from keepstep.connectors.ldap_session.results import Answer
from keepstep.connectors.ldap_session.tls import Server
from keepstep.telemetry.event import span

T = TypeVar("T")


async def told(server: Server, operation: str, work: Awaitable[T]) -> T:
    """Return what *work* gives, and tell of it. *operation*: one that only waits is told only if it went wrong."""
    with span("call", connection=server.connection or server.name, call=operation) as one:
        one.quiet = operation == "notice"
        result = await work
        answer = getattr(result, "answer", result)
        if isinstance(answer, Answer):
            one.keys["result"] = answer.code
        return result
