"""One bound LDAP connection. The only file that calls python-ldap; its calls happen in one thread each session."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any, Final, TypeVar

from keepstep.connectors.ldap_session.controls import DIRSYNC, dirsync_request, dirsync_response
from keepstep.connectors.ldap_session.kerberos import KerberosLogin, kerberos_error, signed_in
from keepstep.connectors.ldap_session.lane import Lane
from keepstep.connectors.ldap_session.library import answer_of, library
from keepstep.connectors.ldap_session.results import Answer, error_of
from keepstep.connectors.ldap_session.telling import hear, told
from keepstep.connectors.ldap_session.tls import Server, authorities, look_ahead
from keepstep.core.secret import Secret
from keepstep.errors import ConnectionLost, CredentialsRefused, ResponseInvalid

PAGE_SIZE: Final = 1000
"""Entries a page: the default MaxPageSize of a domain controller (MS-ADTS 3.1.1.3.4.6)."""

_DOMAIN_SCOPE: Final = "1.2.840.113556.1.4.1339"
_SHOW_DELETED: Final = "1.2.840.113556.1.4.417"
_DESCRIPTOR_FLAGS: Final = "1.2.840.113556.1.4.801"
_DACL_ONLY: Final = b"\x30\x03\x02\x01\x04"
"""LDAP_SERVER_SD_FLAGS: owner, group and audit part need rights that a service account has not."""

_NOTIFICATION: Final = "1.2.840.113556.1.4.528"

_GRACE: Final = 5.0
"""Seconds a call may take beyond its own timeout before its thread is given up."""

_BROKEN: Final = frozenset({-1, -2, -4, -5, -8, -11})
"""Results after which nothing can be said of the connection: libldap's own."""

T = TypeVar("T")


class Depth(IntEnum):
    """How far below its base a search looks, RFC 4511 4.5.1.2."""

    BASE = 0
    CHILDREN = 1
    SUBTREE = 2


