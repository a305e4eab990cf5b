"""The only door to HTTP: one request in, one bounded answer out, and certainty about what was not sent.

Redirects are not followed, cookies are not used, certificates are verified, no proxy is used that is not configured,
and no address is connected to that the configuration does not allow.
"""

import asyncio
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, assert_never

import aiohttp

from keepstep.connectors.dialing import ForbiddenAddressError, addresses_of, refusal, socket_maker
from keepstep.connectors.rest.tls import Identity, identified, trusting
from keepstep.core.connection import RestConnection
from keepstep.core.egress import NOWHERE_ELSE, EgressSpec, ProxySpec
from keepstep.core.endpoint import Request, Response, origin_of
from keepstep.core.secret import Resolve, SecretRef
from keepstep.errors import (
    ConnectionLost,
    ConnectorError,
    CredentialsRefused,
    ResponseInvalid,
    SecretMissing,
    TlsRefused,
)

LARGEST: Final = 64 * 1024 * 1024
"""The most bytes of one answer, after decompression. A page of 1,000 persons is about 1 MB."""

_CONNECT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Failure:
    """There is no answer. *unsent*: the request certainly did not reach the application."""

    error: ConnectorError
    unsent: bool


def _sealed(reference: SecretRef) -> NoReturn:
    raise SecretMissing(f"{reference.label} cannot be opened here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one application is reached: seconds for a whole call, where calls may go, the CA file.

    *identity*: the certificate that is shown, and to whom; *resolve*: opens the secrets of the way itself.
    """

    timeout: float
    egress: EgressSpec = NOWHERE_ELSE
    resolve: Resolve = _sealed
    ca_file: str = ""
    identity: Identity | None = None


def line_of(spec: RestConnection, egress: EgressSpec, resolve: Resolve) -> Line:
    """Return how the application of *spec* is reached."""
    shown = spec.client_certificate
    identity = Identity(origin=origin_of(spec.base_url), file=shown.file, key=shown.key) if shown else None
    return Line(timeout=spec.timeout, egress=egress, resolve=resolve, ca_file=spec.ca_file, identity=identity)


class _Way(StrEnum):
    """How a host is reached: as any of the Internet, as one that is listed by its name, or through the proxy."""

    DIRECT = "direct"
    NAMED = "named"
    PROXY = "proxy"


class _BrokenOffError(Exception):
    """The connection broke after it was made. Not an aiohttp error: aiohttp would send PUT and DELETE again."""


class Transport:
    """Sends requests over connections that are kept alive, a pool for each way, all of one event loop."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._tls: dict[bool, ssl.SSLContext] = {}
        self._sessions: dict[_Way, aiohttp.ClientSession] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: Request) -> Response | Failure:
        """Send *request* once and return its answer, or why there is none; never raises for the network."""
        host = request.origin[1]
        if request.url.startswith("http:") and not self._line.egress.lists(host):
            return Failure(_unprotected(host), unsent=True)
        try:
            return await self._exchange(await self._way(host), request)
        except ForbiddenAddressError as exc:
            return Failure(refusal(host, exc.address), unsent=True)
        except aiohttp.InvalidURL:
            return Failure(ConnectionLost("the address is not a valid URL", hint="check base_url"), unsent=True)
        except aiohttp.ClientProxyConnectionError:
            hint = "check egress.proxy, and whether the proxy is running"
            return Failure(ConnectionLost("the proxy cannot be reached", hint=hint), unsent=True)
        except aiohttp.ClientHttpProxyError as exc:
            return Failure(_not_passed_on(host, exc.status), unsent=True)
        except aiohttp.ClientConnectorError as exc:
            return Failure(_unreachable(host, exc), unsent=True)
        except aiohttp.ConnectionTimeoutError:
            return Failure(ConnectionLost(f"{host} did not accept a connection in time"), unsent=True)
        except _BrokenOffError:
            return Failure(ConnectionLost(f"{host} broke off the connection"), unsent=False)
        except TimeoutError:
            seconds = f"{request.timeout or self._line.timeout:g}"
            return Failure(ConnectionLost(f"{host} did not answer within {seconds} seconds"), unsent=False)
        except aiohttp.ClientError as exc:
            return Failure(ConnectionLost(f"{host} broke off its answer ({type(exc).__name__})"), unsent=False)

    async def _way(self, host: str) -> _Way:
        """Return how *host* is reached; ForbiddenAddressError if not even the proxy may be asked for it.

        What the proxy finds behind a name is its own matter, but no name is asked for that leads inside from here.
        """
        egress = self._line.egress
        if egress.lists_name(host):
            return _Way.NAMED
        if egress.proxy is None or egress.lists(host):
            return _Way.DIRECT
        found = await addresses_of(host)
        for address in found:
            if not egress.admits(address, named=False):
                raise ForbiddenAddressError(address)
        return _Way.DIRECT if found and all(egress.lists(address) for address in found) else _Way.PROXY

    async def _exchange(self, way: _Way, request: Request) -> Response | Failure:
        session = self._open(way)
        proxy = self._line.egress.proxy if way is _Way.PROXY else None
        began = time.monotonic()
        async with session.request(
            request.method,
            request.address,
            headers=request.headers,
            data=request.body or None,
            timeout=self._timeout(request.timeout),
            allow_redirects=False,
            ssl=self._tls_to(request.origin),
            proxy=proxy.url if proxy else None,
            proxy_headers=self._proof(proxy) if proxy else None,
            middlewares=(_once,),
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > LARGEST:
                    answer.close()
                    return Failure(ResponseInvalid(f"an answer is larger than {LARGEST // 2**20} MiB"), unsent=False)
            # Several headers of one name are one list (RFC 9110, 5.3).
            headers: dict[str, str] = {}
            for name, value in answer.headers.items():
                key = name.lower()
                headers[key] = f"{headers[key]}, {value}" if key in headers else value
            seconds = time.monotonic() - began
            return Response(status=answer.status, headers=headers, body=bytes(body), url=request.url, seconds=seconds)

    def _proof(self, proxy: ProxySpec) -> dict[str, str]:
        if proxy.password is None:
            return {}
        pair = f"{proxy.user}:{self._line.resolve(proxy.password).reveal()}"
        return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode('ascii')}"}

    def _open(self, way: _Way) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._sessions, self._loop = {}, loop
        found = self._sessions.get(way)
        if found is not None and not found.closed:
            return found
        made = self._sessions[way] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=socket_maker(self._admitting(way)), limit=32),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "keepstep"},
            skip_auto_headers=("Content-Type",),
        )
        return made

    def _tls_to(self, origin: tuple[str, str, int | None]) -> ssl.SSLContext:
        """Return how TLS is spoken with *origin*: the certificate is shown to its own origin only."""
        line = self._line
        shown = line.identity if line.identity is not None and line.identity.origin == origin else None
        if (known := self._tls.get(shown is not None)) is not None:
            return known
        made = trusting(line.ca_file) if shown is None else identified(line.ca_file, shown, line.resolve)
        self._tls[shown is not None] = made
        return made

    def _admitting(self, way: _Way) -> Callable[[str], bool]:
        """Return which addresses sockets are made for on *way*. On the way of the proxy there is only the proxy."""
        egress = self._line.egress
        match way:
            case _Way.DIRECT:
                return lambda address: egress.admits(address, named=False)
            case _Way.NAMED:
                return lambda address: egress.admits(address, named=True)
            case _Way.PROXY:
                return lambda _: True
            case _:
                assert_never(way)

    def _timeout(self, seconds: float | None) -> aiohttp.ClientTimeout:
        total = seconds or self._line.timeout
        return aiohttp.ClientTimeout(total=total, connect=min(_CONNECT_SECONDS, total))

    async def close(self) -> None:
        """Close the connections; may be called twice."""
        sessions, self._sessions = self._sessions, {}
        if self._loop is asyncio.get_running_loop():
            for session in sessions.values():
                await session.close()


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send once. aiohttp sends PUT and DELETE again by itself when a kept connection breaks; a write must not be."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _BrokenOffError from exc


