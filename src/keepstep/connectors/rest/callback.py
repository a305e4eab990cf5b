"""The place on this machine where a browser brings the answer of an authorization server (RFC 8252 section 7.3)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Final
from urllib.parse import urlsplit

from keepstep.errors import CredentialsRefused, KeepstepError, UsageError

_MOST: Final = 16 * 1024
_SLOW: Final = 10.0
"""Seconds that a browser may take for its request: one that says nothing must not hold up the next."""

Read = Callable[[str], str]
"""Reads the code out of a callback address; UsageError if the address answers something else."""


async def wait_for_code(callback: str, read: Read, *, seconds: float) -> str:
    """Return the code that a browser brings to *callback* within *seconds*; only one answer is taken.

    CredentialsRefused if the answer is no, or none came in time; UsageError if nobody can listen there.
    """
    parts = urlsplit(callback)
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    door = _Door(parts.path or "/", read, answer)
    try:
        server = await asyncio.start_server(door.serve, parts.hostname, parts.port or 80, limit=_MOST)
    except OSError as exc:
        raise UsageError(
            f"nobody can listen at {callback}: {exc.strerror}",
            hint="end the program that is there, or bring the address over by hand with --paste",
        ) from exc
    try:
        return await asyncio.wait_for(answer, seconds)
    except TimeoutError:
        raise CredentialsRefused(
            f"nobody came back within {seconds:g} seconds", hint="run the command again, or use --paste"
        ) from None
    finally:
        server.close()
        await door.close()


class _Door:
    """Answers the requests of browsers until one brings the answer."""

    def __init__(self, path: str, read: Read, answer: "asyncio.Future[str]") -> None:
        self._path = path
        self._read = read
        self._answer = answer
        self._open = set[asyncio.Task[None]]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and hang up."""
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            with suppress(OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _SLOW)
                writer.write(self._reply(head.decode("latin-1").split("\r\n", 1)[0]))
                await asyncio.wait_for(writer.drain(), _SLOW)
        finally:
            writer.close()

    def _reply(self, line: str) -> bytes:
        method, _, rest = line.partition(" ")
        target = rest.partition(" ")[0]
        if method != "GET" or target.partition("?")[0] != self._path:
            return _page("404 Not Found", "There is nothing here.")
        if self._answer.done():
            return _page("409 Conflict", "An answer was given already. You may close this page.")
        try:
            self._answer.set_result(self._read(target))
        except CredentialsRefused as exc:
            self._answer.set_exception(exc)
            return _page("200 OK", f"{exc.message}. You may close this page.")
        except KeepstepError as exc:
            return _page("400 Bad Request", exc.message)
        return _page("200 OK", "Keepstep has the answer. You may close this page, and go on in the terminal.")

    async def close(self) -> None:
        """Let the browser have its page before the loop ends; hang up on everybody else."""
        if self._open:
            await asyncio.wait(self._open, timeout=1)
        for task in tuple(self._open):
            task.cancel()


def _page(status: str, text: str) -> bytes:
    body = f"<!doctype html><meta charset=utf-8><title>Keepstep</title><p>{escape(text)}</p>".encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
