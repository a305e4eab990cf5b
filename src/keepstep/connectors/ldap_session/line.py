"""The way to one directory server: a session that is opened when first needed, and again when it broke."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import urlsplit

from keepstep.connectors.ldap_session.kerberos import KerberosLogin
from keepstep.connectors.ldap_session.session import Login, Session, SimpleLogin
from keepstep.connectors.ldap_session.tls import Server
from keepstep.core.connection import ActiveDirectoryConnection, KerberosBind, ServedConnection, SimpleBind
from keepstep.core.secret import Resolve
from keepstep.errors import ConfigurationError, ConnectionLost

T = TypeVar("T")


class Line:
    """One session at a time, whoever asks for it."""

    def __init__(self, server: Callable[[], Server], login: Callable[[], Login]) -> None:
        self._server: Final = server
        self._login: Final = login
        self._opening: Final = asyncio.Lock()
        self._session: Session | None = None

    async def session(self) -> Session:
        """Return the session; ConnectorError or ConfigurationError say why there is none."""
        async with self._opening:
            if self._session is not None and not self._session.broken:
                return self._session
            self.close()
            self._session = await Session.open(self._server(), self._login())
            return self._session

    async def reading(self, use: Callable[[Session], Awaitable[T]]) -> T:
        """Return what *use* reads; once more on a new session if an old one turned out to be broken."""
        old = self._session
        session = await self.session()
        try:
            return await use(session)
        except ConnectionLost:
            if session is not old:
                raise
            session.broken = True
        return await use(await self.session())

    def close(self) -> None:
        """Let go of the session; may be called twice."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


def directory_server(name: str, spec: ServedConnection) -> Server:
    """Return where connection *name* finds its directory; ConfigurationError if *spec* makes no sense."""
    return _server(name, spec, spec.url, tls_port=636, plain_port=389)


def catalog_server(name: str, spec: ActiveDirectoryConnection) -> Server:
    """Return where connection *name* finds the global catalog: where it says, or beside its domain."""
    parts = urlsplit(spec.url)
    host = parts.hostname or ""
    beside = f"{parts.scheme}://[{host}]" if ":" in host else f"{parts.scheme}://{host}"
    return _server(name, spec, spec.global_catalog or beside, tls_port=3269, plain_port=3268)


def login(spec: ServedConnection, resolve: Resolve) -> Login:
    """Return how the service account proves itself. SecretMissing if its password is not there."""
    match spec.bind:
        case SimpleBind(user=user, password=password):
            return SimpleLogin(user, resolve(password))
        case KerberosBind(keytab=keytab, principal=principal):
            return KerberosLogin(keytab, principal)


def _server(name: str, spec: ServedConnection, url: str, *, tls_port: int, plain_port: int) -> Server:
    parts = urlsplit(url)
    tls = parts.scheme == "ldaps"
    if tls and spec.start_tls:
        raise ConfigurationError(
            f"{name}: start_tls and ldaps:// exclude each other", hint="write ldap:// with start_tls: true"
        )
    if not (tls or spec.start_tls or spec.allow_plain) and isinstance(spec.bind, SimpleBind):
        raise ConfigurationError(
            f"{name}: the password would go over the network unprotected",
            hint="use ldaps:// or start_tls: true (allow_plain: true sends it all the same)",
        )
    try:
        port = parts.port
    except ValueError as exc:
        raise ConfigurationError(f"{name}: the url has no valid port", hint="write ldaps://host:636") from exc
    return Server(
        host=parts.hostname or "",
        port=port or (tls_port if tls else plain_port),
        tls=tls,
        start_tls=spec.start_tls,
        ca_file=spec.ca_file,
        timeout=spec.timeout,
        connection=name,
    )
