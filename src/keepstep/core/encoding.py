"""A text made to stand in its place: whoever reads that place gets the same text back, or there is a named refusal."""

import csv
import io
import json
import re
from enum import StrEnum
from typing import Final, assert_never
from urllib.parse import quote, quote_plus

from keepstep.core.distinguished_name import escape_value
from keepstep.core.ldap_filter import escape
from keepstep.errors import InvalidName, MacroError


class Spot(StrEnum):
    """What a text is put into."""

    URL_PATH = "URL path"
    QUERY = "query"
    HEADER = "header"
    JSON = "JSON string"
    XML = "XML text"
    FORM = "form field"
    DN = "distinguished name"
    FILTER = "LDAP filter"
    CSV = "CSV cell"
    TEXT = "plain text"


_IN_HEADER: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_SIGNED_NUMBER: Final = re.compile(r"[+-][0-9][0-9 .,]*\Z")


def encode(text: str, place: Spot) -> str:
    """Return *text* as it is written in *place*; MacroError, without the text, if that cannot hold it.

    An XML text may stand between tags and in quotes, a JSON string is written without its quotes, a CSV cell with them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MacroError("the value has a character that is not Unicode text") from None
    match place:
        case Spot.URL_PATH:
            return _path_part(text)
        case Spot.QUERY:
            return quote(text, safe="")
        case Spot.HEADER:
            return _header(text)
        case Spot.JSON:
            return json.dumps(text, ensure_ascii=False)[1:-1]
        case Spot.XML:
            return _xml(text)
        case Spot.FORM:
            return quote_plus(text)
        case Spot.DN:
            return _name_value(text)
        case Spot.FILTER:
            return escape(text)
        case Spot.CSV:
            return _cell(text)
        case Spot.TEXT:
            return text
        case _:
            assert_never(place)


def _path_part(text: str) -> str:
    """Refuse what every reader of URLs takes for "here" and "one up", escaped or not (WHATWG URL, 4.1)."""
    if text in {".", ".."}:
        raise MacroError("the value is . or .., which leads to another address")
    return quote(text, safe="")


def _header(text: str) -> str:
    if _IN_HEADER.search(text):
        raise MacroError("the value has a line break or a control character, which no header holds")
    if text != text.strip(" \t"):
        raise MacroError("the value begins or ends with white space, which a header loses; use trim")
    return text


def _xml(text: str) -> str:
    if _NOT_XML.search(text):
        raise MacroError("the value has a character that XML 1.0 cannot hold")
    return text.translate(_XML)


def _name_value(text: str) -> str:
    try:
        return escape_value(text)
    except InvalidName as exc:
        raise MacroError(exc.message) from None


def _cell(text: str) -> str:
    """Refuse what a spreadsheet would reckon with; a number with its sign is only a number."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _SIGNED_NUMBER.match(text):
        raise MacroError("the value begins like a formula, which a spreadsheet would run")
    cells = io.StringIO(newline="")
    csv.writer(cells, quoting=csv.QUOTE_ALL, lineterminator="").writerow([text])
    return cells.getvalue()
