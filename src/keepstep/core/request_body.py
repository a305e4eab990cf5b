"""The body of a request in the form that its type asks for: media type and bytes, ready to be sent."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b
from typing import Final, assert_never, cast
from urllib.parse import urlencode

import msgspec

JSON_TYPE: Final = "application/json"


class BodyType(StrEnum):
    """How the body of a request is written."""

    NONE = "none"
    JSON = "json"
    XML = "xml"
    FORM = "form"
    MULTIPART = "multipart"
    TEXT = "text"


def encode_body(kind: BodyType, tree: object) -> tuple[str, bytes]:
    """Return the media type and the bytes of *tree* as a body of *kind*; nothing in a value breaks out of its place."""
    match kind:
        case BodyType.NONE | BodyType.JSON:
            return JSON_TYPE, msgspec.json.encode(tree)
        case BodyType.FORM:
            return "application/x-www-form-urlencoded", urlencode(_fields(tree)).encode()
        case BodyType.MULTIPART:
            return multipart(_fields(tree))
        case BodyType.XML:
            return "application/xml; charset=utf-8", str(tree).encode()
        case BodyType.TEXT:
            return "text/plain; charset=utf-8", str(tree).encode()
        case _:
            assert_never(kind)


def _fields(tree: object) -> dict[str, str]:
    return {key: str(value) for key, value in cast("dict[str, object]", tree).items()}


def multipart(fields: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the media type and the bytes of *fields* as multipart/form-data (RFC 7578).

    The boundary is made from the content, so that the same fields give the same request, and stands nowhere in it.
    """
    content = "\0".join(part for pair in fields.items() for part in pair).encode()
    boundary = f"keepstep-{blake2b(content, digest_size=16).hexdigest()}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    return f"multipart/form-data; boundary={boundary}", "".join([*parts, f"--{boundary}--\r\n"]).encode()


def _quoted(name: str) -> str:
    """Return a field name as browsers write it between quotes (HTML, multipart form data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
