"""Who asks: by the cookie of a session or by a token, and what they may do. Every route says which right it needs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from keepstep.api.server import Server
from keepstep.core.authority import Authority
from keepstep.core.configuration import Configuration
from keepstep.core.operator import ApiToken, Operator, Session, authority_of
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.core.sign_in import FRESH_FOR
from keepstep.errors import NotFound, NotPermitted, NotSignedIn
from keepstep.ports import Ports
from keepstep.usecases.sign_in import session_of
from keepstep.wiring import Installation

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_HEADER: Final = "X-Keepstep"
"""A header that a page of somebody else cannot send, unless it was allowed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whoever asks. *here*: the installation as it is for them."""

    server: Server
    here: Installation
    operator: Operator
    session: Session | None = None
    token: ApiToken | None = None

    @property
    def authority(self) -> Authority:
        """What they may do."""
        return self.here.authority


def server_of(request: Request) -> Server:
    """Return the server that *request* was sent to."""
    return cast("Server", request.app.state.server)


def address_of(request: Request) -> str:
    """Return the address that *request* comes from."""
    return request.client.host if request.client else "local"


def asker_of(request: Request) -> Asker:
    """Return who asks; NotSignedIn without a good session or token, NotPermitted for a page of somebody else."""
    server = server_of(request)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(server, Secret(given.strip()), address_of(request))
    cookie = request.cookies.get(server.cookie, "")
    if not cookie:
        raise NotSignedIn("you are not signed in", hint="sign in, or send a token: `Authorization: Bearer …`")
    if request.method not in SAFE:
        _refuse_foreign(request)
    session, operator = session_of(server.sign_in_desk(), Secret(cookie))
    fresh = server.installation.clock.now() - session.proven < FRESH_FOR
    authority = _authority(server, operator, only=None, fresh=fresh)
    return Asker(server=server, here=server.installation.acting(authority), operator=operator, session=session)


def is_signed_in(request: Request) -> bool:
    """Whether *request* comes with the cookie of a session that is good."""
    server = server_of(request)
    cookie = request.cookies.get(server.cookie, "")
    try:
        return bool(cookie) and bool(session_of(server.sign_in_desk(), Secret(cookie)))
    except NotSignedIn:
        return False


def _by_token(server: Server, given: Secret, address: str) -> Asker:
    sessions, now = server.installation.identity.sessions, server.installation.clock.now()
    token = sessions.token(given)
    refused = NotSignedIn("this token is not good, or no longer", hint="`keepstep token create` makes another")
    if token is None or not token.holds(now):
        raise refused
    try:
        operator = server.installation.identity.operators.get(token.operator)
    except NotFound:
        raise refused from None
    if not operator.enabled:
        raise refused
    sessions.token_used(token, address, now)
    only = frozenset(Right) if token.rights is None else token.rights
    authority = _authority(server, operator, only=only, fresh=True)
    return Asker(server=server, here=server.installation.acting(authority), operator=operator, token=token)


def _authority(server: Server, operator: Operator, *, only: frozenset[Right] | None, fresh: bool) -> Authority:
    _, roles = server.access()
    return authority_of(operator, roles, server.installation.clock.now(), only=only, fresh=fresh)


def _refuse_foreign(request: Request) -> None:
    """NotPermitted for what a page of another site sent with the cookie of this one."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in {"same-origin", "none"} or request.headers.get(OWN_HEADER) is None:
        raise NotPermitted("this came from a page of another site", hint=f"send the header {OWN_HEADER}: 1")


def renewed(asker: Asker) -> Asker:
    """Return whoever asks with the authority that their roles give them now."""
    only, fresh = asker.authority.only, asker.authority.fresh
    authority = _authority(asker.server, asker.operator, only=only, fresh=fresh)
    return replace(asker, here=asker.server.installation.acting(authority))


class Needs:
    """What a route asks of whoever calls it: one of these *rights*; the use case judges how far it reaches."""

    def __init__(self, *rights: Right) -> None:
        self.rights = rights

    def __call__(self, asker: "SignedIn") -> Asker:
        """Return who asks; NotPermitted without the right."""
        if not any(asker.authority.may(right) for right in self.rights):
            asker.authority.require(self.rights[0])
        return asker


class Oneself:
    """What a route asks of whoever calls it: to be signed in; it is about themselves."""

    def __call__(self, asker: "SignedIn") -> Asker:
        """Return who asks."""
        return asker


class Nobody:
    """A route that anybody may call."""

    def __call__(self, request: Request) -> Server:
        """Return the server."""
        return server_of(request)


@asynccontextmanager
async def systems_of(here: Installation, configuration: Configuration) -> AsyncGenerator[Ports]:
    """Give ports to the systems of *configuration*, in the name of whoever *here* is for; they are let go of then."""
    connections = here.connections(configuration)
    try:
        yield here.ports(connections)
    finally:
        await connections.close()


SignedIn = Annotated[Asker, Depends(asker_of)]
Self = Annotated[Asker, Depends(Oneself())]
Anybody = Annotated[Server, Depends(Nobody())]