def _unprotected(host: str) -> TlsRefused:
    return TlsRefused(
        "the address begins with http: credentials would go unprotected",
        hint=f'use https, or add "{host}" to egress.allow in keepstep.yaml if it is inside your own network',
    )


def _not_passed_on(host: str, status: int) -> ConnectorError:
    """Return why the proxy did not lead to *host*."""
    if status == 407:
        hint = "check user and password of egress.proxy"
        return CredentialsRefused("the proxy does not accept who we are (status 407)", hint=hint)
    return ConnectionLost(f"the proxy does not lead to {host} (status {status})", hint="ask who runs the proxy")


def _unreachable(host: str, exc: aiohttp.ClientConnectorError) -> ConnectorError:
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        return TlsRefused(
            f"the certificate of {host} cannot be trusted",
            hint="name the CA that signed it in ca_file, and check the host name",
        )
    if isinstance(exc, aiohttp.ClientConnectorSSLError):
        return TlsRefused(f"{host} does not speak TLS as we do", hint="is the port right, and is it https?")
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        return ConnectionLost(f"the name {host} cannot be resolved", hint="check base_url and the DNS of this machine")
    if isinstance(exc.os_error, ForbiddenAddressError):
        return refusal(host, exc.os_error.address)
    return ConnectionLost(f"{host} cannot be reached", hint="check base_url, the firewall and whether it is running")
