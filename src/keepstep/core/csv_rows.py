"""CSV, RFC 4180 and its relatives: bytes to rows, piece by piece, with encoding and separator found out."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from keepstep.core.table_rows import Header, Row, body_of, header_of
from keepstep.errors import InvalidTable

SEPARATORS: Final = (";", ",", "\t", "|")

MOST_CELL: Final = 131_072
"""Characters in a cell: what the csv module takes, enough for a photo of a directory in Base64."""

MOST_COLUMNS: Final = 1_000
MOST_LINE: Final = 8_000_000
"""Characters in a line; also the most that is held in memory of a file that is one long line."""

_IS_OPEN: Final = "unexpected end"
"""What the csv module says of a quote that is not closed, as in a sample that ends in a cell of many lines."""

_SAMPLE: Final = 65_536
_ROWS: Final = 50

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_CODE_PAGES: Final = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("cp874", "cp932", "gb18030", "cp949", "cp950"),
)
"""What spreadsheets write where they do not write Unicode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How bytes are text, and how that is known."""

    name: str
    because: str
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvForm:
    """How rows stand in bytes."""

    encoding: Encoding
    separator: str

    def __str__(self) -> str:
        """Return how a person is told."""
        name = _NAMES.get(self.separator, f'"{self.separator}"')
        return f"{self.encoding.name} ({self.encoding.because}), cells separated by {name}"


_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def encoding_of(pieces: Iterable[bytes]) -> Encoding:
    """Return how *pieces* are text: by a byte order mark, else UTF-8 where every byte fits, else by a guess.

    InvalidTable if they are no text. Only a sample is held in memory.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    unicode, plain, first = True, True, True
    sample = bytearray()
    for piece in pieces:
        if first and (found := next((name for mark, name in _MARKS if piece.startswith(mark)), None)):
            return Encoding(name=found, because="it has a byte order mark")
        first = False
        if b"\x00" in piece:
            raise InvalidTable("it is not text: there are zero bytes in it", hint="export it again, as CSV in UTF-8")
        if plain and piece.isascii():
            continue
        plain = False
        if len(sample) < _SAMPLE:
            sample += b"\n".join(line for line in piece.splitlines() if not line.isascii()) + b"\n"
        if unicode:
            unicode = _fits(decoder, piece, final=False)
        elif len(sample) >= _SAMPLE:
            break
    if plain:
        return Encoding(name="utf-8", because="there are only plain letters in it")
    if unicode and _fits(decoder, b"", final=True):
        return Encoding(name="utf-8", because="every byte fits")
    if _is_broken_unicode(bytes(sample[:_SAMPLE])):
        # Whoever reads the rows comes to the break: a code page would make other names of all of them.
        return Encoding(name="utf-8", because="most bytes fit, and it breaks off or is damaged")
    return _guessed(bytes(sample[:_SAMPLE]))


def _fits(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_broken_unicode(sample: bytes) -> bool:
    letters = [letter for letter in sample.decode("utf-8", "replace") if letter > "\x7f"]
    broken = letters.count("\ufffd")
    return len(letters) > broken and len(letters) - broken >= broken


def _guessed(sample: bytes) -> Encoding:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_CODE_PAGES), preemptive_behaviour=False).best()
    if best is None:
        raise InvalidTable(
            "its encoding cannot be told: it is not UTF-8, and no code page gives sensible text",
            hint="name it, as encoding: windows-1250; or export again in UTF-8",
        )
    return Encoding(name=best.encoding, because="a guess from its letters; name it to be sure", guessed=True)


def form_of(
    pieces: Iterable[bytes], encoding: Encoding, *, separator: str = "auto", wanted: Sequence[str] = (), line: int = 1
) -> CsvForm:
    """Return the form of CSV in *pieces*; *separator* `auto` is found out from the first rows at *line* and below.

    *wanted*: headers that have to be there, which tells best.
    """
    if separator != "auto":
        return CsvForm(encoding=encoding, separator=separator)
    lines: list[str] = []
    with suppress(InvalidTable):  # whoever reads the rows comes to it, and knows its place
        lines.extend(islice(_lines(pieces, encoding.name), line + _ROWS))
    if lines and (told := re.fullmatch(r"sep=(.)\s*", lines[0])):
        return CsvForm(encoding=encoding, separator=told[1])
    lines = lines[line - 1 :]
    return CsvForm(encoding=encoding, separator=max(SEPARATORS, key=lambda one: _fitness(lines, one, wanted)))


