"""Lists as they are asked for: a table, CSV, JSON, XLSX or Parquet, row by row so that length costs no memory."""

import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from keepstep.cli.output import shown
from keepstep.core.report import ReportRow as Row
from keepstep.core.report import joined
from keepstep.errors import UsageError
from keepstep.reports.placing import placed
from keepstep.reports.rows import RowFormat, Table, Write, writing

_WIDEST: Final = 72


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
def _form(listing: Listing, file: IO[bytes]) -> Generator[Write]:
    if listing.format is Format.TABLE:
        with _table(listing, file) as write:
            yield write
    else:
        table = Table(columns=listing.columns, multi=listing.multi)
        with writing(RowFormat(str(listing.format)), table, file) as write:
            yield write


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
        safe = [[shown(joined(cell)) for cell in row] for row in rows]
        if not widths and safe:
            begin(safe)
        for row in safe:
            line(row)

    yield write
    if not widths:
        begin([])
