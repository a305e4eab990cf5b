"""Tokens that are fetched: one at a time for all calls, renewed before their end, and anew when refused."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from keepstep.connectors.rest.transport import Failure
from keepstep.core.endpoint import EndpointSpec, Request, Response, build_request
from keepstep.core.oauth import Grant, refusal
from keepstep.core.response import parse_json
from keepstep.core.secret import Resolve, Secret, SecretRef
from keepstep.errors import ConnectionLost, CredentialsRefused, KeepstepError, ResponseInvalid
from keepstep.ports import Tokens

EARLY: Final = 60.0
"""Seconds before its end at which a token is renewed; a short-lived one after half its life."""

Send = Callable[[Request], Awaitable[Response | Failure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """For which connection tokens are asked, and what that needs of the world."""

    name: str
    base_url: str
    resolve: Resolve
    send: Send
    tokens: Tokens

    def secret(self, reference: SecretRef) -> str:
        """Return the text of a secret without a line break at its end, as files and prompts leave one."""
        return self.resolve(reference).reveal().rstrip("\r\n")

    def request(self, url: str, values: Mapping[str, str] = {}, **parts: object) -> Request:
        """Return a request of the authorization itself: an endpoint of *parts*, with *values* in its places."""
        whole = url.startswith(("http://", "https://", "{base_url}", "{baseUrl}"))
        endpoint = EndpointSpec.model_validate(
            {"method": "POST", "url": url if whole else "{base_url}/" + url.lstrip("/"), **parts}
        )
        return replace(build_request("authorize", endpoint, self.base_url, values), secret_body=True)

    async def ask(self, request: Request) -> object:
        """Return the decoded answer to *request*, which is sent once.

        CredentialsRefused if it is a no, ConnectionLost if there is none or the server is out of order.
        """
        answer = await self.send(request)
        if isinstance(answer, Failure):
            raise answer.error
        if answer.good:
            return parse_json(answer.body)
        if 300 <= answer.status < 400:
            raise ResponseInvalid(
                f"{self.name}: the token address redirects to another one, which is not followed",
                hint="write the address that answers by itself",
            )
        if answer.status == 429 or answer.status >= 500:
            raise ConnectionLost(f"{self.name}: no token can be had now (status {answer.status})", hint="try later")
        code = refusal(parse_json(answer.body))
        raise CredentialsRefused(
            f"no token was given (status {answer.status}{', ' if code else ''}{code})",
            hint="check the user name and the secret of the connection",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token in use, and when it is to be renewed; None: when it is refused."""

    text: str = field(repr=False)
    renew_at: datetime | None


def lasting(text: str, seconds: float, now: datetime) -> Token:
    """Return the token *text* that lives for *seconds* from *now*."""
    return Token(text=text, renew_at=now + timedelta(seconds=seconds - min(EARLY, seconds / 2)))


class Fetch(Protocol):
    """One way to get a token."""

    async def __call__(self, old: Token | None, refused: str) -> Token:
        """Return a new token. *old*: the one that grew old, if any; *refused*: the text of the last refused one."""
        ...


class TokenCache:
    """The token of one connection. However many calls need one, it is fetched once."""

    def __init__(self, fetch: Fetch, tokens: Tokens) -> None:
        self._fetch = fetch
        self._tokens = tokens
        self._token: Token | None = None
        self._refused = ""
        self._failed: KeepstepError | None = None
        self._failures = 0
        self._lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def current(self) -> str:
        """Return the token to send now. Calls that wait for the same one share its failure."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._lock[0] is not loop:
            self._lock = (loop, asyncio.Lock())
        before = self._failures
        async with self._lock[1]:
            if self._failed is not None and self._failures != before:
                raise self._failed
            if self._token is None or self._is_old(self._token):
                old, self._token = self._token, None
                try:
                    self._token = await self._fetch(old, self._refused)
                except KeepstepError as exc:
                    self._failed, self._failures = exc, self._failures + 1
                    raise
                self._tokens.noticed(Secret(self._token.text))
            return self._token.text

    def forget(self, sent: list[str]) -> None:
        """Forget the token if it is in one of the texts that were *sent* and refused."""
        if self._token is not None and any(text.endswith(self._token.text) for text in sent):
            self._refused, self._token = self._token.text, None

    def _is_old(self, token: Token) -> bool:
        return token.renew_at is not None and self._tokens.now() >= token.renew_at


class TokensInMemory:
    """Tokens for a connection that no installation keeps them for: forgotten when the process ends."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.grants: dict[str, Grant] = {}

    def granted(self, connection: str) -> Grant | None:
        """Return what was kept last."""
        return self.grants.get(connection)

    def keep(self, connection: str, grant: Grant) -> None:
        """Keep *grant* until the process ends."""
        self.grants[connection] = grant

    def noticed(self, token: Secret) -> None:
        """Nobody is told."""
