"""The rows of one sheet of a workbook (XLSX). The only file that knows openpyxl; its content is not trusted."""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final, cast
from xml.etree.ElementTree import ParseError

from keepstep.core.cell_text import cell_text
from keepstep.core.csv_rows import MOST_CELL, MOST_COLUMNS
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.table_rows import Row
from keepstep.errors import ConfigurationError, InvalidTable

MOST_ROWS: Final = 1_048_576
"""What a sheet can hold."""

MOST_UNPACKED: Final = 2_000_000_000
"""Bytes of all parts of a workbook once they are unpacked: a small file may stand for very many."""

MOST_PARTS: Final = 10_000
MOST_TEXTS: Final = 300_000_000
"""Bytes of the texts that cells share, which are held in memory."""

_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, ParseError, OSError, EOFError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, RuntimeError),
)
"""What openpyxl raises for a workbook that is cut, encrypted, or not what it says."""


def sheet_rows(handle: BinaryIO, sheet: str) -> tuple[str, Iterator[Row]]:
    """Return the name of the sheet called *sheet* (the first, if empty) and its rows, with blank ones between.

    ConfigurationError if there is none of that name; InvalidTable, here or while the rows are iterated, if the file
    is no whole workbook or is beyond the limits. What a formula gave when it was saved is its value.
    """
    try:
        _check_size(handle)
        book = _load(handle)
        sheets = {str(found.title): found for found in book.worksheets}
    except _BROKEN as exc:
        raise _broken() from exc
    name = sheet or next(iter(sheets), "")
    if name not in sheets:
        raise ConfigurationError(
            f'the workbook has no sheet "{name}"{did_you_mean(name, sheets)}', hint=f"its sheets: {listed(sheets)}"
        )
    return name, _rows(sheets[name])


def _broken() -> InvalidTable:
    return InvalidTable(
        "it is not a whole workbook: the file is cut, broken or encrypted", hint="save it again as .xlsx, or as CSV"
    )


def _load(handle: BinaryIO) -> Any:
    from openpyxl import load_workbook

    return load_workbook(handle, read_only=True, data_only=True, keep_links=False)


def _check_size(handle: BinaryIO) -> None:
    handle.seek(0)
    with zipfile.ZipFile(handle) as archive:
        parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if not part.filename.startswith("xl/worksheets/"))
    if len(parts) > MOST_PARTS or total > MOST_UNPACKED or texts > MOST_TEXTS:
        raise InvalidTable(
            f"the workbook holds {len(parts):,} parts of {total:,} bytes, of which {texts:,} have to be in memory",
            hint="keep only the sheet that is needed, or save it as CSV",
        )


def _rows(sheet: Any) -> Iterator[Row]:
    # What a sheet says of its own size is not believed.
    sheet.reset_dimensions()
    line = 0
    try:
        for cells in cast("Iterable[tuple[object, ...]]", sheet.iter_rows(values_only=True)):
            line += 1
            if line > MOST_ROWS:
                raise InvalidTable(f"the sheet has more than {MOST_ROWS:,} rows")
            yield Row(line, _texts(cells, line))
    except _BROKEN as exc:
        raise InvalidTable(f"after line {line}: the workbook is cut or broken", hint=_broken().hint) from exc


def _texts(cells: tuple[object, ...], line: int) -> list[str]:
    texts = [cell_text(value) for value in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MOST_COLUMNS:
        raise InvalidTable(f"line {line} has {len(texts)} cells, at most {MOST_COLUMNS} are read")
    if any(len(text) > MOST_CELL for text in texts):
        raise InvalidTable(f"line {line}: a cell has more than {MOST_CELL} characters")
    return texts
