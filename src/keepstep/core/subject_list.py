"""A list of people that somebody uploads: which column names them, and whom it names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.table_rows import Row
from keepstep.errors import InvalidTable

MOST_SUBJECTS: Final = 10_000
MOST_COLUMNS: Final = 200
MOST_LETTERS: Final = 1000
"""How long the name of somebody may be."""

_NAMING: Final = (
    *("objectguid", "distinguishedname", "dn", "samaccountname", "userprincipalname", "upn", "sign-in name"),
    *("login", "username", "user name", "user", "account", "employeeid", "employee id", "mail", "email", "e-mail"),
)
"""Headers of columns that say who somebody is, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectList:
    """Whom a list names, each once. *column*: which of *columns* names them; empty: the list has no headers.

    *rows*: how many rows hold something; *repeated*: of these, how many name somebody again; *empty*: nobody.
    """

    columns: tuple[str, ...]
    column: str
    who: tuple[str, ...]
    rows: int
    repeated: int
    empty: int


def subject_list(rows: Iterator[Row], column: str = "") -> SubjectList:
    """Return whom *rows* name in *column*; without one, in the column that looks most like it. Cells are only text.

    InvalidTable if there is no such column, nobody is named, or there are more than can be run for.
    """
    first = next((row for row in rows if not row.blank), None)
    if first is None:
        raise InvalidTable("the list is empty", hint="it names one person in each row")
    headers = _headers(first, column)
    place = _place(headers, column) if headers else 0
    rest = rows if headers else chain([first], rows)
    who: dict[str, None] = {}
    count = empty = 0
    for row in rest:
        if row.blank:
            continue
        count += 1
        if count > MOST_SUBJECTS:
            raise InvalidTable(f"the list has more than {MOST_SUBJECTS:,} rows", hint="make several lists of it")
        cell = row.cells[place].strip() if place < len(row.cells) else ""
        if len(cell) > MOST_LETTERS:
            raise InvalidTable(f"line {row.line}: a name has more than {MOST_LETTERS:,} characters")
        if cell:
            who[cell] = None
        else:
            empty += 1
    if not who:
        raise InvalidTable("the list names nobody", hint="choose the column that names them")
    named = headers[place] if headers else ""
    again = count - empty - len(who)
    return SubjectList(columns=headers, column=named, who=tuple(who), rows=count, repeated=again, empty=empty)


def _headers(first: Row, column: str) -> tuple[str, ...]:
    """Return the headers; none where the only cell of the first row names somebody already."""
    cells = tuple(cell.strip() for cell in first.cells)
    if len(cells) > MOST_COLUMNS:
        raise InvalidTable(f"the list has {len(cells)} columns, at most {MOST_COLUMNS} are read")
    filled = [cell for cell in cells if cell]
    if column or len(filled) > 1 or filled[0].casefold() in _NAMING:
        return cells
    return ()


def _place(headers: Sequence[str], column: str) -> int:
    if column:
        if column not in headers:
            near = did_you_mean(column, headers)
            raise InvalidTable(f"the list has no such column{near}", hint=f"it has {listed(headers)}")
        return headers.index(column)
    lower = [header.casefold() for header in headers]
    return next((lower.index(name) for name in _NAMING if name in lower), 0)
