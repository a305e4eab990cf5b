"""How requests prove themselves: a key, a name and password, or a token, in a header or in the query."""

from base64 import b64encode
from dataclasses import replace
from typing import assert_never

from keepstep.connectors.rest.fetching import fetch_of, without_header
from keepstep.connectors.rest.tokens import Client, TokenCache
from keepstep.core.authorization import (
    ApiKeyAuthorization,
    Authorization,
    BasicAuthorization,
    BearerAuthorization,
    NoAuthorization,
    OAuth2Authorization,
    OAuth2CodeAuthorization,
    SessionAuthorization,
    TokenAuthorization,
)
from keepstep.core.endpoint import Request, origin_of
from keepstep.core.query import without_param


class Authorizer:
    """Adds the proof to requests, in place of any of the same name. Tokens are fetched when they are first needed."""

    def __init__(self, spec: Authorization, client: Client) -> None:
        self._spec = spec
        self._client = client
        self._cache: TokenCache | None = None
        match spec:
            case SessionAuthorization() | OAuth2Authorization() | OAuth2CodeAuthorization() | TokenAuthorization():
                self._cache = TokenCache(fetch_of(spec, client), client.tokens)
            case NoAuthorization() | BasicAuthorization() | ApiKeyAuthorization() | BearerAuthorization():
                pass
            case _:
                assert_never(spec)

    @property
    def home(self) -> tuple[str, str, int | None]:
        """Scheme, host and port of the connection that the proof belongs to."""
        return origin_of(self._client.base_url)

    @property
    def proves(self) -> bool:
        """Whether there is anything to prove with."""
        return not isinstance(self._spec, NoAuthorization)

    async def prove(self, request: Request) -> Request:
        """Return *request* with the proof added; CredentialsRefused or ConnectionLost if a token cannot be had."""
        match self._spec:
            case NoAuthorization():
                return request
            case BasicAuthorization() as spec:
                pair = f"{spec.username}:{self._client.secret(spec.password)}"
                return _in_header(request, "Authorization", f"Basic {b64encode(pair.encode()).decode('ascii')}")
            case ApiKeyAuthorization() as spec:
                key = without_prefix(_pasted(self._client.secret(spec.key)), spec.scheme)
                return _placed(request, spec, key)
            case BearerAuthorization() as spec:
                token = without_prefix(_pasted(self._client.secret(spec.token)), "Bearer")
                return _in_header(request, "Authorization", f"Bearer {token}")
            case SessionAuthorization() as spec:
                return _in_header(request, "Authorization", f"{spec.prefix} {await self._token()}".strip())
            case OAuth2Authorization() | OAuth2CodeAuthorization() as spec:
                return _in_header(request, spec.header, f"{spec.scheme} {await self._token()}".strip())
            case TokenAuthorization() as spec:
                return _placed(request, spec, await self._token())
            case _:
                assert_never(self._spec)

    async def renew(self, refused: Request) -> bool:
        """Forget the token that *refused* was sent with; return whether another try makes sense."""
        if self._cache is None:
            return False
        self._cache.forget([value for _, value in (*refused.headers, *refused.secret_params)])
        return True

    async def _token(self) -> str:
        return await self._cache.current() if self._cache else ""


def _placed(request: Request, spec: ApiKeyAuthorization | TokenAuthorization, proof: str) -> Request:
    if spec.place == "header":
        return _in_header(request, spec.header, f"{spec.scheme} {proof}".strip())
    bare = without_param(request.url, spec.param)  # a next-page URL brings it along
    others = tuple(pair for pair in request.secret_params if pair[0] != spec.param)
    return replace(request, url=bare, secret_params=(*others, (spec.param, proof)))


def _in_header(request: Request, name: str, value: str) -> Request:
    proved = without_header(request, name).with_headers((name, value))
    return replace(proved, secret_headers=proved.secret_headers | {name.lower()})


def _pasted(text: str) -> str:
    """Return a key without what pasting adds to it: blanks, line breaks, and characters that are no ASCII."""
    return "".join(ch for ch in text.strip() if " " <= ch <= "~").strip()


def without_prefix(key: str, prefix: str) -> str:
    """Return *key* without *prefix*, when it was pasted together with it."""
    head, blank, rest = key.partition(" ")
    return rest.strip() if blank and prefix and head.lower() == prefix.lower() else key