def _fitness(lines: Sequence[str], separator: str, wanted: Sequence[str]) -> tuple[int, bool, int, bool]:
    """Return how well rows come out: wanted headers, several columns of one width, how many, one width at all."""
    rows: list[list[str]] = []
    error = ""
    try:
        # What came before an error is kept.
        rows.extend(row for row in csv.reader(lines, delimiter=separator, strict=True) if any(row))
    except csv.Error as exc:
        error = str(exc)
    even = len({len(row) for row in rows}) == 1 and (not error or _IS_OPEN in error)
    if not rows:
        return 0, False, 0, False
    names = {cell.strip() for row in rows for cell in row}
    width = len(rows[0])
    return sum(name in names for name in wanted), even and width > 1, width, even


def csv_rows(pieces: Iterable[bytes], form: CsvForm) -> Iterator[Row]:
    """Yield the rows of CSV in *pieces*, blank ones too, each with the line at which it begins.

    InvalidTable names the line of a quote that is not closed, of bytes that are no text, of what is beyond a limit.
    Memory holds a row and a piece.
    """
    reader = csv.reader(_lines(pieces, form.encoding.name), delimiter=form.separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise InvalidTable(f"the row at line {line}: {_said(str(exc))}", hint="correct that row") from None
        if len(cells) > MOST_COLUMNS:
            raise InvalidTable(f"line {line} has {len(cells)} cells, at most {MOST_COLUMNS} are read")
        if line == 1 and form.separator.join(cells) == f"sep={form.separator}":
            continue  # what a spreadsheet is told about the file, and no row of it
        yield Row(line, cells)


def _said(error: str) -> str:
    """Return what the csv module says, for a person."""
    if _IS_OPEN in error:
        return "a quote is opened and never closed"
    if "limit" in error:
        return f"a cell has more than {MOST_CELL} characters; is a quote before it not closed?"
    return "there is text after a closing quote; a quote inside a cell is written twice"


def _lines(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield the lines of *pieces* as text, each with its end, which may be LF, CR LF or CR."""
    name = {"utf-8": "utf-8-sig", "utf_8": "utf-8-sig"}.get(encoding.casefold(), encoding)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(name)(), translate=False)
    rest, line = "", 0
    for text in _texts(pieces, decoder):
        if text is None:
            raise InvalidTable(
                f"after line {line} there are bytes that are not {encoding}", hint="name the encoding it is written in"
            )
        *whole, rest = [*io.StringIO(rest + text, newline="")] or [""]
        if rest.endswith(("\n", "\r")):
            whole, rest = [*whole, rest], ""
        line += len(whole)
        yield from whole
        if len(rest) > MOST_LINE:
            raise InvalidTable(f"line {line + 1} has more than {MOST_LINE} characters", hint="is this a table?")
    if rest:
        yield rest


def _texts(pieces: Iterable[bytes], decoder: io.IncrementalNewlineDecoder) -> Iterator[str | None]:
    """Yield *pieces* as text; None for one that is no text, which is the last."""
    try:
        for piece in pieces:
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield None


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """CSV that is read: its form, its headers, and its rows that hold something, which can be iterated once."""

    form: CsvForm
    header: Header
    rows: Iterator[Row]


def read_csv(
    body: bytes, *, encoding: str = "auto", separator: str = "auto", wanted: Sequence[str] = (), line: int = 1
) -> CsvTable:
    """Return the table in *body*, whose headers stand at *line*; *wanted*: headers that have to be there.

    InvalidTable, here or while its rows are iterated, says what is wrong, and where.
    """
    pieces = [body[start : start + _SAMPLE] for start in range(0, len(body), _SAMPLE)]
    known = encoding_of(pieces) if encoding == "auto" else Encoding(name=encoding, because="as configured")
    form = form_of(pieces, known, separator=separator, wanted=wanted, line=line)
    rows = csv_rows(pieces, form)
    return CsvTable(form=form, header=header_of(rows, line=line), rows=body_of(rows))
