"""One server as a program asks it: with a token, over verified TLS, and never led elsewhere by a redirect."""

import ssl
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from pydantic import BaseModel, TypeAdapter, ValidationError

from keepstep.client.refusal import refusal
from keepstep.client.server_address import ServerAddress
from keepstep.core.secret import Secret
from keepstep.errors import ConnectionLost, KeepstepError, ResponseInvalid, TlsRefused

T = TypeVar("T")
TIMEOUT: Final = 600.0
"""So many seconds an answer may take: some read whole systems."""
MOST: Final = 1000
"""So many items a server gives at once."""


def at(*parts: str) -> str:
    """Return the path of *parts*, each encoded, so that no name leads to another route."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the server at *address* with *token*. What the server refuses is raised as the error that it is.

    *progress*: told how far long work is.
    """

    address: ServerAddress
    token: Secret
    progress: Callable[[str, int, int | None], None]

    def get(self, kind: type[T], path: str, /, **query: object) -> T:
        """Return what stands at *path*, as *kind*."""
        return understood(kind, self.read(path, **query))

    def read(self, path: str, /, **query: object) -> bytes:
        """Return what stands at *path*, as it was sent."""
        with self._answer("GET", _queried(path, query)) as answer:
            return answer.read()

    def lines(self, path: str, /, **query: object) -> Iterator[bytes]:
        """Yield the lines of what stands at *path*, as they come; ConnectionLost where it is cut short."""
        with self._answer("GET", _queried(path, query)) as answer:
            yield from answer

    def post(self, kind: type[T], path: str, data: Any, **headers: str) -> T:
        """Return what the server says to *data*, as *kind*."""
        return understood(kind, self.send("POST", path, data, **headers))

    def changed(self, kind: type[T], method: str, path: str, data: Any, **headers: str) -> T:
        """Return what stands at *path* once *data* was brought there by *method*, as *kind*."""
        return understood(kind, self.send(method, path, data, **headers))

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> bytes:
        """Return what the server says to *data*, as it was sent; `If_Match` stands for the header If-Match."""
        with self._answer(method, path, data, headers) as answer:
            return answer.read()

    @contextmanager
    def _answer(
        self, method: str, path: str, data: Any = None, headers: Mapping[str, str] | None = None
    ) -> Generator[HTTPResponse]:
        sent = {"Authorization": f"Bearer {self.token.reveal()}", "Accept": "application/json"}
        sent |= {name.replace("_", "-"): text for name, text in (headers or {}).items()}
        body = None
        if data is not None:
            body, sent["Content-Type"] = msgspec.json.encode(data, enc_hook=_written), "application/json"
        connection = self._connection()
        try:
            connection.request(method, f"{self.address.path}/api/v1{path}", body, sent)
            answer = connection.getresponse()
            if answer.status >= 300:
                raise refusal(answer.status, answer.read())
            yield answer
        except ssl.SSLError as error:
            raise self._distrusted(error) from None
        except (OSError, HTTPException) as error:
            raise self._lost(error) from None
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        host, port = self.address.host, self.address.port
        if self.address.secure:
            return HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
        return HTTPConnection(host, port, timeout=TIMEOUT)

    def _distrusted(self, error: ssl.SSLError) -> KeepstepError:
        why = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        return TlsRefused(
            f"the certificate of {self.address.host} cannot be trusted: {why}",
            hint="$SSL_CERT_FILE names the file with the certificate of your own authority",
        )

    def _lost(self, error: Exception) -> KeepstepError:
        why = getattr(error, "strerror", "") or type(error).__name__
        return ConnectionLost(
            f"the server at {self.address.host} cannot be reached, or broke off: {why}",
            hint="is `keepstep serve` at work there? What was begun there goes on: `keepstep run list`",
        )


def understood(kind: type[T], body: bytes) -> T:
    """Return *body* as *kind*; ResponseInvalid where it is something else."""
    try:
        return TypeAdapter(kind).validate_json(body)
    except ValidationError:
        raise ResponseInvalid(
            "the server answered something that this version does not understand",
            hint="server and command line are to be of the same version: `keepstep --version`",
        ) from None


def _written(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"nothing writes a {type(value).__name__}")


def _queried(path: str, query: Mapping[str, object]) -> str:
    given = {name: _text(value) for name, value in query.items() if value is not None and value != ""}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def _text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
