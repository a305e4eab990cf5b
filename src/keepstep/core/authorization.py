"""How requests to one application prove who sends them: what a person writes."""

import re
from typing import Annotated, Final, Literal, Self, assert_never

from pydantic import AfterValidator, Field, JsonValue, model_validator

from keepstep.core.field_path import parse_path
from keepstep.core.secret import SecretRef
from keepstep.core.spec import Spec

_PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#{}@]+([/?#]\S*)?|\{base_?[uU]rl\}([/?]\S*)?|/?(?!https?:)[^\s{}/]\S*")
_OURS: Final = frozenset(
    {"grant_type", "response_type", "client_id", "client_secret", "scope", "state", "redirect_uri", "code"}
    | {"code_verifier", "code_challenge", "code_challenge_method", "refresh_token"}
)


def _path(text: str) -> str:
    if text:
        parse_path(text)
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("it must be an address, as https://login.example/token, or a path below base_url, as /token")
    return text


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~\-]+$")]
"""The name of a header, RFC 9110 section 5.1."""

Prefix = Annotated[str, Field(pattern=r"^[ -~]*$")]
"""What stands before a key or token, with a blank between."""

TokenUrl = Annotated[str, AfterValidator(_address)]
"""Where a token is got: an address, or a path below the base URL."""


class NoAuthorization(Spec):
    """Requests prove nothing."""

    type: Literal["none"] = "none"


class BasicAuthorization(Spec):
    """RFC 7617."""

    type: Literal["basic"]
    username: str
    password: SecretRef


class Placed(Spec):
    """A key or token in a header or in the query: `<header>: <prefix> <key>` or `?<param>=<key>`."""

    place: Literal["header", "query"] = "header"
    header: HeaderName = "Authorization"
    prefix: Prefix | None = None
    param: str = ""

    @model_validator(mode="after")
    def _the_query_needs_a_name(self) -> Self:
        if (self.place == "query") is not bool(self.param):
            raise ValueError("`place: query` and `param`, the name of the parameter, go together")
        return self


class ApiKeyAuthorization(Placed):
    """An API key. *prefix*: unless it is given, `App` in the header Authorization (Infobip, reference 1.2), else none.

    It is said once with the key, also when it was pasted together with it.
    """

    type: Literal["api_key"]
    key: SecretRef

    @property
    def scheme(self) -> str:
        """What stands before the key in its header."""
        if self.prefix is not None:
            return self.prefix
        return "App" if self.header.lower() == "authorization" else ""


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
    prefix: Prefix = "IBSSO"
    lifetime: Annotated[int, Field(gt=0, description="seconds after which a new session is opened")] = 3300


class OAuth2Client(Spec):
    """Who we are to an authorization server, and how its tokens are sent.

    *client_authentication*: the secret in the body, or in a Basic header (RFC 6749 section 2.3.1). *extra*: parameters
    beside those of the RFC, as `audience`. *prefix*: unless it is given, `Bearer`, and tokens of another type are
    refused (RFC 6749 section 7.1).
    """

    client_id: Annotated[str, Field(min_length=1)]
    scope: str = ""
    client_authentication: Literal["post", "basic"] = "post"
    extra: dict[str, str] = {}
    header: HeaderName = "Authorization"
    prefix: Prefix | None = None

    @property
    def scheme(self) -> str:
        """What stands before a token in its header."""
        return "Bearer" if self.prefix is None else self.prefix

    @model_validator(mode="after")
    def _extra_is_extra(self) -> Self:
        if taken := sorted(_OURS & self.extra.keys()):
            raise ValueError(f'extra cannot hold "{taken[0]}", which has a key of its own or is filled in')
        return self


class OAuth2Authorization(OAuth2Client):
    """OAuth 2.0 client credentials, RFC 6749 section 4.4."""

    type: Literal["oauth2"]
    client_secret: SecretRef
    token_url: TokenUrl = "/auth/1/oauth2/token"  # noqa: S105 - a path, not a secret


