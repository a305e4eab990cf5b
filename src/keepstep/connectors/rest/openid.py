"""The way to an OpenID provider: what it is, its keys, and the ID token that a code is exchanged for."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from keepstep.connectors.rest.transport import Failure, Line, Transport
from keepstep.core.egress import EgressSpec
from keepstep.core.endpoint import Request
from keepstep.core.openid import ALGORITHMS, Discovery, discovery_of
from keepstep.core.secret import Resolve
from keepstep.core.sign_in import OidcSpec
from keepstep.errors import ResponseInvalid, SignInRefused

_SECONDS = 15.0


class Provider:
    """One OpenID provider. ConnectorError if it cannot be asked, or is not understood."""

    def __init__(self, spec: OidcSpec, egress: EgressSpec, resolve: Resolve) -> None:
        self._spec = spec
        self._resolve = resolve
        self._transport = Transport(Line(timeout=_SECONDS, egress=egress, resolve=resolve))

    async def discovery(self) -> Discovery:
        """Return what the provider says of itself."""
        address = f"{self._spec.issuer.rstrip('/')}/.well-known/openid-configuration"
        return discovery_of(await self._asked(_get(address)), self._spec)

    async def claims(self, code: str, verifier: str, callback: str) -> Mapping[str, Any]:
        """Return the claims of the ID token that *code* is good for, once its signature is proven.

        SignInRefused if the provider does not take the code, or the token is not signed with a key of its own.
        """
        found = await self.discovery()
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
        headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        if self._spec.client_secret is None:
            body["client_id"] = self._spec.client_id
        else:
            secret = self._resolve(self._spec.client_secret).reveal()
            pair = f"{quote_plus(self._spec.client_id)}:{quote_plus(secret)}".encode()
            headers.append(("Authorization", f"Basic {b64encode(pair).decode()}"))
        asked = Request(
            operation="openid",
            method="POST",
            url=found.token_endpoint,
            headers=tuple(headers),
            body=urlencode(body).encode(),
            secret_body=True,
        )
        token = _id_token(await self._asked(asked, refused=True))
        keys = _keys(await self._asked(_get(found.jwks_uri)))
        try:
            return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError) as exc:
            raise SignInRefused("the provider's answer is not signed with a key of its own", hint="try again") from exc

    async def close(self) -> None:
        """Let go of connections."""
        await self._transport.close()

    async def _asked(self, request: Request, *, refused: bool = False) -> bytes:
        answer = await self._transport.send(request)
        if isinstance(answer, Failure):
            raise answer.error
        if not answer.good:
            if refused and answer.status in {400, 401, 403}:
                raise SignInRefused("the provider does not take this answer", hint="try again; check the client secret")
            raise ResponseInvalid(f"the provider answers with status {answer.status}", hint="check sign_in.oidc.issuer")
        return answer.body


def _get(url: str) -> Request:
    return Request(operation="openid", method="GET", url=url, headers=(("Accept", "application/json"),))


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


def _id_token(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Tokens).id_token
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise ResponseInvalid("the provider gives no ID token", hint="sign_in.oidc.scope has to have openid") from exc


def _keys(body: bytes) -> KeySet:
    try:
        return KeySet.import_key_set(cast("KeySetSerialization", msgspec.json.decode(body)))
    except (JoseError, ValueError, KeyError, TypeError, msgspec.DecodeError) as exc:
        raise ResponseInvalid("the keys of the provider cannot be understood") from exc
