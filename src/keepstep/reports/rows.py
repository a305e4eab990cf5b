"""Rows of texts as CSV, JSON, XLSX or Parquet, row by row so that length costs no memory."""

import csv
import io
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, Final, assert_never

from keepstep.core.cell_text import neutral
from keepstep.core.report import ReportCell as Cell
from keepstep.core.report import ReportRow as Row
from keepstep.core.report import joined
from keepstep.errors import ConfigurationError, UsageError

Write = Callable[[Iterable[Row]], None]

_XLSX_ROWS: Final = 1_048_576
_XLSX_CELL: Final = 32_767


class RowFormat(StrEnum):
    """What rows are written as for other programs."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the rows are: the names of the columns, and which of them hold several values."""

    columns: tuple[str, ...]
    multi: frozenset[str] = frozenset()


@contextmanager
def writing(form: RowFormat, table: Table, file: IO[bytes]) -> Generator[Write]:
    """Give a function that takes rows and writes them to *file*; it is whole when the block ends well."""
    match form:
        case RowFormat.CSV:
            made = _csv
        case RowFormat.JSON:
            made = _json
        case RowFormat.XLSX:
            made = _xlsx
        case RowFormat.PARQUET:
            made = _parquet
        case _:
            assert_never(form)
    with made(table, file) as write:
        yield write


@contextmanager
def _csv(table: Table, file: IO[bytes]) -> Generator[Write]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)

    def flush() -> None:
        file.write(buffer.getvalue().encode("utf-8", "replace"))
        buffer.seek(0)
        buffer.truncate()

    def write(rows: Iterable[Row]) -> None:
        writer.writerows([neutral(joined(cell)) for cell in row] for row in rows)
        flush()

    writer.writerow([neutral(name) for name in table.columns])
    flush()
    yield write


@contextmanager
def _json(table: Table, file: IO[bytes]) -> Generator[Write]:
    import msgspec

    between = b"[\n"

    def write(rows: Iterable[Row]) -> None:
        nonlocal between
        for row in rows:
            file.write(between + msgspec.json.encode(dict(zip(table.columns, row, strict=True))))
            between = b",\n"

    yield write
    file.write(b"[]\n" if between == b"[\n" else b"\n]\n")


@contextmanager
def _xlsx(table: Table, file: IO[bytes]) -> Generator[Write]:
    import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any = xlsxwriter.Workbook(file, options)
    sheet: Any = book.add_worksheet()
    place = 0

    def line(cells: Iterable[str]) -> None:
        nonlocal place
        if place >= _XLSX_ROWS:
            raise UsageError(f"an XLSX sheet ends at {_XLSX_ROWS:,} rows", hint="use --format csv or parquet")
        for column, cell in enumerate(cells):
            if len(cell) > _XLSX_CELL:
                raise UsageError(f"an XLSX cell ends at {_XLSX_CELL:,} characters", hint="use --format csv or parquet")
            sheet.write_string(place, column, neutral(cell))
        place += 1

    def write(rows: Iterable[Row]) -> None:
        for row in rows:
            line(map(joined, row))

    line(table.columns)
    yield write
    book.close()


@contextmanager
def _parquet(table: Table, file: IO[bytes]) -> Generator[Write]:
    try:
        import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs
        from pyarrow import parquet  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs
    except ModuleNotFoundError as exc:
        raise ConfigurationError(
            "Parquet needs pyarrow, which is not installed", hint="pip install 'keepstep[parquet]'"
        ) from exc
    pyarrow: Any = pa
    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    schema = pyarrow.schema([(name, texts if name in table.multi else text) for name in table.columns])
    writer: Any = parquet.ParquetWriter(file, schema)

    def write(rows: Iterable[Row]) -> None:
        columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
        data = [
            pyarrow.array(
                [_several(cell) for cell in column] if name in table.multi else [_single(cell) for cell in column],
                type=schema.field(name).type,
            )
            for name, column in zip(table.columns, columns, strict=True)
        ]
        writer.write_batch(pyarrow.record_batch(data, schema=schema))

    yield write
    writer.close()


def _several(cell: Cell) -> list[str] | None:
    if cell is None:
        return None
    return [cell] if isinstance(cell, str) else list(cell)


def _single(cell: Cell) -> str | None:
    return None if cell is None else joined(cell)
