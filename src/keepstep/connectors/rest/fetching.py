"""Where tokens come from: a session (reference 1.3), OAuth 2.0, or any endpoint that gives one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias, cast

from keepstep.connectors.rest.tokens import EARLY, Client, Token, lasting
from keepstep.core.authorization import (
    OAuth2Authorization,
    OAuth2CodeAuthorization,
    SessionAuthorization,
    TokenAuthorization,
)
from keepstep.core.endpoint import Request, fill
from keepstep.core.field_path import at, parse_path
from keepstep.core.oauth import (
    UNSAID,
    Grant,
    client_proof,
    code_body,
    credentials_body,
    is_token,
    lifetime,
    read_grant,
)
from keepstep.core.secret import Secret
from keepstep.errors import CredentialsRefused, ResponseInvalid

Fetched: TypeAlias = SessionAuthorization | OAuth2Authorization | OAuth2CodeAuthorization | TokenAuthorization


@dataclass(frozen=True, slots=True)
class SessionFetch:
    """Opens a session. A new one needs the old one ended first; if that fails, it has ended anyway."""

    spec: SessionAuthorization
    client: Client

    async def __call__(self, old: Token | None, refused: str) -> Token:
        """Return the token of a new session."""
        spec, client = self.spec, self.client
        if old is not None:
            ended = client.request(spec.path, method="DELETE")
            await client.send(ended.with_headers(("Authorization", f"{spec.prefix} {old.text}")))
        body = {"username": spec.username, "password": "{password}"}
        request = client.request(spec.path, {"password": client.secret(spec.password)}, body=body)
        return lasting(_token(await client.ask(request), "token"), float(spec.lifetime), client.tokens.now())


@dataclass(frozen=True, slots=True)
class CredentialsFetch:
    """Asks with client credentials (RFC 6749 section 4.4)."""

    spec: OAuth2Authorization
    client: Client

    async def __call__(self, old: Token | None, refused: str) -> Token:
        """Return a new access token."""
        client = self.client
        request = oauth_request(client, self.spec, client.secret(self.spec.client_secret), credentials_body(self.spec))
        now = client.tokens.now()
        grant = read_grant(self.spec, await client.ask(request), client="", now=now)
        left = UNSAID if grant.ends is None else (grant.ends - now).total_seconds()
        return lasting(grant.access.reveal(), left, now)


@dataclass(frozen=True, slots=True)
class CodeFetch:
    """Uses what a person granted: the kept access token while it lives, else a refresh (RFC 6749 section 6)."""

    spec: OAuth2CodeAuthorization
    client: Client

    async def exchange(self, code: str, verifier: str) -> None:
        """Exchange *code* for tokens, and keep them (RFC 6749 section 4.1.3)."""
        for passing in (code, verifier):
            self.client.tokens.noticed(Secret(passing))
        await self._ask_and_keep(code_body(self.spec, code, verifier), None)

    async def __call__(self, old: Token | None, refused: str) -> Token:
        """Return an access token that is not *refused*. CredentialsRefused if a person has to authorize again."""
        grant = self._granted()
        if (token := self._living(grant, refused)) is not None:
            return token
        if grant.refresh is None:
            raise self._again("its token has ended, and the server gave none to refresh it with")
        body = {"grant_type": "refresh_token", "refresh_token": grant.refresh.reveal()}
        try:
            return self._fresh(await self._ask_and_keep(body, grant.refresh))
        except CredentialsRefused as exc:
            if "invalid_client" in exc.message:
                raise
            # Another process may have been first: its refresh made ours useless, and left a new one.
            token = self._living(self._granted(), grant.access.reveal())
            if token is not None:
                return token
            raise self._again(exc.message) from exc

    def _granted(self) -> Grant:
        grant = self.client.tokens.granted(self.client.name)
        if grant is None:
            raise self._again("nobody has authorized it yet")
        if grant.client != self._who():
            raise self._again("it was authorized for another client_id or token_url")
        return grant

    def _living(self, grant: Grant, refused: str) -> Token | None:
        """Return the kept access token if it is good for a while and was not refused."""
        text = grant.access.reveal()
        if text == refused:
            return None
        renew_at = None if grant.ends is None else grant.ends - timedelta(seconds=EARLY)
        if renew_at is not None and self.client.tokens.now() >= renew_at:
            return None
        return Token(text=text, renew_at=renew_at)

    def _fresh(self, grant: Grant) -> Token:
        """Return the access token of a new *grant*, however short it lives."""
        now = self.client.tokens.now()
        if grant.ends is None:
            return Token(text=grant.access.reveal(), renew_at=None)
        return lasting(grant.access.reveal(), (grant.ends - now).total_seconds(), now)

    async def _ask_and_keep(self, body: Mapping[str, str], refresh: Secret | None) -> Grant:
        """Return the new grant once it is kept; a server that gives no new refresh token means the one we have."""
        spec, client = self.spec, self.client
        secret = client.secret(spec.client_secret) if spec.client_secret else None
        now = client.tokens.now()
        answer = await client.ask(oauth_request(client, spec, secret, body))
        grant = read_grant(spec, answer, client=self._who(), now=now)
        grant = replace(grant, refresh=grant.refresh or refresh)
        client.tokens.keep(client.name, grant)
        return grant

    def _who(self) -> str:
        return f"{self.spec.client_id} {self.client.request(self.spec.token_url).url}"

    def _again(self, why: str) -> CredentialsRefused:
        return CredentialsRefused(
            f"connection {self.client.name} has to be authorized: {why}",
            hint=f"authorize it: `keepstep connection authorize {self.client.name}`",
        )


@dataclass(frozen=True, slots=True)
class EndpointFetch:
    """Calls the endpoint that gives a token."""

    spec: TokenAuthorization
    client: Client

    async def __call__(self, old: Token | None, refused: str) -> Token:
        """Return the token in the answer."""
        spec, client = self.spec, self.client
        now = client.tokens.now()
        tree = await client.ask(self._request())
        left = lifetime(at(tree, parse_path(spec.expires_path)), now) if spec.expires_path else None
        if spec.expires_path and left is None:
            raise ResponseInvalid(
                f'{client.name}: the answer to the token request has no end at "{spec.expires_path}"',
                hint="check expires_path, or give a lifetime instead",
            )
        return lasting(_token(tree, spec.token_path), float(spec.lifetime) if left is None else left, now)

    def _request(self) -> Request:
        spec, client = self.spec, self.client
        values = {name: client.secret(reference) for name, reference in spec.values.items()}
        request = client.request(
            spec.url, values, method=spec.method, headers=spec.headers, body=spec.body, body_type=spec.body_type
        )
        params = cast("dict[str, str]", fill("authorize", dict(spec.params), values))
        return replace(
            request,
            secret_headers=request.secret_headers | {name.lower() for name in spec.headers},
            secret_params=tuple(params.items()),
        )


def oauth_request(
    client: Client, spec: OAuth2Authorization | OAuth2CodeAuthorization, secret: str | None, body: Mapping[str, str]
) -> Request:
    """Return a request to a token endpoint (RFC 6749 section 3.2): *body* and the proof of who we are."""
    headers, proved = client_proof(spec, secret, body)
    places = {f"v{number}": text for number, text in enumerate(proved.values())}
    shape = {name: f"{{{place}}}" for name, place in zip(proved, places, strict=True)}
    return client.request(spec.token_url, places, body=shape, body_type="form").with_headers(*headers)


def without_header(request: Request, name: str) -> Request:
    """Return *request* without any header called *name*."""
    kept = tuple((held, value) for held, value in request.headers if held.lower() != name.lower())
    return replace(request, headers=kept)


def fetch_of(spec: Fetched, client: Client) -> SessionFetch | CredentialsFetch | CodeFetch | EndpointFetch:
    """Return the way to get a token by *spec*."""
    match spec:
        case SessionAuthorization():
            return SessionFetch(spec, client)
        case OAuth2Authorization():
            return CredentialsFetch(spec, client)
        case OAuth2CodeAuthorization():
            return CodeFetch(spec, client)
        case TokenAuthorization():
            return EndpointFetch(spec, client)


def _token(tree: object, path: str) -> str:
    found = at(tree, parse_path(path))
    if not is_token(found):
        raise ResponseInvalid(f'the answer to the token request has no "{path}"', hint="check the authorization's path")
    return found
