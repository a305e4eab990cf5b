"""The only door to HTTP: one request in, one bounded answer out, and certainty about what was not sent.

Redirects are not followed, proxies and cookies are not used, certificates are verified, and no address is connected
to that the connection does not allow.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp

from keepstep.core.endpoint import Request, Response
from keepstep.errors import ConfigurationError, ConnectionLost, ConnectorError, ResponseInvalid, TlsRefused

LARGEST: Final = 64 * 1024 * 1024
"""The most bytes of one answer, after decompression. A page of 1,000 persons is about 1 MB."""

_CONNECT_SECONDS: Final = 10.0
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_Sockaddr = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Failure:
    """There is no answer. *unsent*: the request certainly did not reach the application."""

    error: ConnectorError
    unsent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one application is reached: seconds for a whole call, the CA file, whether it may be in our network."""

    timeout: float
    ca_file: str = ""
    allow_private: bool = False


class _AddressRefusedError(OSError):
    """The name leads to an address that the connection does not allow."""


class _BrokenOffError(Exception):
    """The connection broke after it was made. Not an aiohttp error: aiohttp would send PUT and DELETE again."""


class Transport:
    """Sends requests over connections that are kept alive, one pool for each event loop."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._tls: ssl.SSLContext | None = None
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: Request) -> Response | Failure:
        """Send *request* once and return its answer, or why there is none; never raises for the network."""
        if request.url.startswith("http:") and not self._line.allow_private:
            return Failure(
                TlsRefused(
                    "the address begins with http: credentials would go unprotected",
                    hint="use https, or set allow_private_addresses for an application inside your own network",
                ),
                unsent=True,
            )
        host = request.origin[1]
        session = self._open()
        try:
            return await self._exchange(session, request)
        except aiohttp.InvalidURL:
            return Failure(ConnectionLost("the address is not a valid URL", hint="check base_url"), unsent=True)
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

    async def _exchange(self, session: aiohttp.ClientSession, request: Request) -> Response | Failure:
        began = time.monotonic()
        async with session.request(
            request.method,
            request.address,
            headers=request.headers,
            data=request.body or None,
            timeout=self._timeout(request.timeout),
            allow_redirects=False,
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

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        self._tls = self._tls or _tls(self._line.ca_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls, socket_factory=_socket_factory(allow_private=self._line.allow_private), limit=32
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "keepstep"},
            skip_auto_headers=("Content-Type",),
        )
        self._loop = loop
        return self._session

    def _timeout(self, seconds: float | None) -> aiohttp.ClientTimeout:
        total = seconds or self._line.timeout
        return aiohttp.ClientTimeout(total=total, connect=min(_CONNECT_SECONDS, total))

    async def close(self) -> None:
        """Close the connections; may be called twice."""
        session, self._session = self._session, None
        if session is not None and self._loop is asyncio.get_running_loop():
            await session.close()


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send once. aiohttp sends PUT and DELETE again by itself when a kept connection breaks; a write must not be."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _BrokenOffError from exc


def _tls(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as exc:
        raise ConfigurationError(f"the CA file {ca_file} cannot be read as certificates") from exc


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
    if isinstance(exc.os_error, _AddressRefusedError):
        return ConnectionLost(
            f"{host} is at a private address, which is not allowed",
            hint="set allow_private_addresses if the application really is inside your network",
        )
    return ConnectionLost(f"{host} cannot be reached", hint="check base_url, the firewall and whether it is running")


def _socket_factory(*, allow_private: bool) -> Callable[[_Sockaddr], socket.socket]:
    """Return the maker of sockets that looks at the very address that is to be connected to.

    It comes after DNS, so that no name, encoding or second answer of a name server leads around it.
    """

    def make(info: _Sockaddr) -> socket.socket:
        family, kind, protocol, _, address = info
        if not allow_private and not is_public(str(address[0])):
            raise _AddressRefusedError("private address")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    return make


def is_public(address: str) -> bool:
    """Return whether *address* is reachable from the whole Internet, looking through IPv4 held in IPv6."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        held = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if held is None and ip in _NAT64:
            held = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = held or ip
    return ip.is_global and not ip.is_multicast
