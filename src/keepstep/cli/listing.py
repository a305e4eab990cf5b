"""Lists as they are asked for: a table, CSV, JSON, XLSX or Parquet, row by row so that length costs no memory."""

import csv
import io
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final, assert_never

from keepstep.cli.output import shown
from keepstep.core.cell_text import neutral
from keepstep.errors import ConfigurationError, UsageError

Cell = str | tuple[str, ...] | None
Row = Sequence[Cell]
Write = Callable[[Iterable[Row]], None]

_WIDEST: Final = 72
_XLSX_ROWS: Final = 1_048_576
_XLSX_CELL: Final = 32_767


class Format(StrEnum):
    """How a list is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    PARQUET = "parquet"


def form_of(form: Format | None, out: Path | None, *, json: bool) -> Format:
    """Return how to write a list: as asked for, else as the name of the file ends, else as a table."""
    if json:
        return Format.JSON
    if form is not None:
        return form
    ending = out.suffix.lower().removeprefix(".") if out else ""
    return Format(ending) if ending in set(Format) else Format.TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list looks like. *out*: None for the standard output; *multi*: the columns with several values."""

    format: Format
    out: Path | None
    columns: tuple[str, ...]
    multi: frozenset[str] = frozenset()


@contextmanager
def written(listing: Listing) -> Generator[Write]:
    """Give a function that takes rows; a file appears whole when the block ends well, and not at all otherwise."""
    if listing.out is None:
        if listing.format in {Format.XLSX, Format.PARQUET}:
            raise UsageError(f"{listing.format} is written to a file", hint=f"name it: --out people.{listing.format}")
        with _form(listing, sys.stdout.buffer) as write:
            yield write
        sys.stdout.flush()
        return
    with placed(listing.out) as file, _form(listing, file) as write:
        yield write


@contextmanager
def placed(out: Path) -> Generator[IO[bytes]]:
    """Give a file to write to; *out* appears whole when the block ends well, and not at all otherwise."""
    if out.exists() and not out.is_file():
        # A device or a pipe is written to; it must never be replaced by a file.
        with out.open("wb") as file:
            yield file
        return
    if not out.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {out.parent}", hint="make it, or name another file with --out")
    handle, temporary = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.absolute().parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(out)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _form(listing: Listing, file: IO[bytes]) -> Generator[Write]:
    match listing.format:
        case Format.TABLE:
            form = _table
        case Format.CSV:
            form = _csv
        case Format.JSON:
            form = _json
        case Format.XLSX:
            form = _xlsx
        case Format.PARQUET:
            form = _parquet
        case _:
            assert_never(listing.format)
    with form(listing, file) as write:
        yield write


def _joined(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else "; ".join(cell)


@contextmanager
def _table(listing: Listing, file: IO[bytes]) -> Generator[Write]:
    """Write columns as wide as the first rows need; a longer value pushes its row, and is never cut."""
    widths: list[int] = []

    def line(cells: Sequence[str]) -> None:
        text = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        file.write(f"{text.rstrip()}\n".encode("utf-8", "replace"))

    def begin(rows: Sequence[Sequence[str]]) -> None:
        columns = zip(listing.columns, *rows, strict=True)
        widths.extend(min(_WIDEST, max(map(len, column))) for column in columns)
        line(listing.columns)

    def write(rows: Iterable[Row]) -> None:
        safe = [[shown(_joined(cell)) for cell in row] for row in rows]
        if not widths and safe:
            begin(safe)
        for row in safe:
            line(row)

    yield write
    if not widths:
        begin([])


@contextmanager
def _csv(listing: Listing, file: IO[bytes]) -> Generator[Write]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)

    def flush() -> None:
        file.write(buffer.getvalue().encode("utf-8", "replace"))
        buffer.seek(0)
        buffer.truncate()

    def write(rows: Iterable[Row]) -> None:
        writer.writerows([neutral(_joined(cell)) for cell in row] for row in rows)
        flush()

    writer.writerow([neutral(name) for name in listing.columns])
    flush()
    yield write


@contextmanager
def _json(listing: Listing, file: IO[bytes]) -> Generator[Write]:
    import msgspec

    between = b"[\n"

    def write(rows: Iterable[Row]) -> None:
        nonlocal between
        for row in rows:
            file.write(between + msgspec.json.encode(dict(zip(listing.columns, row, strict=True))))
            between = b",\n"

    yield write
    file.write(b"[]\n" if between == b"[\n" else b"\n]\n")


@contextmanager
def _xlsx(listing: Listing, file: IO[bytes]) -> Generator[Write]:
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
            line(map(_joined, row))

    line(listing.columns)
    yield write
    book.close()


@contextmanager
def _parquet(listing: Listing, file: IO[bytes]) -> Generator[Write]:
    try:
        import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs
        from pyarrow import parquet  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs
    except ModuleNotFoundError as exc:
        raise ConfigurationError(
            "Parquet needs pyarrow, which is not installed", hint="pip install 'keepstep[parquet]'"
        ) from exc
    pyarrow: Any = pa
    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    schema = pyarrow.schema([(name, texts if name in listing.multi else text) for name in listing.columns])
    writer: Any = parquet.ParquetWriter(file, schema)

    def write(rows: Iterable[Row]) -> None:
        columns = list(zip(*rows, strict=True)) or [()] * len(listing.columns)
        data = [
            pyarrow.array(
                [_several(cell) for cell in column] if name in listing.multi else [_single(cell) for cell in column],
                type=schema.field(name).type,
            )
            for name, column in zip(listing.columns, columns, strict=True)
        ]
        writer.write_batch(pyarrow.record_batch(data, schema=schema))

    yield write
    writer.close()


def _several(cell: Cell) -> list[str] | None:
    if cell is None:
        return None
    return [cell] if isinstance(cell, str) else list(cell)


def _single(cell: Cell) -> str | None:
    return None if cell is None else _joined(cell)
