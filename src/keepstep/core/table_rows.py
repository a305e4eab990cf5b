"""Rows of a table, wherever it came from: a line of headers, and cells under them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keepstep.errors import InvalidTable


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line at which it begins, counted from 1, and its cells as text."""

    line: int
    cells: Sequence[str]

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it."""
        return not any(map(str.strip, self.cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The line of headers: name to the place of its column, in order. *width*: how many columns there are."""

    line: int
    width: int
    places: Mapping[str, int]

    def named(self, row: Row) -> dict[str, str]:
        """Return the cells of *row* by header; a row that ends early lacks the last ones.

        InvalidTable if there is something in a column that has no header.
        """
        self.check(row)
        return {name: row.cells[place] for name, place in self.places.items() if place < len(row.cells)}

    def check(self, row: Row) -> None:
        """Raise InvalidTable if *row* holds something beyond the last column."""
        if len(row.cells) > self.width and any(row.cells[self.width :]):
            raise InvalidTable(
                f"line {row.line} has {len(row.cells)} cells, the header in line {self.line} has {self.width}"
            )


def header_of(rows: Iterator[Row], *, line: int = 1) -> Header:
    """Take the headers from *rows*: the first row at *line* or below that is not blank.

    InvalidTable if there is none, or a name stands there twice. A column without a name is passed over.
    """
    row = next((row for row in rows if row.line >= line and not row.blank), None)
    if row is None:
        raise InvalidTable("there is no line of headers: the table is empty", hint="its first line names the columns")
    names = [name.strip() for name in row.cells]
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in places:
            raise InvalidTable(
                f'line {row.line}: the header "{name}" stands in columns {places[name] + 1} and {place + 1}',
                hint="give each column a name of its own",
            )
        if name:
            places[name] = place
    return Header(line=row.line, width=len(names), places=places)


def body_of(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows that are left and hold something."""
    return (row for row in rows if not row.blank)