class Operation(IntEnum):
    """What a modification does to an attribute, RFC 4511 4.6."""

    ADD = 0
    REMOVE = 1
    REPLACE = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a modification. REPLACE with no values clears."""

    operation: Operation
    name: str
    values: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search request. *deleted*: tombstones count too. *paged*: the answer comes in parts of *size*.

    *referred*: what other servers hold is told of, by references; a global catalog gives every domain.
    """

    base: str
    filter: str = "(objectClass=*)"
    attributes: tuple[str, ...] = ()
    depth: Depth = Depth.SUBTREE
    deleted: bool = False
    referred: bool = False
    paged: bool = True
    size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: its DN as the directory spells it, and values by lower-case attribute name (with options)."""

    dn: str
    values: Mapping[str, list[bytes]]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a search's result. *cookie* is empty at the end; *references* point to other servers."""

    answer: Answer
    entries: list[Entry]
    references: tuple[str, ...] = ()
    cookie: bytes = b""


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed since a cookie. *cookie*: to go on from; *more*: there is more at once."""

    answer: Answer
    entries: list[Entry]
    cookie: bytes = b""
    more: bool = False


@dataclass(frozen=True, slots=True)
class SimpleLogin:
    """User and password."""

    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class NoLogin:
    """Nobody: only what a server tells everyone."""


Login = SimpleLogin | KerberosLogin | NoLogin


class Session:
    """A bound connection. Reads raise ConnectorError; writes give their Answer, whatever it is."""

    def __init__(self, server: Server) -> None:
        self._server: Final = server
        self._lane: Final = Lane(f"ldap {server.name}")
        self._connection: Any = None
        self._listening: int | None = None
        self.broken = False
        self.calls = 0
        self.writes = 0

    @classmethod
    async def open(cls, server: Server, login: Login) -> "Session":
        """Connect, protect and bind; ConnectionLost, TlsRefused, CredentialsRefused or RightMissing say why not."""
        if isinstance(login, SimpleLogin) and not login.password.reveal():
            # RFC 4513 5.1.2: a simple bind with an empty password is anonymous, and Windows calls that a success.
            raise CredentialsRefused("the password of the directory's account is empty", hint="set the secret")
        session = cls(server)
        try:
            await session._run("bind", lambda: session._connect(login), limit=4 * server.timeout)
        except BaseException:
            session.broken = True
            session.close()
            raise
        return session

    async def page(self, search: Search, cookie: bytes = b"") -> Page:
        """Return the part of *search* that follows *cookie*; a result other than success is in its answer."""
        return await self._run("search", lambda: self._page(search, cookie))

    async def find(self, search: Search) -> list[Entry]:
        """Return everything *search* selects; ConnectorError if any of it could not be had. A missing base is nothing.

        References to other servers are left alone. A page without anything new, and not the last, is an error.
        """
        found: dict[str, Entry] = {}
        cookie = b""
        while True:
            page = await self.page(search, cookie)
            if page.answer.code == 32:
                return list(found.values())
            if not page.answer.good:
                raise error_of(page.answer, "search")
            before = len(found)
            found.update((entry.dn, entry) for entry in page.entries)
            if not page.cookie:
                return list(found.values())
            # the mark itself says nothing: Samba gives the same one for every page
            if len(found) == before:
                raise ResponseInvalid("the search does not come to an end", hint="narrow the filter")
            cookie = page.cookie

    async def base(self, dn: str, attributes: tuple[str, ...], *, deleted: bool = False) -> Entry | None:
        """Return the one object *dn*, or None if it is not there or hidden."""
        found = await self.find(Search(base=dn, attributes=attributes, depth=Depth.BASE, deleted=deleted))
        return found[0] if found else None

    async def delta(self, search: Search, cookie: bytes, flags: int) -> Delta:
        """Return what changed of the naming context *search.base* since *cookie* (DirSync, MS-ADTS 3.1.1.3.4.1.3)."""
        return await self._run("search", lambda: self._delta(search, cookie, flags))

    async def notice(self, base: str, seconds: float) -> Answer | None:
        """Return once something below *base* may have changed; None: nothing did for *seconds*.

        What changed since the last call counts. Nothing else is asked on a session that waits (MS-ADTS 3.1.1.3.4.1.9).
        """
        return await self._run("notice", lambda: self._notice(base, seconds), limit=seconds + self._server.timeout)

    async def add(self, dn: str, attributes: Mapping[str, Sequence[bytes]]) -> Answer:
        """Make an object."""
        rows = [(name, list(values)) for name, values in attributes.items()]
        return await self._write("add", lambda: self._connection.add_ext(dn, rows))

    async def modify(self, dn: str, changes: Sequence[Change], *, deleted: bool = False) -> Answer:
        """Change an object: all of *changes* or none. *deleted*: one that was deleted can be meant."""
        rows = [(int(change.operation), change.name, list(change.values) or None) for change in changes]
        control = library("ldap.controls").LDAPControl
        shown = [control(_SHOW_DELETED, criticality=True)] if deleted else None
        return await self._write("modify", lambda: self._connection.modify_ext(dn, rows, serverctrls=shown))

    async def move(self, dn: str, rdn: str, container: str) -> Answer:
        """Give an object the name *rdn* in *container*."""
        return await self._write("move", lambda: self._connection.rename(dn, rdn, container, delold=1))

    async def delete(self, dn: str) -> Answer:
        """Delete an object that holds no others."""
        return await self._write("delete", lambda: self._connection.delete_ext(dn))

    def close(self) -> None:
        """Let go of the connection without waiting; may be called twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._lane.post(lambda: _unbind(connection))
        self._lane.close()

    # ---------------------------------------------------------------- in the thread

    async def _run(self, operation: str, call: Callable[[], T], *, limit: float | None = None) -> T:
        try:
            work = self._lane.run(call, limit=(limit or self._server.timeout) + _GRACE)
            return await told(self._server, operation, work)
        except BaseException:
            # out of time, cancelled, or failed in between: an answer may still be on its way
            self.broken = True
            raise

    async def _write(self, operation: str, send: Callable[[], int]) -> Answer:
        self.writes += 1
        try:
            answer = await self._run(operation, lambda: self._answer_to(send))
        except ConnectionLost as exc:
            answer = Answer(-5, exc.message)
        hear(operation, answer)
        return answer

    def _answer_to(self, send: Callable[[], int]) -> Answer:
        return self._guarded(lambda: self._wait(send()))[0]

    def _wait(self, message: int) -> Any:
        return self._connection.result3(message, all=1, timeout=self._server.timeout)

    def _guarded(self, call: Callable[[], T]) -> tuple[Answer, T | None]:
        """Return what came of *call*; every error of the library is an Answer."""
        ldap = library()
        self.calls += 1
        if self._connection is None:
            return Answer(-1, "closed"), None
        try:
            return Answer(), call()
        except ldap.LDAPError as exc:
            answer = answer_of(exc)
            self.broken = self.broken or answer.code in _BROKEN
            return answer, None

    def _page(self, search: Search, cookie: bytes) -> Page:
        controls = library("ldap.controls")
        paged = controls.SimplePagedResultsControl(True, size=search.size, cookie=cookie)
        sent = [paged] if search.paged and search.depth is not Depth.BASE else []
        if not search.referred:
            # no references to other naming contexts: a base means the objects of its domain (MS-ADTS 3.1.1.3.4.1.4)
            sent.append(controls.LDAPControl(_DOMAIN_SCOPE, criticality=False))
        if search.deleted:
            sent.append(controls.LDAPControl(_SHOW_DELETED, criticality=True))
        if "nTSecurityDescriptor" in search.attributes:
            sent.append(controls.LDAPControl(_DESCRIPTOR_FLAGS, criticality=False, encodedControlValue=_DACL_ONLY))
        answer, result = self._guarded(
            lambda: self._wait(
                self._connection.search_ext(
                    search.base, int(search.depth), search.filter, list(search.attributes) or None, serverctrls=sent
                )
            )
        )
        if result is None:
            return Page(answer, [])
        _, rows, _, received = result
        entries = _entries(rows)
        references = tuple(url for dn, urls in rows if dn is None for url in urls)
        following = [control.cookie for control in received if control.controlType == paged.controlType]
        return Page(answer, entries, references, bytes(following[0] or b"") if following else b"")

    def _delta(self, search: Search, cookie: bytes, flags: int) -> Delta:
        ldap, controls = library(), library("ldap.controls")
        asked = controls.LDAPControl(DIRSYNC, criticality=True, encodedControlValue=dirsync_request(flags, cookie))
        known = {DIRSYNC: controls.ResponseControl}  # python-ldap passes over answers that it does not know
        place = (search.base, ldap.SCOPE_SUBTREE, search.filter, list(search.attributes))

        def ask() -> Any:
            message = self._connection.search_ext(*place, serverctrls=[asked])
            return self._connection.result3(message, all=1, timeout=self._server.timeout, resp_ctrl_classes=known)

        answer, result = self._guarded(ask)
        if result is None:
            return Delta(answer, [])
        _, rows, _, received = result
        told = [control.encodedControlValue for control in received if control.controlType == DIRSYNC]
        if not told:
            raise ResponseInvalid("the directory gave no cookie", hint="it may not support DirSync")
        more, following = dirsync_response(told[0])
        return Delta(answer, _entries(rows), following, more)

    def _notice(self, base: str, seconds: float) -> Answer | None:
        ldap, controls = library(), library("ldap.controls")
        if self._listening is None:
            sent = [
                controls.LDAPControl(_NOTIFICATION, criticality=True),
                controls.LDAPControl(_SHOW_DELETED, criticality=True),
            ]
            search = partial(self._connection.search_ext, base, ldap.SCOPE_SUBTREE, attrlist=["objectGUID"])
            answer, message = self._guarded(lambda: search(serverctrls=sent))
            if message is None:
                return answer
            self._listening = message
            return Answer()  # what changed before it listened was told to nobody
        heard = False
        try:
            kind, *_ = self._connection.result3(self._listening, all=0, timeout=seconds)
            while kind == ldap.RES_SEARCH_ENTRY:
                heard = True
                kind, *_ = self._connection.result3(self._listening, all=0, timeout=0)
        except ldap.TIMEOUT:
            kind = None
        except ldap.LDAPError as exc:
            self._listening = None
            return answer_of(exc)
        if kind is None:
            return Answer() if heard else None
        self._listening = None
        return Answer(53, "the directory stopped telling")

    def _connect(self, login: Login) -> None:
        server, ldap = self._server, library()
        look_ahead(server)
        scheme = "ldaps" if server.tls else "ldap"
        host = f"[{server.host}]" if ":" in server.host else server.host
        connection = ldap.initialize(f"{scheme}://{host}:{server.port}")
        self._connection = connection
        for option, value in self._options(ldap, login):
            connection.set_option(option, value)
        if server.start_tls:
            self._demand(connection.start_tls_s, f"StartTLS with {server.name}")
        match login:
            case SimpleLogin():
                password = login.password
                self._demand(
                    lambda: self._wait(connection.simple_bind(login.user, password.reveal())), f"bind to {server.name}"
                )
            case KerberosLogin():
                with signed_in(login, server.name):
                    self._demand(connection.sasl_gssapi_bind_s, f"Kerberos bind to {server.name}")
            case NoLogin():
                pass

    def _options(self, ldap: Any, login: Login) -> Iterator[tuple[int, Any]]:
        server = self._server
        yield ldap.OPT_PROTOCOL_VERSION, 3
        yield ldap.OPT_REFERRALS, 0
        yield ldap.OPT_NETWORK_TIMEOUT, server.timeout
        yield ldap.OPT_TIMEOUT, server.timeout
        if server.tls or server.start_tls:
            yield ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND
            yield ldap.OPT_X_TLS_CACERTFILE, authorities(server.ca_file)
            yield ldap.OPT_X_TLS_PROTOCOL_MIN, ldap.OPT_X_TLS_PROTOCOL_TLS1_2
            yield ldap.OPT_X_TLS_NEWCTX, 0
        if isinstance(login, KerberosLogin):
            # the service name comes from the url, never from reverse DNS, which an attacker may write
            yield ldap.OPT_X_SASL_NOCANON, 1
            if server.tls or server.start_tls:
                # AD refuses signing and sealing inside TLS
                yield ldap.OPT_X_SASL_SSF_MAX, 0
            else:
                yield ldap.OPT_X_SASL_SSF_MIN, 128

    def _demand(self, call: Callable[[], object], doing: str) -> None:
        answer, _ = self._guarded(call)
        if not answer.good:
            error = error_of(answer, doing)
            if answer.code in {-2, -6}:
                error = kerberos_error(answer, doing)
            raise error


def _entries(rows: Any) -> list[Entry]:
    return [Entry(dn, {name.lower(): values for name, values in row.items()}) for dn, row in rows if dn is not None]


def _unbind(connection: Any) -> None:
    ldap = library()
    try:
        connection.unbind_ext()
    except ldap.LDAPError:
        return  # it was gone already
