"""One declared HTTP call, and the request that is built from it. Nothing here sends anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import quote, urlencode, urljoin, urlsplit

from pydantic import JsonValue

from keepstep.core.answer_format import Format
from keepstep.core.call import CallSpec
from keepstep.core.encoding import Spot
from keepstep.core.field_path import PathText, parse_path, put
from keepstep.core.macro_value import as_text
from keepstep.core.masking import masked
from keepstep.core.paging import Ask, NoPaging, Paging
from keepstep.core.query import with_query
from keepstep.core.request_body import JSON_TYPE, BodyType, encode_body
from keepstep.core.request_filling import Filler, RequestTexts
from keepstep.core.secret import MASK, Secret
from keepstep.errors import ConfigurationError

_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


class EndpointSpec(CallSpec):
    """A call that reads: how the answer is paged, and where in it the records are.

    *reads*: it changes nothing, although its method could.
    """

    paging: Paging = NoPaging()
    records: PathText = ""
    reads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call, ready to be sent. *operation* is the endpoint's name, *limit* the rate limit it counts against.

    *private*: the secrets that macros put into it, and what they made of them.
    """

    operation: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    limit: str = ""
    timeout: float | None = None
    secret_headers: frozenset[str] = _SECRET_HEADERS
    secret_body: bool = False
    secret_params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    private: tuple[Secret, ...] = field(default=(), compare=False)

    @property
    def reads(self) -> bool:
        """Whether the call changes nothing by its method (RFC 9110 section 9.2.1)."""
        return self.method in {"GET", "HEAD"}

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port: what credentials may be sent to."""
        return origin_of(self.url)

    @property
    def address(self) -> str:
        """The URL as it is sent: with the secret parameters, which `url` is without."""
        return with_query(self.url, urlencode(self.secret_params, quote_via=quote))

    def with_headers(self, *headers: tuple[str, str]) -> "Request":
        """Return the request with *headers* added."""
        return replace(self, headers=(*self.headers, *headers))

    def display(self) -> str:
        """Return the request as a person may see it: secrets are masked."""
        shown = with_query(self.url, "&".join(f"{quote(name, safe='')}={MASK}" for name, _ in self.secret_params))
        lines = [f"{self.method} {shown}"]
        for name, value in self.headers:
            lines.append(f"{name}: {MASK if name.lower() in self.secret_headers else value}")
        if self.body:
            lines += ["", MASK if self.secret_body else self.body.decode("utf-8", "replace")]
        return masked("\n".join(lines), self.private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer: header names in lower case, the body whole and decompressed.

    *url*: what was asked. *seconds*: how long it took.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = field(default=b"", repr=False)
    url: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the status says that the request was carried out."""
        return 200 <= self.status < 300


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of *url*, with the port that its scheme implies; empty for what is no URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None


def build_request(  # noqa: PLR0913 - what varies from page to page, and what never does
    name: str,
    endpoint: CallSpec,
    base_url: str,
    values: Mapping[str, object],
    *,
    ask: Ask | None = None,
    texts: RequestTexts | None = None,
) -> Request:
    """Return the request of *endpoint* with *values* in its places; ConfigurationError for a place without a value.

    A value of type bytes named `body` is sent as the body as it is. *texts* remembers what it has read and gives macros
    their secrets. IdentifierEmpty if a macro gives nothing where it says whom the call is about.
    """
    ask = ask or Ask()
    base = base_url.rstrip("/")
    known: dict[str, object] = {**values, "base_url": base, "baseUrl": base, "connection.base_url": base}
    filler = Filler(name, known, texts or RequestTexts())
    own = filler.url(endpoint.url)
    url = _next_url(name, own, ask.url) if ask.url else own
    params = [(key, filler.param(key, text)) for key, text in endpoint.params.items()]
    if not ask.url and (params or ask.params):
        query = urlencode([*params, *ask.params], quote_via=quote)
        url = f"{url}{'&' if '?' in url else '?'}{query}"
    kind, body = _body(filler, endpoint, known.get("body"), ask)
    headers = _headers(filler, endpoint, kind if body else "")
    return Request(
        operation=name,
        method=endpoint.method,
        url=url,
        headers=headers,
        body=body,
        limit=endpoint.limit or name,
        timeout=endpoint.timeout,
        private=tuple(filler.private),
    )


def _headers(filler: Filler, endpoint: CallSpec, kind: str) -> tuple[tuple[str, str], ...]:
    """Return the endpoint's own headers, and those for a body of media type *kind* and for the answer."""
    filled = [(key, filler.header(key, text)) for key, text in endpoint.headers.items()]
    headers = [(key, text) for key, text in filled if text is not None]
    given = {key.lower() for key, _ in headers}
    if kind and "content-type" not in given:
        headers.append(("Content-Type", kind))
    if "accept" not in given:
        headers.append(("Accept", _ACCEPTS[endpoint.format]))
    return tuple(headers)


def _next_url(name: str, own: str, target: str) -> str:
    """Return the URL of a page, which an answer may have written relative to *own*."""
    try:
        url = urljoin(own, target)
    except ValueError:
        url = ""
    if origin_of(url) != origin_of(own):
        raise ConfigurationError(
            f'endpoint "{name}": the next page is at another address, which gets no credentials',
            hint="check the base URL of the connection",
        )
    return url


_ACCEPTS: Final[Mapping[Format, str]] = MappingProxyType(
    {
        Format.AUTO: f"{JSON_TYPE}, */*;q=0.5",
        Format.JSON: JSON_TYPE,
        Format.XML: "application/xml, text/xml",
        Format.CSV: "text/csv",
        Format.JSONL: "application/x-ndjson, application/jsonl",
    }
)


def _body(filler: Filler, endpoint: CallSpec, given: object, ask: Ask) -> tuple[str, bytes]:
    """Return the media type and the bytes of the body; nothing for a request without one."""
    if isinstance(given, bytes):
        return JSON_TYPE, given
    if endpoint.body is None and not ask.body:
        return "", b""
    kind, identifies = endpoint.body_type, endpoint.method == "DELETE"
    if kind in {BodyType.XML, BodyType.TEXT} and isinstance(endpoint.body, str):
        place = Spot.XML if kind is BodyType.XML else Spot.TEXT
        return encode_body(kind, filler.free(endpoint.body, place, identifies=identifies))
    tree = filler.tree(endpoint.body, identifies=identifies)
    if ask.body:
        tree = cast("dict[str, object]", tree) if isinstance(tree, dict) else {}
        for where, value in ask.body:
            put(tree, parse_path(where), (value,))
    if kind in {BodyType.FORM, BodyType.MULTIPART} and isinstance(tree, dict):
        tree = {key: _field(value) for key, value in cast("dict[str, object]", tree).items()}
    return encode_body(kind, tree)


def _field(value: object) -> str:
    """Return a field of a form: nothing is the empty text, and truths are written as in JSON."""
    if value is None:
        return ""
    return as_text(value) if isinstance(value, int) else str(value)


def fill(name: str, tree: JsonValue, values: Mapping[str, object]) -> object:
    """Return *tree* with each leaf that is a placeholder replaced by its value; ConfigurationError for an unknown."""
    return Filler(name, values, RequestTexts()).tree(tree)
