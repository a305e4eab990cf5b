"""Macro functions between a text and its other forms: hashes, Base64, URLs, JSON, distinguished names."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote
from uuid import NAMESPACE_DNS, NAMESPACE_OID, NAMESPACE_URL, NAMESPACE_X500, UUID, uuid5

from keepstep.core.distinguished_name import escape_value, parse_dn
from keepstep.core.macro_function import Function, Parameter
from keepstep.core.macro_value import Value, bounded, collapsed
from keepstep.errors import InvalidName, MacroError

_NAMESPACES: Final[Mapping[str, UUID]] = MappingProxyType(
    {"dns": NAMESPACE_DNS, "url": NAMESPACE_URL, "oid": NAMESPACE_OID, "x500": NAMESPACE_X500}
)


def utf8(text: str) -> bytes:
    """Return *text* as UTF-8; MacroError for a lone surrogate, which is no text."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise MacroError("the value has a character that is not Unicode text") from None


def md5(text: str) -> str:
    """Return the MD5 of the UTF-8 form, as 32 hex digits: a short name for something, never a protection."""
    return hashlib.md5(utf8(text), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    """Return the SHA-256 of the UTF-8 form, as 64 hex digits."""
    return hashlib.sha256(utf8(text)).hexdigest()


def base64_encode(text: str) -> str:
    """Return the Base64 (RFC 4648) of the UTF-8 form."""
    data = utf8(text)
    bounded(len(data) * 4 // 3)
    return base64.b64encode(data).decode()


def base64_decode(text: str) -> str:
    """Return the text whose UTF-8 form *text* is the Base64 of."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise MacroError("the value is not the Base64 form of a text") from None


def uri_encode(text: str) -> str:
    """Return *text* so that it can stand anywhere in a URL (RFC 3986: all but the unreserved characters escaped)."""
    data = utf8(text)
    bounded(len(data) * 3)
    return quote(data, safe="")


def uri_decode(text: str) -> str:
    """Return *text* with its percent escapes undone."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise MacroError("the percent escapes of the value are not UTF-8") from None


def json_text(text: str) -> str:
    """Return *text* as a JSON string, quotes included."""
    made = json.dumps(text, ensure_ascii=False)
    bounded(len(made))
    return made


def dn_name(text: str) -> str:
    r"""Return the unescaped value of the first part of a distinguished name: `CN=A\, B,DC=x` gives `A, B`."""
    try:
        return parse_dn(text).rdn.value
    except InvalidName:
        raise MacroError("the value is not a distinguished name") from None


def dn_parent(text: str) -> str:
    """Return the distinguished name of the container."""
    try:
        return str(parse_dn(text).parent)
    except InvalidName:
        raise MacroError("the value is not a distinguished name") from None


def dn_escape(text: str) -> str:
    """Return *text* so that it is one value inside a distinguished name, whatever characters it holds."""
    try:
        made = escape_value(text)
    except InvalidName:
        raise MacroError("the value has a character that is not Unicode text") from None
    bounded(len(made))
    return made


def sha1(text: str) -> str:
    """Return the SHA-1 of the UTF-8 form, as 40 hex digits: a short name for something, never a protection."""
    return hashlib.sha1(utf8(text), usedforsecurity=False).hexdigest()


def sha512(text: str) -> str:
    """Return the SHA-512 of the UTF-8 form, as 128 hex digits."""
    return hashlib.sha512(utf8(text)).hexdigest()


def named_uuid(text: str, namespace: str) -> str:
    """Return the UUID (version 5) of *text* in *namespace*: dns, url, oid, x500, or a UUID."""
    return str(uuid5(known_namespace(namespace), utf8(text).decode()))


def known_namespace(text: str) -> UUID:
    """Return the namespace that *text* names; MacroError if it names none."""
    if text in _NAMESPACES:
        return _NAMESPACES[text]
    try:
        return UUID(text)
    except ValueError:
        raise MacroError(f"a namespace is {', '.join(_NAMESPACES)} or a UUID") from None


def dn_parts(text: str, kind: str) -> Value:
    """Return the values of all steps of a distinguished name whose type is *kind*, from the object upwards."""
    try:
        steps = parse_dn(text).rdns
    except InvalidName:
        raise MacroError("the value is not a distinguished name") from None
    return collapsed(value for step in steps for type_, value in step.pairs if type_.casefold() == kind.casefold())


CODE_FUNCTIONS: Final = (
    Function("md5", md5, "MD5 as hex digits; not a protection", '{{ "Ana" | md5 | truncate(8) }}', ("9aba45a7",)),
    Function("sha256", sha256, "SHA-256 as hex digits", '{{ "Ana" | sha256 | truncate(8) }}', ("dea210f0",)),
    Function("base64_encode", base64_encode, "Base64", '{{ "Ana" | base64_encode }}', ("QW5h",)),
    Function("base64_decode", base64_decode, "what Base64 stands for", '{{ "QW5h" | base64_decode }}', ("Ana",)),
    Function("uri_encode", uri_encode, "for any place in a URL", "{{ givenName | uri_encode }}", ("Ana%20Marija",)),
    Function("uri_decode", uri_decode, "percent escapes undone", '{{ "Ana%20Marija" | uri_decode }}', ("Ana Marija",)),
    Function("json", json_text, "as a JSON string, with quotes", "{{ givenName | json }}", ('"Ana Marija"',)),
    Function(
        "dn_name",
        dn_name,
        "the name of an object, from its distinguished name",
        "{{ memberOf | dn_name }}",
        ("Staff", "Buyers"),
    ),
    Function(
        "dn_parent",
        dn_parent,
        "the distinguished name of the container",
        "{{ distinguishedName | dn_parent }}",
        ("OU=Sales,DC=corp,DC=example",),
        is_name=True,
    ),
    Function(
        "dn_escape",
        dn_escape,
        "made to stand in a distinguished name as a value",
        '{{ "Kovač, Ana" | dn_escape }}',
        ("Kovač\\, Ana",),
        is_name=True,
    ),
    Function("sha1", sha1, "SHA-1 as hex digits; not a protection", '{{ "Ana" | sha1 | truncate(8) }}', ("c96634ae",)),
    Function("sha512", sha512, "SHA-512 as hex digits", '{{ "Ana" | sha512 | truncate(8) }}', ("b7307042",)),
    Function(
        "uuid5",
        named_uuid,
        "the UUID of it in a namespace: dns, url, oid, x500, or a UUID",
        '{{ mail | lower | uuid5("url") }}',
        ("7b0055ad-e849-52ae-857c-ba86f7bab242",),
        (Parameter("namespace", check=known_namespace),),
    ),
    Function(
        "dn_parts",
        dn_parts,
        "the values of one type in a distinguished name, from the object upwards",
        '{{ distinguishedName | dn_parts("DC") | join(".") }}',
        ("corp.example",),
        (Parameter("type"),),
    ),
)
"""The rows of the table that turn a text into another form of it, or back."""
