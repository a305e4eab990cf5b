"""What the macro functions do to one text. Pure and total: a result, or a MacroError that never quotes the text."""

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

from keepstep.core.distinguished_name import escape_value, parse_dn
from keepstep.errors import InvalidName, MacroError

LONGEST: Final = 100_000
"""The longest text, in characters, that a macro may make. A value that passes through unchanged is not cut."""

WIDEST: Final = 256
"""The widest that `pad` makes a text."""

_NOT_DIGITS: Final = bytes(code for code in range(128) if not chr(code).isdigit())
_SEPARATE_LETTERS: Final = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "\u0131": "i", "ŧ": "t",
        "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "ĸ": "k",
    }
)  # fmt: skip
"""Letters that Unicode does not take apart into a base and an accent."""

_ACCENTED: Final = (range(0xC0, 0x250), range(0x370, 0x400), range(0x1E00, 0x2000), range(0xFF21, 0xFF5B))
"""Where Unicode keeps Latin and Greek letters with accents, and the wide forms of the plain ones."""

_BARE_LETTERS: Final = _SEPARATE_LETTERS | {
    code: "".join(part for part in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(part))
    for block in _ACCENTED
    for code in block
    if code not in _SEPARATE_LETTERS and chr(code).isalpha()
}
_LOOSE_ACCENTS: Final = re.compile("(?<=[A-Za-z\u0370-\u03ff])[\u0300-\u036f]+")

_TRUE: Final = frozenset({"true", "yes", "y", "t", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "f", "off", "0"})
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")
_FIELD: Final = re.compile(r"%(.?)", re.DOTALL)


def bounded(length: int) -> None:
    """MacroError when a text of *length* characters must not be made."""
    if length > LONGEST:
        raise MacroError(f"the result would be longer than {LONGEST:,} characters")


def digits(text: str) -> str:
    """Return the decimal digits of *text*, of any script, as 0-9."""
    if text.isascii():
        return text.encode().translate(None, _NOT_DIGITS).decode()
    return "".join(str(unicodedata.decimal(ch)) for ch in text if ch.isdecimal())


def single_spaced(text: str) -> str:
    """Return *text* without white space at the ends, and with one blank wherever there was some inside."""
    return " ".join(text.split())


def remove_accents(text: str) -> str:
    """Return *text* with Latin and Greek letters bare of accents; every other script stays as it is."""
    if text.isascii():
        return text
    bare = text.translate(_BARE_LETTERS)
    return bare if bare.isascii() else _LOOSE_ACCENTS.sub("", bare)


def truncate(text: str, length: int) -> str:
    """Return at most the first *length* characters, without a blank at the end."""
    if length < 0:
        raise MacroError("a length is 0 or more")
    return text[:length].rstrip() if len(text) > length else text


def cut(text: str, start: int, end: int) -> str:
    """Return the characters from *start* up to *end*, counted from 0; negative counts from the end."""
    return text[start:end]


def first_word(text: str) -> str:
    """Return what stands before the first white space."""
    found = text.split(maxsplit=1)
    return found[0] if found else ""


def last_word(text: str) -> str:
    """Return what stands after the last white space."""
    found = text.rsplit(maxsplit=1)
    return found[-1] if found else ""


def replace(text: str, old: str, new: str) -> str:
    """Return *text* with every *old* replaced by *new*."""
    if not old:
        raise MacroError("there is nothing to look for")
    bounded(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def pad(text: str, width: int, fill: str) -> str:
    """Return *text* with *fill* in front of it until it is *width* characters long."""
    if not 0 <= width <= WIDEST:
        raise MacroError(f"a width is between 0 and {WIDEST}")
    if len(fill) != 1:
        raise MacroError("the text to fill with is one character")
    return text.rjust(width, fill)


def to_int(text: str) -> int:
    """Return the whole number that *text* writes, of at most 18 digits."""
    stripped = text.strip()
    if not _WHOLE.match(stripped):
        raise MacroError("the value is not a whole number of at most 18 digits")
    return int(stripped)


def to_bool(text: str) -> bool:
    """Return the truth that *text* writes: true/false, yes/no, on/off, 1/0, in any letter case."""
    word = text.strip().casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise MacroError("the value is neither true nor false")


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


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise MacroError("the value is not an ISO 8601 date or time") from None


def _fields(moment: datetime) -> Mapping[str, str]:
    return MappingProxyType(
        {
            "Y": f"{moment.year:04}", "y": f"{moment.year % 100:02}", "m": f"{moment.month:02}",
            "d": f"{moment.day:02}", "H": f"{moment.hour:02}", "M": f"{moment.minute:02}",
            "S": f"{moment.second:02}", "j": f"{moment.timetuple().tm_yday:03}", "%": "%",
        }
    )  # fmt: skip


def format_time(text: str, pattern: str) -> str:
    """Return the ISO 8601 *text* written as *pattern* says: %Y %y %m %d %H %M %S %j %%.

    Our own fields, as those of the C library take widths (`%999999999d`) and the machine's language.
    """
    fields = _fields(_moment(text))

    def field(found: re.Match[str]) -> str:
        written = fields.get(found[1])
        if written is None:
            raise MacroError(f"a date pattern has {' '.join(f'%{name}' for name in fields)} and nothing else")
        return written

    return _FIELD.sub(field, pattern)


def plus(text: str, days: int, hours: int, minutes: int) -> str:
    """Return the ISO 8601 *text* that much later, in the form it had: a date stays a date."""
    stripped = text.strip()
    try:
        later = _moment(stripped) + timedelta(days=days, hours=hours, minutes=minutes)
    except OverflowError:
        raise MacroError("the time would be outside the years 1 to 9999") from None
    if _is_date(stripped) and not (hours or minutes):
        return later.date().isoformat()
    written = later.isoformat()
    return f"{written.removesuffix('+00:00')}Z" if stripped.endswith("Z") else written


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
