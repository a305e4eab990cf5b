"""Rows of a table that somebody uploads: what it is tells its content, never its name; it is held in memory."""

import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Final

from keepstep.connectors.table.workbook import sheet_rows
from keepstep.core.csv_rows import csv_rows, encoding_of, form_of
from keepstep.core.table import TableConnection
from keepstep.core.table_rows import Row, header_of
from keepstep.errors import InvalidTable

MOST_BYTES: Final = 4 << 20
MOST_UNPACKED: Final = 64 << 20
"""Bytes of a workbook once it is unpacked."""

MOST_PARTS: Final = 500
MOST_ROWS: Final = 100_000

_WORKBOOK: Final = b"PK\x03\x04"
_REFUSED: Final = (
    (b"\xd0\xcf\x11\xe0", "an old or encrypted workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a packed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"7z\xbc\xaf", "a packed file"),
)


def uploaded_rows(content: bytes) -> Iterator[Row]:
    """Return the rows of CSV or of the first sheet of a workbook in *content*; a formula is text, or what it gave.

    InvalidTable if it is neither, or beyond the limits.
    """
    if len(content) > MOST_BYTES:
        raise InvalidTable(f"the file is larger than {MOST_BYTES >> 20} MB", hint="keep only the column that is needed")
    if not content:
        raise InvalidTable("the file is empty")
    for start, told in _REFUSED:
        if content.startswith(start):
            raise InvalidTable(f"this is {told}, and no CSV or XLSX", hint="save it as .xlsx or as CSV")
    if not content.startswith(_WORKBOOK):
        pieces = [content]
        return csv_rows(pieces, form_of(pieces, encoding_of(pieces)))
    _check(content)
    return sheet_rows(io.BytesIO(content), "")[1]


def uploaded_table(content: bytes, spec: TableConnection) -> int:
    """Return how many rows *content* has below its headers; InvalidTable unless it is a table as *spec* reads it."""
    rows = uploaded_rows(content)
    header = header_of(rows, line=spec.header_row)
    if lacking := [name for name in spec.wanted if name not in header.places]:
        raise InvalidTable(f'there is no column "{lacking[0]}"', hint="the connection says which columns it needs")
    count = sum(1 for _ in islice((row for row in rows if not row.blank), MOST_ROWS + 1))
    if count > MOST_ROWS:
        raise InvalidTable(f"the table has more than {MOST_ROWS:,} rows", hint="keep only those that are needed")
    return count


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        raise InvalidTable("it is not a whole workbook", hint="save it again as .xlsx, or as CSV") from exc
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise InvalidTable("this is a packed file, and no workbook", hint="save it as .xlsx or as CSV")
    total = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or total > MOST_UNPACKED:
        raise InvalidTable(
            f"the workbook holds {len(parts):,} parts of {total:,} bytes", hint="keep only the column that is needed"
        )
