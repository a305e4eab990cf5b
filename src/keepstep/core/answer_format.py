"""What an answer is written in, and the tree of plain values that it holds: JSON, JSON lines, XML or CSV.

Whatever the bytes are, there is a tree or a ResponseInvalid, in bounded steps. The message never quotes the answer.
"""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from keepstep.core.xml_tree import read_xml
from keepstep.errors import ResponseInvalid


class Format(StrEnum):
    """What an answer is written in; *auto*: as its Content-Type says, or else as it looks."""

    AUTO = "auto"
    JSON = "json"
    XML = "xml"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class ContentType:
    """The media type in lower case, and the charset that it names."""

    media: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by the names of the first one. A row that is shorter or longer than the names is refused."""

    names: tuple[str, ...]
    rows: list[dict[str, str]]


_LINES: Final = re.compile(r"ndjson|jsonl|jsonlines|json-lines|json-seq")
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_DECLARED: Final = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_TEXT_CODECS: Final = re.compile(
    r"utf-(8|8-sig|16|32)(-le|-be)?|ascii|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|tis-620|hz"
    r"|shift_jis\w*|euc_\w+|gb\w+|big5\w*|iso2022_\w+"
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEPARATORS: Final = (",", ";", "\t", "|")


def decode(format: Format | str, body: bytes, content_type: str = "") -> object:  # noqa: A002 - the word of the spec
    """Return the tree that *body* holds: objects, lists, texts, numbers, true, false, null; ResponseInvalid if none.

    XML is an object with the root element (see `read_xml`), CSV and JSON lines are a list with one object a row.
    """
    kind = format_of(Format(format), body, content_type)
    match kind:
        case Format.JSON:
            return _json(body, content_type)
        case Format.JSONL:
            return [_line(line, number) for number, line in _lines(body, content_type)]
        case Format.XML:
            return read_xml(text_of(body, content_type, declared=True))
        case Format.CSV:
            return table_of(body, content_type).rows
        case Format.AUTO:
            raise ResponseInvalid("the answer is empty: it cannot be told from one that went wrong")
        case _:
            assert_never(kind)


def format_of(format: Format, body: bytes, content_type: str) -> Format:  # noqa: A002 - the word of the spec
    """Return what *body* is written in; AUTO only for an empty one that no format says anything of."""
    if format is not Format.AUTO:
        # Only an application that names the format lets "no lines" mean "no records".
        return Format.AUTO if _is_empty(body) and not _says_lines(content_type) else format
    if _is_empty(body):
        return Format.JSONL if _says_lines(content_type) else Format.AUTO
    media = content_type_of(content_type).media
    if _LINES.search(media):
        return Format.JSONL
    if media.endswith(("/json", "+json")):
        return Format.JSON
    if media.endswith(("/xml", "+xml")) and "html" not in media:
        return Format.XML
    if media.endswith(("/csv", "/tab-separated-values")):
        return Format.CSV
    return _looks(body, content_type)


def _is_empty(body: bytes) -> bool:
    return not body or body.isspace()


def content_type_of(header: str) -> ContentType:
    """Return the parts of a Content-Type that matter here."""
    charset = _CHARSET.search(header)
    return ContentType(header.partition(";")[0].strip().lower(), charset[1].lower() if charset else "")


def _says_lines(content_type: str) -> bool:
    return _LINES.search(content_type_of(content_type).media) is not None


def _looks(body: bytes, content_type: str) -> Format:
    start = text_of(body[:512], content_type, declared=True, errors="replace").lstrip("\ufeff \t\r\n")
    if start[:1] == "<":
        return Format.XML
    if start[:1] in {"{", "["}:
        return Format.JSONL if start[:1] == "{" and _is_lines(body, content_type) else Format.JSON
    return Format.CSV


def _is_lines(body: bytes, content_type: str) -> bool:
    """Whether the first line of *body* is a whole object, and not the last."""
    first, _, rest = body.partition(b"\n")
    if not rest.strip() or not first.rstrip().endswith(b"}"):
        return False
    try:
        _json(first, content_type)
    except ResponseInvalid:
        return False
    return True


def text_of(body: bytes, content_type: str, *, declared: bool = False, errors: str = "strict") -> str:
    """Return *body* as text: by its byte order mark, the charset of its type, its XML declaration, or as UTF-8."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding, errors)
    charset = content_type_of(content_type).charset
    if not charset and declared and (found := _DECLARED.match(body[:300])):
        charset = found[1].decode("ascii")
    if not charset and declared:
        # XML 1.0 appendix F: "<?" in two bytes each, without a mark.
        charset = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}.get(body[:4], "")
    return _decoded(body, charset or "utf-8", errors)


def _decoded(body: bytes, charset: str, errors: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError) as exc:
        raise ResponseInvalid("the answer names a character set that is not known") from exc
    if not _TEXT_CODECS.fullmatch(name):
        raise ResponseInvalid("the answer names a character set that is none")
    try:
        return body.decode(name, errors)
    except UnicodeError as exc:
        raise ResponseInvalid(f"the answer is not text in its character set, {name}") from exc


def json_bytes(body: bytes, content_type: str) -> bytes:
    """Return *body* as JSON is read, in UTF-8, whatever character set it came in."""
    charset = content_type_of(content_type).charset
    if charset in {"", "utf-8", "utf8"} and body[:1] not in {b"\xef", b"\xff", b"\xfe", b"\0"}:
        return body
    return text_of(body, content_type).encode("utf-8", "surrogatepass")


def _json(body: bytes, content_type: str) -> object:
    try:
        return msgspec.json.decode(json_bytes(body, content_type))
    except (msgspec.DecodeError, UnicodeError, ValueError) as exc:
        raise ResponseInvalid("the answer is not JSON, or is cut off") from exc
    except RecursionError as exc:
        raise ResponseInvalid("the answer is nested too deeply") from exc


def _lines(body: bytes, content_type: str) -> Sequence[tuple[int, bytes]]:
    lines = json_bytes(body, content_type).split(b"\n")
    # RFC 7464 begins each text with a record separator.
    return [(number, bare) for number, line in enumerate(lines, 1) if (bare := line.strip(b"\x1e \t\r"))]


def _line(line: bytes, number: int) -> object:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, ValueError) as exc:
        raise ResponseInvalid(f"line {number} of the answer is not JSON, or is cut off") from exc
    except RecursionError as exc:
        raise ResponseInvalid(f"line {number} of the answer is nested too deeply") from exc


def table_of(body: bytes, content_type: str) -> Table:
    """Return the rows of a CSV answer by the names in its first row (RFC 4180); ResponseInvalid if it is none."""
    text = text_of(body, content_type).lstrip("\ufeff")
    head = text.partition("\n")[0]
    media = content_type_of(content_type).media
    separator = "\t" if media.endswith("tab-separated-values") else max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: tuple[str, ...] = ()
    rows: list[dict[str, str]] = []
    try:
        for cells in reader:
            if not names:
                names = tuple(name.strip() for name in cells)
            elif len(cells) == len(names):
                rows.append(dict(zip(names, cells, strict=True)))
            elif cells:
                raise ResponseInvalid(
                    f"line {reader.line_num} has {len(cells)} cells where the first one names {len(names)}"
                )
    except csv.Error as exc:
        raise ResponseInvalid(f"line {reader.line_num + 1} cannot be read as CSV, or is cut off") from exc
    if len(set(names)) != len(names) or not all(names):
        raise ResponseInvalid("the first line does not name each column once")
    return Table(names, rows)
