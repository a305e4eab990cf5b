"""Sign in at an OpenID provider: there, and back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_urlsafe
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from keepstep.api.aside import aside
from keepstep.api.asker import Anybody, address_of, is_signed_in
from keepstep.api.server import Server
from keepstep.core.openid import PATIENCE, Visit, member_of, unpacked_visit, visit_address
from keepstep.core.secret import Secret
from keepstep.core.sign_in import OidcSpec
from keepstep.errors import NotFound, SecretMissing, SignInRefused
from keepstep.usecases.sign_in import sign_in_member

router = APIRouter(tags=["openid"])

_PURPOSE: Final = "openid visit"
_BACK: Final = "/api/v1/session/openid/callback"
_PAGE: Final = '<!doctype html><meta http-equiv="refresh" content="0;url={url}"><title>Keepstep</title>'


class SignInWays(BaseModel):
    """How people may sign in, and whether whoever asks is. *provider*: what the button of the OpenID provider says.

    Without a provider that is empty.
    """

    password: bool
    provider: str
    signed_in: bool


@router.get("/session/ways")
def ways(server: Anybody, request: Request) -> SignInWays:
    """Say how people may sign in, and whether whoever asks already is."""
    spec, _ = server.access()
    return SignInWays(
        password=True, provider="" if spec.oidc is None else spec.oidc.title, signed_in=is_signed_in(request)
    )


@router.get("/session/openid", response_class=RedirectResponse, status_code=303)
@aside
async def leave(server: Anybody) -> RedirectResponse:
    """Send the browser to the provider."""
    here = server.installation
    visit = Visit(
        state=token_urlsafe(24), nonce=token_urlsafe(24), verifier=token_urlsafe(48), until=here.clock.now() + PATIENCE
    )
    spec = _spec(server)
    async with server.provider() as provider:
        address = visit_address(spec, await provider.discovery(), visit, _callback(server))
    key_id, sealed = here.vault.seal_for_a_while(_PURPOSE, Secret(visit.packed()))
    answer = RedirectResponse(address, status_code=303)
    # lax: the way back begins at the provider, and a strict cookie would not come with it
    answer.set_cookie(
        _cookie(server),
        f"{key_id}.{urlsafe_b64encode(sealed).decode()}",
        max_age=int(PATIENCE.total_seconds()),
        secure=server.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/session/openid/callback", response_class=HTMLResponse)
@aside
async def come_back(
    server: Anybody,
    request: Request,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Take the provider's answer: sets the cookie of a new session."""
    visit, now = _visit(server, request), server.installation.clock.now()
    if not code or visit.state != state or now >= visit.until:
        raise SignInRefused("this is not the answer to a sign-in that was begun here", hint="begin again")
    async with server.provider() as provider:
        claims = await provider.claims(code, visit.verifier, _callback(server))
    member = member_of(_spec(server), claims, visit, now)
    agent = request.headers.get("user-agent", "")
    _, token = sign_in_member(server.sign_in_desk(), member, origin=address_of(request), agent=agent)
    # a page and no redirect: a strict cookie does not come along on the way that began at the provider
    answer = HTMLResponse(_PAGE.format(url=server.installation.settings.url or "/"))
    answer.delete_cookie(_cookie(server), secure=server.secure, httponly=True, samesite="lax")
    answer.set_cookie(server.cookie, token.reveal(), path="/", secure=server.secure, httponly=True, samesite="strict")
    return answer


def _spec(server: Server) -> OidcSpec:
    spec = server.configuration().sign_in.oidc
    if spec is None:
        raise NotFound("nobody signs in at a provider here", hint="configure sign_in.oidc")
    return spec


def _cookie(server: Server) -> str:
    return f"{server.cookie}-openid"


def _callback(server: Server) -> str:
    return f"{server.installation.settings.url}{_BACK}"


def _visit(server: Server, request: Request) -> Visit:
    key_id, _, sealed = request.cookies.get(_cookie(server), "").partition(".")
    refused = SignInRefused("this is not the answer to a sign-in that was begun here", hint="begin again")
    try:
        text = server.installation.vault.unseal(
            _PURPOSE, key_id, urlsafe_b64decode(sealed), what="this sign-in", hint="begin again"
        )
        return unpacked_visit(text.reveal())
    except (ValueError, SecretMissing):
        raise refused from None
