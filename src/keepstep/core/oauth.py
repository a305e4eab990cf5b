"""What OAuth 2.0 says between us, a person and an authorization server. Nothing here sends anything."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, TypeGuard, cast
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from keepstep.core.authorization import OAuth2Authorization, OAuth2Client, OAuth2CodeAuthorization
from keepstep.core.secret import Secret
from keepstep.errors import CredentialsRefused, ResponseInvalid, UsageError

UNSAID: Final = 300.0
"""Seconds that a token is taken to live when its server does not say."""

_CODE: Final = re.compile(r"[a-z0-9_.\-]{1,60}")
_LONGEST: Final = 200
_SOON: Final = 1_000_000_000
"""A number below this one is a span of seconds; from here on it is a time (2001 and later)."""

_LONGEST_LIFE: Final = 10 * 365 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person granted to one connection. *client*: whom and where it may be shown to, and nobody else.

    *ends*: when the access token ends; None: it does not say.
    """

    client: str
    access: Secret
    refresh: Secret | None = None
    ends: datetime | None = None

    def packed(self) -> Secret:
        """Return the grant as one secret."""
        parts = {
            "client": self.client,
            "access": self.access.reveal(),
            "refresh": self.refresh.reveal() if self.refresh else None,
            "ends": self.ends.isoformat() if self.ends else None,
        }
        return Secret(json.dumps(parts))


def unpacked(secret: Secret) -> Grant | None:
    """Return the grant that was `packed`, or None for anything else."""
    try:
        parts = json.loads(secret.reveal())
        return Grant(
            client=str(parts["client"]),
            access=Secret(str(parts["access"])),
            refresh=Secret(str(parts["refresh"])) if parts["refresh"] else None,
            ends=datetime.fromisoformat(str(parts["ends"])) if parts["ends"] else None,
        )
    except (ValueError, KeyError, TypeError):
        return None


def challenge(verifier: str) -> str:
    """Return the S256 code challenge of *verifier* (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).decode("ascii").rstrip("=")


def authorize_address(spec: OAuth2CodeAuthorization, *, state: str, verifier: str) -> str:
    """Return the address that a person opens to say yes (RFC 6749 section 4.1.1, RFC 7636 section 4.3)."""
    params = {
        **spec.extra,
        "response_type": "code",
        "client_id": spec.client_id,
        "redirect_uri": spec.callback,
        **({"scope": spec.scope} if spec.scope else {}),
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in spec.authorize_url else "?"
    return f"{spec.authorize_url}{joint}{urlencode(params, quote_via=quote)}"


def read_callback(address: str, *, state: str) -> str:
    """Return the code that the server sent to the callback *address* (RFC 6749 section 4.1.2).

    UsageError if this is not the answer to the question with *state*; CredentialsRefused if the answer is no.
    """
    _, _, query = address.strip().partition("?")
    try:
        given = parse_qs(query.partition("#")[0], keep_blank_values=True, max_num_fields=50)
    except ValueError:
        given = dict[str, list[str]]()
    if not compare_digest(_only(given, "state").encode(), state.encode()):
        raise UsageError(
            "this is not the answer that is waited for: its state is another one",
            hint="run the command again, and open the address that it then shows",
        )
    if error := _only(given, "error"):
        told = " ".join([error, _only(given, "error_description")]).strip()[:_LONGEST]
        raise CredentialsRefused(
            f"the authorization server says no: {told}", hint="look at client_id, scope and callback, then try again"
        )
    if not (code := _only(given, "code")):
        raise UsageError(
            "the callback address has no code", hint="paste the whole address that the browser was sent to"
        )
    return code


def _only(given: Mapping[str, list[str]], name: str) -> str:
    """Return the one value of *name*; a parameter that is there twice counts as not there (RFC 6749 section 3.1)."""
    values = given.get(name, [])
    return values[0] if len(values) == 1 else ""


def client_proof(
    spec: OAuth2Client, secret: str | None, body: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """Return headers and body of a request that is to send *body* and say who we are (RFC 6749 section 2.3.1)."""
    if secret is None:
        return (), {"client_id": spec.client_id, **body}
    if spec.client_authentication == "post":
        return (), {"client_id": spec.client_id, "client_secret": secret, **body}
    pair = f"{quote_plus(spec.client_id)}:{quote_plus(secret)}"
    return (("Authorization", f"Basic {b64encode(pair.encode()).decode('ascii')}"),), dict(body)


def credentials_body(spec: OAuth2Authorization) -> dict[str, str]:
    """Return what asks for a token with client credentials (RFC 6749 section 4.4.2), without the proof."""
    return {"grant_type": "client_credentials", **({"scope": spec.scope} if spec.scope else {}), **spec.extra}


def code_body(spec: OAuth2CodeAuthorization, code: str, verifier: str) -> dict[str, str]:
    """Return what exchanges *code* for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5), without the proof."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": spec.callback,
        "code_verifier": verifier,
    }


def read_grant(spec: OAuth2Client, tree: object, *, client: str, now: datetime) -> Grant:
    """Return the tokens in the answer of a token endpoint (RFC 6749 section 5.1).

    ResponseInvalid if there is no access token, or it is of a type that we do not know how to send.
    """
    said = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
    access, kind, refresh = said.get("access_token"), said.get("token_type", "bearer"), said.get("refresh_token")
    if not is_token(access):
        raise ResponseInvalid('the answer to the token request has no "access_token"', hint="check token_url")
    if spec.prefix is None and str(kind).lower() != "bearer":
        raise ResponseInvalid(
            "the token is not of type Bearer (RFC 6749 section 7.1)", hint="set `prefix` to how it is to be sent"
        )
    life = lifetime(said.get("expires_in"), now)
    return Grant(
        client=client,
        access=Secret(access),
        refresh=Secret(refresh) if is_token(refresh) else None,
        ends=None if life is None else now + timedelta(seconds=life),
    )


def is_token(found: object) -> TypeGuard[str]:
    """Whether *found* can be a token: text that fits in one header line."""
    return isinstance(found, str) and found != "" and all(" " < ch <= "~" for ch in found)


def lifetime(said: object, now: datetime) -> float | None:
    """Return the seconds that are left by *said*: a span, a time since 1970, or an ISO 8601 time; None for others."""
    if isinstance(said, bool):
        return None
    if isinstance(said, str):
        try:
            said = float(said) if said.replace(".", "", 1).isdigit() else _ends(said, now)
        except ValueError:
            return None
    if not isinstance(said, int | float):
        return None
    said = min(float(said), _SOON * 1e6) if said < _SOON * 10**6 else _SOON * 1e6
    if said >= _SOON * 1000:
        said /= 1000
    left = said - now.timestamp() if said >= _SOON else said
    return min(max(float(left), 0.0), _LONGEST_LIFE)


def _ends(said: str, now: datetime) -> float:
    moment = datetime.fromisoformat(said)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def refusal(tree: object) -> str:
    """Return the error code in an answer of a token endpoint (RFC 6749 section 5.2), or the empty text.

    Its description is left out: it may repeat what was sent.
    """
    code = cast("dict[str, object]", tree).get("error") if isinstance(tree, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def is_loopback(callback: str) -> bool:
    """Whether *callback* is on this machine, and without TLS (RFC 8252 section 7.3), so that we can wait there."""
    parts = urlsplit(callback)
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
