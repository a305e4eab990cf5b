"""What OpenID Connect (Core 1.0) says between us, a browser and a provider. Nothing here sends anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode

import msgspec

from keepstep.core.oauth import challenge
from keepstep.core.sign_in import Member, OidcSpec
from keepstep.errors import ResponseInvalid, SignInRefused

PATIENCE: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What a provider may sign with: with its own key, never with one that we share."""


class Discovery(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0 section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One way to the provider and back: what the browser keeps, sealed, until it comes back."""

    state: str
    nonce: str
    verifier: str
    until: datetime

    def packed(self) -> str:
        """Return it as one text, to be sealed."""
        return msgspec.json.encode([self.state, self.nonce, self.verifier, self.until.isoformat()]).decode()


def unpacked_visit(text: str) -> Visit:
    """Return the visit that was `packed`."""
    state, nonce, verifier, until = msgspec.json.decode(text, type=tuple[str, str, str, str])
    return Visit(state=state, nonce=nonce, verifier=verifier, until=datetime.fromisoformat(until))


def discovery_of(body: bytes, spec: OidcSpec) -> Discovery:
    """Return what the provider says of itself; ResponseInvalid if that is none, or of another issuer."""
    try:
        found = msgspec.json.decode(body, type=Discovery)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise ResponseInvalid("the provider does not say what it is", hint="check sign_in.oidc.issuer") from exc
    if found.issuer.rstrip("/") != spec.issuer.rstrip("/"):
        raise ResponseInvalid("the provider says that it is another issuer", hint="check sign_in.oidc.issuer")
    return found


def visit_address(spec: OidcSpec, found: Discovery, visit: Visit, callback: str) -> str:
    """Return where a browser is sent to (section 3.1.2.1, RFC 7636)."""
    params = {
        "response_type": "code",
        "client_id": spec.client_id,
        "redirect_uri": callback,
        "scope": spec.scope,
        "state": visit.state,
        "nonce": visit.nonce,
        "code_challenge": challenge(visit.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in found.authorization_endpoint else "?"
    return f"{found.authorization_endpoint}{joint}{urlencode(params)}"


def member_of(spec: OidcSpec, claims: Mapping[str, Any], visit: Visit, now: datetime) -> Member:
    """Return whom the claims of an ID token are about, whose signature is proven already (section 3.1.3.7).

    SignInRefused if it is from another issuer, for somebody else, over, or not the answer to this visit.
    """
    audience = claims.get("aud")
    audiences: list[object] = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    right = (
        str(claims.get("iss", "")).rstrip("/") == spec.issuer.rstrip("/")
        and spec.client_id in audiences
        and (len(audiences) == 1 or claims.get("azp") == spec.client_id)
        and claims.get("nonce") == visit.nonce
        and _seconds(claims.get("exp")) > now.timestamp() - _DRIFT
        and _seconds(claims.get("iat")) < now.timestamp() + _DRIFT
    )
    if not right:
        raise SignInRefused("the provider's answer is not for this sign-in", hint="try again")
    name = claims.get(spec.name)
    if not isinstance(name, str) or not name:
        raise SignInRefused(f'the provider says no "{spec.name}"', hint="check sign_in.oidc.name")
    return Member(
        name=name,
        display=str(claims.get("name", "")),
        email=str(claims.get("email", "")),
        groups=tuple(_texts(claims.get(spec.groups))),
    )


_DRIFT: Final = 60.0


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []
