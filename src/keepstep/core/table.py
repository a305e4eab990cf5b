"""A table in a file as a connection: where it is, how it is written, and which of its columns are read."""

from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from keepstep.core.circuit import CircuitSpec
from keepstep.core.schema import Case
from keepstep.core.spec import Spec

ROWS = "rows"
"""What the objects of a table are called."""


def _inside(file: str) -> str:
    path = PurePath(file)
    if ".." in path.parts and not path.is_absolute():
        raise ValueError("a path that leads out of the home folder is written in full, from / on")
    return file


def _known(encoding: str) -> str:
    if encoding != "auto":
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError("there is no such encoding; it can be auto, utf-8, windows-1250 …") from None
    return encoding


class TableConnection(Spec):
    """A CSV or XLSX file with a line of headers, one object a row. It is only read. Objects: `rows`.

    *key*: the header (or the name in *columns*) that tells one object from another. *columns*: attribute to header;
    without it every header is an attribute under its own name. *header_row*: the line of the headers. *sheet*: of a
    workbook; the first one where it is empty. *rows*: `appended` reads only what was added since the last plan that was
    applied, so that nobody is ever taken for a leaver. *case*: whether letter case tells two values apart.
    """

    kind: Literal["table"]
    enabled: bool = True
    file: Annotated[str, Field(min_length=1), AfterValidator(_inside)]
    sheet: str = ""
    encoding: Annotated[str, AfterValidator(_known)] = "auto"
    separator: Annotated[str, Field(pattern=r'^(auto|[^"\r\n])$')] = "auto"
    header_row: Annotated[int, Field(ge=1, le=1000)] = 1
    key: Annotated[str, Field(min_length=1)]
    columns: dict[str, str] = {}
    rows: Literal["all", "appended"] = "all"
    case: Case = Case.EXACT
    circuit: CircuitSpec | None = CircuitSpec()
    description: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The headers that have to be there."""
        return tuple(dict.fromkeys([self.columns.get(self.key, self.key), *self.columns.values()]))
