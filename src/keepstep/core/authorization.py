"""How requests to one application prove who sends them: what a person writes."""

from typing import Annotated, Literal

from pydantic import Field

from keepstep.core.secret import SecretRef
from keepstep.core.spec import Spec


class NoAuthorization(Spec):
    """Requests prove nothing."""

    type: Literal["none"] = "none"


class BasicAuthorization(Spec):
    """RFC 7617."""

    type: Literal["basic"]
    username: str
    password: SecretRef


class ApiKeyAuthorization(Spec):
    """An API key in a header: `<header>: <prefix> <key>`. The defaults are Infobip's (reference 1.2)."""

    type: Literal["api_key"]
    key: SecretRef
    header: str = "Authorization"
    prefix: str = "App"


class BearerAuthorization(Spec):
    """A fixed bearer token, RFC 6750."""

    type: Literal["bearer"]
    token: SecretRef


class SessionAuthorization(Spec):
    """A session got with a username and a password from a session endpoint (Infobip IBSSO, reference 1.3)."""

    type: Literal["session"]
    username: str
    password: SecretRef
    path: str = "/auth/1/session"
    prefix: str = "IBSSO"
    lifetime: Annotated[int, Field(gt=0, description="seconds after which a new session is opened")] = 3300


class OAuth2Authorization(Spec):
    """OAuth 2.0 client credentials, RFC 6749 section 4.4."""

    type: Literal["oauth2"]
    client_id: str
    client_secret: SecretRef
    token_url: str = "/auth/1/oauth2/token"  # noqa: S105 - a path, not a secret
    scope: str = ""


Authorization = Annotated[
    NoAuthorization
    | BasicAuthorization
    | ApiKeyAuthorization
    | BearerAuthorization
    | SessionAuthorization
    | OAuth2Authorization,
    Field(discriminator="type"),
]
