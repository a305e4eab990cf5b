"""An LDAP server that answers searches as a test says: for what no directory at hand does.

Samba never cuts attributes into ranges, never repeats a page mark, and has no size limit. It speaks enough of RFC 4511
for a simple bind and searches; everything else is answered "unwilling".
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import namedtype, tag, univ
from pyasn1_modules import rfc2251

PAGED = "1.2.840.113556.1.4.319"


@dataclass(frozen=True)
class Asked:
    """One search request."""

    base: str
    attributes: tuple[str, ...]
    cookie: bytes


@dataclass(frozen=True)
class Told:
    """The answer to one: entries (DN, attributes), references, result code and page mark; None: hang up."""

    entries: Sequence[tuple[str, Mapping[str, Sequence[bytes]]]] = ()
    references: Sequence[str] = ()
    code: int = 0
    cookie: bytes = b""
    text: str = ""
    hang_up: bool = False


Answer = Callable[[Asked], Told]


@dataclass
class Scripted:
    """A running scripted server; `asked` holds the searches so far."""

    port: int
    asked: list[Asked] = field(default_factory=list)


class _PagedValue(univ.Sequence):
    componentType = namedtype.NamedTypes(  # noqa: N815 - pyasn1 looks for this name
        namedtype.NamedType("size", univ.Integer()), namedtype.NamedType("cookie", univ.OctetString())
    )


@contextmanager
def scripted_server(answer: Answer) -> Iterator[Scripted]:
    """A server on loopback, without TLS, that answers every search with *answer*."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Scripted(listener.getsockname()[1])

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_serve, args=(client, answer, server), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server


def _serve(client: socket.socket, answer: Answer, server: Scripted) -> None:
    buffer = b""
    with client, suppress(OSError):
        while data := client.recv(65536):
            buffer += data
            while (size := _whole(buffer)) and len(buffer) >= size:
                message, _ = decoder.decode(buffer[:size], asn1Spec=rfc2251.LDAPMessage())
                buffer = buffer[size:]
                replies = _reply(message, answer, server)
                if replies is None:
                    return
                client.sendall(b"".join(replies))


def _whole(data: bytes) -> int:
    if len(data) < 2:
        return 0
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big") if len(data) >= 2 + count else 0


def _reply(message: Any, answer: Answer, server: Scripted) -> list[bytes] | None:
    number, operation = int(message["messageID"]), message["protocolOp"]
    kind = operation.getName()
    if kind == "bindRequest":
        return [_message(number, "bindResponse", _result(rfc2251.BindResponse(), 0))]
    if kind == "unbindRequest":
        return None
    if kind != "searchRequest":
        return []
    asked = _asked(message, operation["searchRequest"])
    server.asked.append(asked)
    told = answer(asked)
    if told.hang_up:
        return None
    replies = [_message(number, "searchResEntry", _entry(dn, values)) for dn, values in told.entries]
    for url in told.references:
        reference = rfc2251.SearchResultReference()
        reference[0] = url.encode()
        replies.append(_message(number, "searchResRef", reference))
    done = _result(rfc2251.SearchResultDone(), told.code, told.text)
    return [*replies, _message(number, "searchResDone", done, told.cookie)]


def _asked(message: Any, request: Any) -> Asked:
    cookie = b""
    for control in message["controls"] if message["controls"].isValue else ():
        if bytes(control["controlType"]).decode() == PAGED:
            value, _ = decoder.decode(bytes(control["controlValue"]), asn1Spec=_PagedValue())
            cookie = bytes(value["cookie"])
    return Asked(
        base=bytes(request["baseObject"]).decode(),
        attributes=tuple(bytes(name).decode() for name in request["attributes"]),
        cookie=cookie,
    )


def _result(response: Any, code: int, text: str = "") -> Any:
    response["resultCode"] = code
    response["matchedDN"] = b""
    response["errorMessage"] = text.encode()
    return response


def _entry(dn: str, values: Mapping[str, Sequence[bytes]]) -> Any:
    entry = rfc2251.SearchResultEntry()
    entry["objectName"] = dn.encode()
    entry["attributes"] = rfc2251.PartialAttributeList()
    for at, (name, held) in enumerate(values.items()):
        row = entry["attributes"][at]
        row["type"] = name.encode()
        for position, value in enumerate(held):
            row["vals"][position] = value
        entry["attributes"][at] = row
    return entry


def _message(number: int, kind: str, operation: Any, cookie: bytes | None = None) -> bytes:
    message = rfc2251.LDAPMessage()
    message["messageID"] = number
    message["protocolOp"][kind] = operation
    if cookie is not None:
        value = _PagedValue()
        value["size"], value["cookie"] = 0, cookie
        control = rfc2251.Control()
        control["controlType"] = PAGED.encode()
        control["criticality"] = False
        control["controlValue"] = encoder.encode(value)
        controls = rfc2251.Controls().subtype(implicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, 0))
        controls[0] = control
        message["controls"] = controls
    return encoder.encode(message)
