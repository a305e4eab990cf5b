"""The wall around every route: ids, bounds, pace, headers; what a hostile request meets first."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keepstep.api.metrics import Metrics, route_of
from keepstep.api.origin import correlation_for
from keepstep.api.problem import problem
from keepstep.core.throttle import network_of
from keepstep.store.audit_log import SqlAuditLog
from keepstep.telemetry.correlation import HEADER
from keepstep.telemetry.event import span
from keepstep.telemetry.place import TRACEPARENT, placed, told_place

MOST_BYTES: Final = 4 << 20
"""How large a request may be."""

MOST_AT_ONCE: Final = 512
"""How many requests are answered at once, streams among them."""

PATIENCE: Final = 30.0
"""How many seconds the body of a request may take to arrive."""

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(slots=True)
class Buckets:
    """How many requests each address may send: *rate* a second, *burst* at once."""

    rate: float
    burst: float
    most: int = 10_000
    held: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict)

    def wait(self, address: str, now: float) -> float:
        """Take one; return 0, or after how many seconds there is one again."""
        left, last = self.held.pop(address, (self.burst, now))
        left = min(self.burst, left + (now - last) * self.rate)
        taken = left >= 1
        self.held[address] = (left - 1 if taken else left, now)
        if len(self.held) > self.most:
            self.held.popitem(last=False)
        return 0.0 if taken else (1 - left) / self.rate


class _TooLarge(Exception):
    """A request is larger than it may be."""


@dataclass(slots=True)
class Wall:
    """Wraps *app*: gives each request its correlation id, refuses those that are too many, too large or too slow."""

    app: ASGIApp
    audit: SqlAuditLog
    metrics: Metrics
    buckets: Buckets
    most_bytes: int = MOST_BYTES
    most_at_once: int = MOST_AT_ONCE
    busy: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        above = told_place(headers.get(TRACEPARENT.encode()))
        correlation = correlation_for(headers.get(HEADER.lower().encode()), above)
        address = scope["client"][0] if scope.get("client") else "local"
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_ours(message.get("headers", []), correlation)
            await send(message)

        with self.audit.correlated(correlation, origin=f"{address} by the API"), placed(above):
            began = time.perf_counter()
            with span("request", method=scope["method"]) as told:
                told.quiet = scope["path"] in _UNCOUNTED
                self.busy += 1
                try:
                    await self._pass_on(scope, receive, sending, address)
                finally:
                    self.busy -= 1
                    told.keys |= {"route": route_of(scope), "status": status}
                    self.metrics.request(scope, status, time.perf_counter() - began)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, address: str) -> None:
        if self.busy > self.most_at_once and scope["path"] not in _UNCOUNTED:
            answer = problem(503, "busy", "the server has too much to answer", hint="try again in a moment")
            answer.headers["Retry-After"] = "1"
            await answer(scope, receive, send)
            return
        wait = 0.0 if scope["path"] in _UNCOUNTED else self.buckets.wait(network_of(address), time.monotonic())
        if wait:
            answer = problem(429, "too_many_requests", "too many requests from your address", hint="send fewer")
            answer.headers["Retry-After"] = str(int(wait) + 1)
            await answer(scope, receive, send)
            return
        try:
            body = await _whole(receive, dict(scope["headers"]).get(b"content-length", b"0"), self.most_bytes)
        except _TooLarge:
            told = f"a request has {self.most_bytes:,} bytes at most, and {PATIENCE:.0f} seconds"
            await problem(413, "too_large", told)(scope, receive, send)
            return
        await self.app(scope, _again(body, receive), send)


_UNCOUNTED: Final = frozenset({"/healthz", "/readyz"})


async def _whole(receive: Receive, said: bytes, most: int) -> bytes:
    """Return the body of a request; _TooLarge if it is, or is said to be, over *most* bytes, or takes too long."""
    if not said.isdigit() or int(said) > most:
        raise _TooLarge
    body = bytearray()
    more = True
    try:
        async with asyncio.timeout(PATIENCE):
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > most:
                    raise _TooLarge
    except TimeoutError:
        raise _TooLarge from None
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives *body*, and then only whether the client is still there."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_ours(headers: list[tuple[bytes, bytes]], correlation: str) -> list[tuple[bytes, bytes]]:
    there = {name.lower() for name, _ in headers}
    more = [(name, value) for name, value in _HEADERS if name not in there]
    if b"content-security-policy" not in there:
        more.append((b"content-security-policy", API_POLICY))
    if b"cache-control" not in there:
        more.append((b"cache-control", b"no-store"))
    return [*headers, *more, (HEADER.lower().encode(), correlation.encode())]
