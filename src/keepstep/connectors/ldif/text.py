"""LDIF, RFC 2849: the text of a file taken apart into entries, and put together again.

Read as `ldapsearch`, `ldifde`, `slapcat` and `samba-tool` write it: UTF-8 or UTF-16 with a byte order mark, either
line end, comments, folded lines, base64, `changetype: add`.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from keepstep.core.distinguished_name import dn_key
from keepstep.errors import ConfigurationError, InvalidName

_LINE: Final = re.compile(rb"([A-Za-z0-9][A-Za-z0-9.\-]*(?:;[A-Za-z0-9=*\-]+)*)(:[:<]?)(.*)\Z", re.DOTALL)
_RANGE: Final = re.compile(r";range=\d+-(\d+|\*)\Z")
_UNSAFE: Final = re.compile(rb"\A[ :<]|[\x00\r\n\x7f-\xff]| \Z")
_COUNT: Final = re.compile(rb"# (?:numEntries: (\d+)|(\d+) entries)\s*\Z")  # ldapsearch; ldbsearch
_WIDTH: Final = 76
_HASH, _BLANK = b"# "

# `ldapsearch` opens with the first and always closes with a count; so do the files that are written here.
_SEARCH_HEADER: Final = b"# extended LDIF"
_OWN_HEADER: Final = b"# Kept by Keepstep. The last line counts the entries, so that a file that was cut is noticed."

Line = tuple[int, bytes]
"""A logical line: its number in the file (from 1), and its text with the folds undone."""


@dataclass(slots=True, eq=False)
class Entry:
    """One object of the file.

    *raw*: values by lower-case attribute name; *text*: as it stands in the file, if unchanged; *kind*: see `Directory`.
    """

    dn: str
    key: str
    raw: dict[str, list[bytes]]
    line: int = 0
    text: bytes = b""
    kind: str = ""


@dataclass(slots=True, kw_only=True)
class Ldif:
    """A file taken apart. *flaws*: sentences why it may not be whole; *spellings*: lower-case to written names."""

    header: bytes = b""
    entries: list[Entry] = field(default_factory=list[Entry])
    spellings: dict[str, str] = field(default_factory=dict[str, str])
    flaws: list[str] = field(default_factory=list[str])
    changetype: bool = False


def parse_ldif(data: bytes, where: str) -> Ldif:
    """Return the entries of *data*; ConfigurationError with *where* and the line if it is not LDIF."""
    return _Parser(_utf8(data, where), where).parse()


def _utf8(data: bytes, where: str) -> bytes:
    """Return *data* as UTF-8; a byte order mark tells what it is (`ldifde -u` writes UTF-16)."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:]
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return data.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise ConfigurationError(
                f"{where}: the UTF-16 text breaks off or is damaged", hint="export the directory again"
            ) from None
    return data


