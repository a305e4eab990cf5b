"""The server process: listens, answers, and stops gracefully."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from keepstep.api.patience import SECONDS, patient
from keepstep.errors import UsageError

GRACE: Final = 30
"""How many seconds what is being answered may take when the server is to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the server listens. *proxies*: whose `X-Forwarded-*` headers are believed. *base_path*: behind a proxy.

    *patience*: how many seconds the headers of a request may take.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()
    base_path: str = ""
    patience: float = SECONDS

    @property
    def tls(self) -> bool:
        """Whether it speaks TLS itself."""
        return self.certificate is not None

    def check(self) -> None:
        """UsageError for an address at which passwords would go unprotected over the network, or half a certificate."""
        if (self.certificate is None) is not (self.key is None):
            raise UsageError("a certificate needs its key, and a key its certificate", hint="--tls-cert and --tls-key")
        if not self.tls and not self.proxies and not _on_this_machine(self.host):
            raise UsageError(
                f"without TLS nothing is served at {self.host}: passwords would go unprotected",
                hint="give --tls-cert and --tls-key, or --trusted-proxy for a proxy that speaks TLS",
            )


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Uvicorn(uvicorn.Server):
    """Leaves signals to whoever runs it: the worker beside it stops by the same."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield


async def listen(app: ASGIApp, address: Address, stop: asyncio.Event, ready: Callable[[str], None]) -> None:
    """Serve *app* at *address* until *stop* is set; what is being answered is finished, within `GRACE` seconds.

    *ready* is told the URL once it can be asked. UsageError if the port is taken or the certificate is none.
    """
    address.check()
    config = _config(app, address)
    server = _Uvicorn(config)
    try:
        config.load()
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        sock = socket.create_server((address.host, address.port), family=family, backlog=1024)
    except OSError as exc:  # ssl.SSLError is one too
        why = exc.strerror or type(exc).__name__
        raise UsageError(f"nothing can be served at {address.host}:{address.port}: {why}") from None
    url = f"{'https' if address.tls else 'http'}://{address.host}:{sock.getsockname()[1]}{address.base_path}"

    async def watch() -> None:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        ready(url)
        await stop.wait()
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve([sock])
    finally:
        watching.cancel()
        sock.close()


def _config(app: ASGIApp, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        proxy_headers=bool(address.proxies),
        forwarded_allow_ips=list(address.proxies),
        root_path=address.base_path,
        server_header=False,
        date_header=True,
        access_log=False,
        log_config=None,
        lifespan="off",
        http=patient(address.patience),
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
    )
