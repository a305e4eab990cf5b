"""What the text of a value has to look like, by its syntax."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from keepstep.core.distinguished_name import parse_dn
from keepstep.core.schema import Syntax
from keepstep.errors import InvalidName

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}\Z")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?\Z")


def malformed(syntax: Syntax, text: str) -> str:
    """Return what *text* would have to be, or nothing if it is well formed; never a part of the text."""
    well_formed, wanted = _FORMS[syntax]
    return "" if well_formed(text) else wanted


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.match(text) is not None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _TIME.match(text) is not None


def _is_name(text: str) -> bool:
    try:
        return bool(parse_dn(text).rdns)
    except InvalidName:
        return False


def _is_binary(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_FORMS: Final[Mapping[Syntax, tuple[Callable[[str], bool], str]]] = MappingProxyType(
    {
        Syntax.TEXT: (lambda _: True, ""),
        Syntax.INTEGER: (lambda text: _INTEGER.match(text) is not None, "a whole number"),
        Syntax.DECIMAL: (lambda text: _DECIMAL.match(text) is not None, "a number, as 12.5"),
        Syntax.BOOLEAN: (lambda text: text in {"true", "false"}, "true or false; use to_bool"),
        Syntax.DATE: (_is_date, "a date, as 2030-01-31"),
        Syntax.TIME: (_is_time, "an ISO 8601 time, as 2030-01-31T08:00:00Z"),
        Syntax.DN: (_is_name, "a distinguished name, as CN=Ana Primjer,OU=Staff,DC=corp,DC=example"),
        Syntax.BINARY: (_is_binary, "Base64"),
        Syntax.JSON: (_is_json, "JSON"),
    }
)
