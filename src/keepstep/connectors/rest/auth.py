"""How requests prove themselves: Basic, API key, Bearer, session, OAuth 2.0 client credentials (reference 1.2, 1.3)."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, assert_never

from keepstep.connectors.rest.transport import Failure
from keepstep.core.authorization import (
    ApiKeyAuthorization,
    Authorization,
    BasicAuthorization,
    BearerAuthorization,
    NoAuthorization,
    OAuth2Authorization,
    SessionAuthorization,
)
from keepstep.core.endpoint import EndpointSpec, Request, Response, build_request
from keepstep.core.field_path import at, parse_path
from keepstep.core.response import parse_json
from keepstep.core.secret import Resolve
from keepstep.errors import ConfigurationError, CredentialsRefused, ResponseInvalid

_EARLY: Final = 60.0
"""Seconds before its end at which a token is renewed; a short-lived one after half its life."""

Send = Callable[[Request], Awaitable[Response | Failure]]


@dataclass(frozen=True, slots=True)
class _Token:
    header: str
    renew_at: float


class Authorizer:
    """Adds the proof to requests. Tokens are fetched when first needed, renewed early, and anew when refused."""

    def __init__(self, spec: Authorization, base_url: str, resolve: Resolve, send: Send) -> None:
        self._spec = spec
        self._base_url = base_url
        self._resolve = resolve
        self._send = send
        self._token: _Token | None = None
        self._lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    @property
    def renewable(self) -> bool:
        """Whether a refused proof can be replaced by a new one."""
        return isinstance(self._spec, SessionAuthorization | OAuth2Authorization)

    async def prove(self, request: Request) -> Request:
        """Return *request* with the proof added; CredentialsRefused or ConnectionLost if a token cannot be had."""
        match self._spec:
            case NoAuthorization():
                return request
            case BasicAuthorization() as spec:
                return request.with_headers(("Authorization", _basic(spec.username, self._password(spec))))
            case ApiKeyAuthorization() as spec:
                key = without_prefix(_pasted(self._resolve(spec.key).reveal()), spec.prefix)
                proved = request.with_headers((spec.header, f"{spec.prefix} {key}".strip()))
                return replace(proved, secret_headers=proved.secret_headers | {spec.header.lower()})
            case BearerAuthorization() as spec:
                token = without_prefix(_pasted(self._resolve(spec.token).reveal()), "Bearer")
                return request.with_headers(("Authorization", f"Bearer {token}"))
            case SessionAuthorization() | OAuth2Authorization():
                return request.with_headers(("Authorization", await self._header()))
            case _:
                assert_never(self._spec)

    async def renew(self, refused: Request) -> bool:
        """Forget the token that *refused* was sent with; return whether another try makes sense."""
        if not self.renewable:
            return False
        if self._token is not None and ("Authorization", self._token.header) in refused.headers:
            self._token = None
        return True

    async def _header(self) -> str:
        loop = asyncio.get_running_loop()
        if self._lock is None or self._lock[0] is not loop:
            self._lock = (loop, asyncio.Lock())
        async with self._lock[1]:
            if self._token is None or time.monotonic() >= self._token.renew_at:
                old, self._token = self._token, None
                self._token = await self._fetch(old)
            return self._token.header

    async def _fetch(self, old: _Token | None) -> _Token:
        match self._spec:
            case SessionAuthorization() as spec:
                if old is not None:
                    # A new session needs the old one ended first (reference 1.3); if that fails, it has ended anyway.
                    ended = build_request("end-session", self._endpoint("DELETE", spec.path), self._base_url, {})
                    await self._send(ended.with_headers(("Authorization", old.header)))
                body = {"username": spec.username, "password": "{password}"}
                endpoint = self._endpoint("POST", spec.path, body=body)
                tree = await self._ask(endpoint, {"password": self._password(spec)})
                return _token(_text(tree, "token"), spec.prefix, float(spec.lifetime))
            case OAuth2Authorization() as spec:
                body = {"client_id": spec.client_id, "client_secret": "{secret}", "grant_type": "client_credentials"}
                if spec.scope:
                    body["scope"] = spec.scope
                endpoint = self._endpoint("POST", spec.token_url, body=body, form=True)
                tree = await self._ask(endpoint, {"secret": _line(self._resolve(spec.client_secret).reveal())})
                life = at(tree, parse_path("expires_in"))
                return _token(
                    _text(tree, "access_token"), "Bearer", float(life) if isinstance(life, int | float) else 300
                )
            case _:
                raise ConfigurationError("this authorization has no token")

    def _endpoint(
        self, method: str, path: str, *, body: dict[str, str] | None = None, form: bool = False
    ) -> EndpointSpec:
        url = path if path.startswith(("http://", "https://")) else "{base_url}/" + path.lstrip("/")
        return EndpointSpec.model_validate(
            {"method": method, "url": url, "body": body, "body_type": "form" if form else "json"}
        )

    async def _ask(self, endpoint: EndpointSpec, values: dict[str, object]) -> object:
        request = replace(build_request("authorize", endpoint, self._base_url, values), secret_body=True)
        answer = await self._send(request)
        if isinstance(answer, Failure):
            raise answer.error
        if not answer.good:
            raise CredentialsRefused(
                f"no token was given (status {answer.status})",
                hint="check the user name and the secret of the connection",
            )
        return parse_json(answer.body)

    def _password(self, spec: BasicAuthorization | SessionAuthorization) -> str:
        return _line(self._resolve(spec.password).reveal())


def _basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")


def _token(text: str, prefix: str, lifetime: float) -> _Token:
    early = min(_EARLY, lifetime / 2)
    return _Token(f"{prefix} {text}", time.monotonic() + lifetime - early)


def _text(tree: object, name: str) -> str:
    found = at(tree, parse_path(name))
    if not isinstance(found, str) or not found or not found.isprintable():
        raise ResponseInvalid(f'the answer to the token request has no "{name}"', hint="check the authorization's path")
    return found


def _line(text: str) -> str:
    """Return *text* without a line break at its end, as files and prompts leave one."""
    return text.rstrip("\r\n")


def _pasted(text: str) -> str:
    """Return a key without what pasting adds to it: blanks, line breaks, and characters that are no ASCII."""
    return "".join(ch for ch in text.strip() if " " <= ch <= "~").strip()


def without_prefix(key: str, prefix: str) -> str:
    """Return *key* without *prefix*, when it was pasted together with it."""
    head, blank, rest = key.partition(" ")
    return rest.strip() if blank and prefix and head.lower() == prefix.lower() else key
