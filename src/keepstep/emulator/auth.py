"""Who may call: passwords, API keys, sessions and access tokens, and the scopes of each.

Source: Infobip reference, sections 1.2 to 1.4 and 11 line 1.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from keepstep.emulator.clock import Clock
from keepstep.emulator.replies import Refusal

ALL_SCOPES: Final = frozenset({
    "people:read", "people:manage", "people:use", "account-management:manage", "audit-logs:read", "conversations:read",
    "conversations:manage", "subscriptions:manage", "message:send", "sms:message:send", "email:message:send",
    "sms:manage", "email:manage", "flow:use", "flow:manage",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The credentials the emulator accepts; nothing here is a secret of anybody."""

    username: str = "keepstep"
    password: str = "demo-password"  # noqa: S105 - a documented demo credential of the emulator
    api_key: str = "demo-key"
    read_only_key: str = "demo-read-only-key"
    scopes: frozenset[str] = ALL_SCOPES


class Caller(NamedTuple):
    """Who calls: a name for the log, the scopes, and the scheme it came with."""

    name: str
    scopes: frozenset[str]
    scheme: str


@dataclass(slots=True)
class ApiKey:
    """One API key; times are seconds since 1970."""

    name: str
    scopes: frozenset[str]
    enabled: bool = True
    valid_from: float = 0.0
    valid_to: float | None = None
    addresses: tuple[str, ...] = ()


@dataclass(slots=True)
class _Session:
    address: str | None
    last_used: float


@dataclass(slots=True)
class Keys:
    """Everything that opens the door, and until when."""

    credentials: Credentials
    clock: Clock
    keys: dict[str, ApiKey] = field(default_factory=dict[str, ApiKey])
    _sessions: dict[str, _Session] = field(default_factory=dict[str, _Session])
    _tokens: dict[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        own = self.credentials
        self.keys[own.api_key] = ApiKey("demo", own.scopes)
        self.keys[own.read_only_key] = ApiKey("demo-read-only", frozenset({"people:read"}))

    def password_is_right(self, username: str, password: str) -> bool:
        """Say whether these are the account's user name and password."""
        return (username, password) == (self.credentials.username, self.credentials.password)

    def open_session(self, address: str | None, *, idle: float, again: str) -> str:
        """Return a session token, bound to *address* unless that is None."""
        self._drop_idle(idle)
        for token, session in self._sessions.items():
            if again == "same" and session.address == address:
                session.last_used = self.clock()
                return token
        token = f"{secrets.token_hex(16)}-{secrets.token_hex(16)}"
        self._sessions[token] = _Session(address, self.clock())
        return token

    def close_session(self, authorization: str) -> None:
        """End the session that the header names; raise Refusal (401) if there is none."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "IBSSO" or self._sessions.pop(token, None) is None:
            raise Refusal(401)

    def open_token(self, lifetime: float) -> str:
        """Return an access token that lives for *lifetime* seconds."""
        token = f"eyJ{secrets.token_urlsafe(48)}"
        self._tokens[token] = self.clock() + lifetime
        return token

    def expire_all(self) -> None:
        """End every session and access token."""
        self._sessions.clear()
        self._tokens.clear()

    def caller(self, authorization: str, address: str, *, idle: float) -> Caller:
        """Return who calls; raise Refusal (401) when the header opens nothing."""
        scheme, _, value = authorization.partition(" ")
        if scheme == "Basic":
            return self._by_password(value)
        if scheme == "App":
            return self._by_key(value, address)
        if scheme == "IBSSO":
            return self._by_session(value, address, idle)
        if scheme == "Bearer" and self._tokens.get(value, 0.0) > self.clock():
            return self._user("Bearer")
        raise Refusal(401)

    def _user(self, scheme: str) -> Caller:
        return Caller(self.credentials.username, self.credentials.scopes, scheme)

    def _by_password(self, value: str) -> Caller:
        try:
            username, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError) as error:
            raise Refusal(401) from error
        if not self.password_is_right(username, password):
            raise Refusal(401)
        return self._user("Basic")

    def _by_key(self, value: str, address: str) -> Caller:
        key, now = self.keys.get(value), self.clock()
        if key is None or not key.enabled or now < key.valid_from or (key.valid_to is not None and now >= key.valid_to):
            raise Refusal(401)
        if key.addresses and address not in key.addresses:
            raise Refusal(401)
        return Caller(key.name, key.scopes, "App")

    def _by_session(self, token: str, address: str, idle: float) -> Caller:
        self._drop_idle(idle)
        session = self._sessions.get(token)
        if session is None or session.address not in {None, address}:
            raise Refusal(401)
        session.last_used = self.clock()
        return self._user("IBSSO")

    def _drop_idle(self, idle: float) -> None:
        now = self.clock()
        for token in [token for token, session in self._sessions.items() if now - session.last_used >= idle]:
            del self._sessions[token]