class _Parser:
    """Walks over the lines of one file."""

    def __init__(self, data: bytes, where: str) -> None:
        self._where = where
        self._lines = data.replace(b"\r\n", b"\n").split(b"\n")
        self._known: dict[bytes, str] = {}  # attribute names seen, so that most lines need no closer look
        self._found = Ldif()
        self._declared: int | None = None
        self._counted = False
        if data and not data.endswith(b"\n"):
            self._found.flaws.append(f"{where} ends in the middle of line {len(self._lines)}")
        self._promised = _SEARCH_HEADER in data[:4096] or _OWN_HEADER in data[:4096]

    def parse(self) -> Ldif:
        """Return what the file holds."""
        for start, end in self._blocks():
            self._block(start, end)
        found = self._found
        if self._promised and not self._counted:
            found.flaws.append(f"{self._where} lacks its last line, which counts the entries")
        if self._declared is not None and self._declared > len(found.entries):
            found.flaws.append(f"{self._where} says that it has {self._declared} entries and has {len(found.entries)}")
        if not found.entries:
            found.flaws.append(f"{self._where} holds no entries")
        return found

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Return the line ranges between blank lines."""
        start: int | None = None
        for index, line in enumerate(self._lines):
            if not line:
                if start is not None:
                    yield start, index
                start = None
            elif start is None:
                start = index
        if start is not None:
            yield start, len(self._lines)

    def _logical(self, start: int, end: int) -> list[Line]:
        """Return the lines of a block unfolded and without comments."""
        lines: list[Line] = []
        comment = False
        for number, line in enumerate(self._lines[start:end], start + 1):
            if line[0] == _HASH:
                comment = True
                self._comment(line)
            elif line[0] != _BLANK:
                comment = False
                lines.append((number, line))
            elif comment:
                continue
            elif not lines:
                raise self._wrong(number, "a continued line (it begins with a blank) continues nothing")
            else:
                lines[-1] = (lines[-1][0], lines[-1][1] + line[1:])
        return lines

    def _comment(self, line: bytes) -> None:
        if counted := _COUNT.match(line):
            self._declared = int((counted[1] or counted[2])[:18])
        if counted or line.startswith(b"# numResponses:"):
            self._counted = True

    def _block(self, start: int, end: int) -> None:
        lines = self._logical(start, end)
        if lines and not self._found.entries and lines[0][1].lower().startswith(b"version:"):
            version = self._version(lines.pop(0))
            self._found.header += self._text(start, version - 1)
            start = version
        if not lines:
            if not self._found.entries:
                self._found.header += self._text(start, end)
            return
        name, dn = self._pair(lines[0])
        if name in {"search", "result", "ref"}:
            self._closing(lines)
        elif name == "dn":
            self._entry(lines, dn, self._text(start, end))
        else:
            raise self._wrong(lines[0][0], 'an entry begins with "dn:"')

    def _version(self, line: Line) -> int:
        """Check the version and return the index of the line after it."""
        number, text = line
        if text.partition(b":")[2].strip() != b"1":
            raise self._wrong(number, "only version 1 of LDIF is known")
        return number

    def _text(self, start: int, end: int) -> bytes:
        kept = [line for line in self._lines[start:end] if line not in {_OWN_HEADER, _SEARCH_HEADER}]
        return b"\n".join([*kept, b""])

    def _closing(self, lines: Sequence[Line]) -> None:
        """Read the result that ldapsearch prints at the end: 0 is success, 4 a size limit (RFC 4511 4.1.9)."""
        for line in lines:
            name, value = self._pair(line)
            if name == "result" and value.split(b" ")[0] != b"0":
                self._found.flaws.append(
                    f"{self._where}, line {line[0]}: the export ended with an error and lacks entries"
                )

    def _entry(self, lines: Sequence[Line], dn: bytes, text: bytes) -> None:
        number = lines[0][0]
        try:
            name = dn.decode()
            key = dn_key(name)
        except UnicodeDecodeError:
            raise self._wrong(number, "the name of the entry is not UTF-8") from None
        except InvalidName as exc:
            raise self._wrong(number, exc.message) from None
        entry = Entry(name, key, {}, number, text)
        raw, known = entry.raw, self._known
        for line in lines[1:]:
            name, colon, value = line[1].partition(b": ")
            attribute = known.get(name) if colon else None
            if attribute is None:
                self._attribute(entry, line)
            elif attribute in raw:
                raw[attribute].append(value.lstrip(b" "))
            else:
                raw[attribute] = [value.lstrip(b" ")]
        self._found.entries.append(entry)

    def _attribute(self, entry: Entry, line: Line) -> None:
        spelling, value = self._pair(line, fold=False)
        name = spelling.lower()
        if name in {"changetype", "control"} and not entry.raw:
            if value.strip().lower() != b"add" or name == "control":
                raise self._wrong(line[0], "this is a file of changes, not of a directory")
            self._found.changetype = True
            return
        if ";" in name:
            name = self._without_options(name, line[0])
            spelling = spelling.partition(";")[0] if ";" not in name else spelling
        else:
            self._known[spelling.encode()] = name
        self._found.spellings.setdefault(name, spelling)
        entry.raw.setdefault(name, []).append(value)

    def _without_options(self, name: str, number: int) -> str:
        """Return the name without `;binary` and `;range=`; a range that does not reach the end is a flaw."""
        if ranged := _RANGE.search(name):
            if ranged[1] != "*":
                self._found.flaws.append(
                    f"{self._where}, line {number}: the values of {name[: ranged.start()]} were exported only in part"
                )
            return name[: ranged.start()]
        return name.removesuffix(";binary")

    def _pair(self, line: Line, *, fold: bool = True) -> tuple[str, bytes]:
        """Return the attribute name and the value of a line."""
        number, text = line
        found = _LINE.match(text)
        if found is None:
            if text == b"-":
                raise self._wrong(number, "this is a file of changes, not of a directory")
            raise self._wrong(number, 'this line is not of the form "attribute: value"')
        name, kind, value = found[1].decode(), found[2], found[3].lstrip(b" ")
        if kind == b":<":
            raise self._wrong(number, "a value by URL is not read; write the value itself")
        if kind == b"::":
            try:
                value = base64.b64decode(value.rstrip(b" "), validate=True)
            except binascii.Error:
                raise self._wrong(number, "the value is not base64") from None
        return (name.lower() if fold else name), value

    def _wrong(self, line: int, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._where}, line {line}: {what}",
            hint="the file has to be LDIF (RFC 2849), as ldapsearch -o ldif-wrap=no or ldifde -f writes it",
        )


def write_ldif(ldif: Ldif) -> Iterator[bytes]:
    """Return the pieces of the file: unchanged entries letter for letter, and a last line that counts them."""
    yield _OWN_HEADER + b"\n"
    yield ldif.header
    yield b"version: 1\n"
    for entry in ldif.entries:
        yield b"\n"
        yield entry.text or render(entry, ldif.spellings, changetype=ldif.changetype)
    yield b"\n# numEntries: %d\n" % len(ldif.entries)


def render(entry: Entry, spellings: dict[str, str], *, changetype: bool = False) -> bytes:
    """Return the lines of one entry: `dn` first, then `objectClass`, then the rest in the order it has."""
    lines = [_line("dn", entry.dn.encode())]
    if changetype:
        lines.append(b"changetype: add\n")
    for name in sorted(entry.raw, key=lambda name: name != "objectclass"):
        lines += _lines(spellings.get(name, name), entry.raw[name])
    return b"".join(lines)


def _lines(name: str, values: Iterable[bytes]) -> Iterator[bytes]:
    for value in values:
        yield _line(name, value)


def _line(name: str, value: bytes) -> bytes:
    text = name.encode() + (b":: " + base64.b64encode(value) if _UNSAFE.search(value) else b": " + value)
    if len(text) <= _WIDTH:
        return text + b"\n"
    rest = (text[at : at + _WIDTH - 1] for at in range(_WIDTH, len(text), _WIDTH - 1))
    return b"\n ".join([text[:_WIDTH], *rest]) + b"\n"