class OAuth2CodeAuthorization(OAuth2Client):
    """OAuth 2.0 authorization code with PKCE (RFC 6749 section 4.1, RFC 7636): a person says yes once, in a browser.

    *callback*: where the browser is sent afterwards, registered there as it stands here. *extra* goes with the address
    that the person opens.
    """

    type: Literal["oauth2_code"]
    client_secret: SecretRef | None = None
    authorize_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s#]*$")]
    token_url: TokenUrl
    callback: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s#]*$")] = "http://127.0.0.1:8765/callback"

    @model_validator(mode="after")
    def _basic_needs_a_secret(self) -> Self:
        if self.client_authentication == "basic" and self.client_secret is None:
            raise ValueError("`client_authentication: basic` needs client_secret")
        return self


class TokenAuthorization(Placed):
    """A token fetched from an endpoint. `{name}` in its headers, parameters and body stands for a secret of *values*.

    *token_path*: where in the answer the token is; *expires_path*: where its end is (seconds from now, a time in
    seconds since 1970, or an ISO 8601 time); without one it is renewed after *lifetime* seconds.
    """

    type: Literal["token"]
    url: TokenUrl
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: dict[HeaderName, str] = {}
    params: dict[str, str] = {}
    body: JsonValue = None
    body_type: Literal["json", "form"] = "json"
    values: dict[str, SecretRef] = {}
    token_path: Annotated[str, Field(min_length=1), AfterValidator(_path)]
    expires_path: Annotated[str, AfterValidator(_path)] = ""
    lifetime: Annotated[int, Field(gt=0, description="seconds after which a new token is fetched")] = 3300

    @property
    def scheme(self) -> str:
        """What stands before the token in its header."""
        if self.prefix is not None:
            return self.prefix
        return "Bearer" if self.header.lower() == "authorization" else ""

    @model_validator(mode="after")
    def _places_are_filled(self) -> Self:
        texts = [*self.headers.values(), *self.params.values(), *_texts(self.body)]
        if any("{{" in text for text in texts):
            raise ValueError("macros are not read here: write {name}, and name its secret in values")
        places = {place for text in texts for place in _PLACE.findall(text)}
        if missing := sorted(places - self.values.keys()):
            raise ValueError(f"nothing is given for {{{missing[0]}}}: name its secret in values")
        if idle := sorted(self.values.keys() - places):
            raise ValueError(f'value "{idle[0]}" is nowhere used as {{{idle[0]}}}')
        if set(_PLACE.findall(self.url)) - {"base_url", "baseUrl"}:
            raise ValueError("a secret cannot stand in the url: put it in headers, params or body")
        fields = isinstance(self.body, dict) and all(isinstance(value, str) for value in self.body.values())
        if self.body_type == "form" and not fields:
            raise ValueError("`body_type: form` needs a body that names its fields, each with a text")
        return self


def _texts(tree: JsonValue) -> list[str]:
    match tree:
        case str():
            return [tree]
        case list():
            return [text for item in tree for text in _texts(item)]
        case dict():
            return [text for item in tree.values() for text in _texts(item)]
        case _:
            return []


Authorization = Annotated[
    NoAuthorization
    | BasicAuthorization
    | ApiKeyAuthorization
    | BearerAuthorization
    | SessionAuthorization
    | OAuth2Authorization
    | OAuth2CodeAuthorization
    | TokenAuthorization,
    Field(discriminator="type"),
]


def proof_header(spec: Authorization) -> str:
    """Return the header that requests prove themselves in, in place of any other of that name; empty if in none."""
    match spec:
        case NoAuthorization():
            return ""
        case BasicAuthorization() | BearerAuthorization() | SessionAuthorization():
            return "Authorization"
        case OAuth2Authorization() | OAuth2CodeAuthorization():
            return spec.header
        case ApiKeyAuthorization() | TokenAuthorization():
            return spec.header if spec.place == "header" else ""
        case _:
            assert_never(spec)
