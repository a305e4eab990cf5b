"""One pass over a table: its rows as records, and what the whole of it proves."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from keepstep.connectors.table.file import OpenTable, Version, opened
from keepstep.connectors.table.workbook import sheet_rows
from keepstep.core.csv_rows import CsvForm, Encoding, csv_rows, encoding_of, form_of
from keepstep.core.schema import AttributeType, Case, Schema
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.table import ROWS, TableConnection
from keepstep.core.table_mark import TableMark
from keepstep.core.table_proof import TableProof
from keepstep.core.table_rows import Header, Row, body_of, header_of
from keepstep.core.values import Completeness, Record, Values, Verdict
from keepstep.errors import ConfigurationError, InvalidTable

_WORKBOOK: Final = b"PK\x03\x04"
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"

_SHOWN: Final = ("displayName", "name", "Name", "mail", "email", "E-Mail")
"""Names under which the person of a row is often shown, best first."""


class FormMemory:
    """The form of a CSV file, found out once for each state of it."""

    def __init__(self) -> None:
        self._known: tuple[Version, CsvForm] | None = None

    def form(self, file: OpenTable, spec: TableConnection) -> CsvForm:
        """Return how rows stand in *file*."""
        if self._known is None or self._known[0] != file.version:
            self._known = file.version, _form(file, spec)
        return self._known[1]


def _form(file: OpenTable, spec: TableConnection) -> CsvForm:
    if spec.encoding == "auto":
        encoding = encoding_of(file.pieces())
    else:
        encoding = Encoding(name=spec.encoding, because="as configured")
    return form_of(file.pieces(), encoding, separator=spec.separator, wanted=spec.wanted, line=spec.header_row)


@dataclass(slots=True, kw_only=True)
class TablePass:
    """A table that is open. *told*: what was recognised, for a person. *ends*: whether the last line has an end.

    *reached*: the mark for the next read of only what was appended.
    """

    spec: TableConnection
    file: OpenTable
    told: str
    header: Header
    rows: Iterator[Row]
    proof: TableProof
    mark: TableMark
    ends: bool
    reached: str = ""

    @property
    def places(self) -> Mapping[str, int]:
        """The place of the column of each attribute."""
        if not self.spec.columns:
            return self.header.places
        named = {self.spec.key: self.spec.key, **self.spec.columns}
        return {attribute: self.header.places[column] for attribute, column in named.items()}

    def records(self, names: Iterable[str]) -> Iterator[Record]:
        """Yield the record of each row, with the attributes in *names*; a row that has no key is left out.

        What is wrong is for the verdict: nothing is raised once rows are read.
        """
        places = [(name, place) for name, place in self.places.items() if name in set(names)]
        last = Row(0, ())
        try:
            for last in body_of(self.rows):
                if self.mark.passes(last):
                    continue
                if self.mark.changed:
                    break
                key = self.proof.key_of(last)
                if key is not None:
                    yield Record(key, _attributes(last, places))
        except InvalidTable as exc:
            self.proof.object(exc.message)
        else:
            if not self.ends and 0 < len(last.cells) < self.header.width:
                self.proof.object(
                    f"line {last.line}, the last, breaks off: it has {len(last.cells)} of {self.header.width} cells "
                    "and no line end"
                )
        self.proof.end()
        self.reached = self.mark.end(whole=self.ends)

    def verdict(self) -> Verdict:
        """Return how the read ended, once all records were taken."""
        open_end = "" if self.ends else "; the last line has no end, so its last cell could be cut"
        verdict = self.proof.verdict(f"{self.told}{open_end}", moved=self.file.moved())
        if self.mark.changed:
            reason = f"of the first {self.mark.before} rows, which were read before, some changed or are gone"
            return replace(verdict, completeness=Completeness.SUSPECT, reason=reason)
        if verdict.complete and self.spec.rows == "appended":
            reason = f"after the first {self.mark.before} rows, which are as they were, {verdict.reason}"
            return replace(verdict, completeness=Completeness.APPENDED, reason=reason, mark=self.reached)
        return verdict

    def schema(self) -> Schema:
        """Return the attributes of the rows."""
        attributes = {
            name: AttributeType(name=name, writable=False, case=self.spec.case, unique=name == self.spec.key)
            for name in self.places
        }
        shown = [name for name in _SHOWN if name in attributes]
        display = tuple(dict.fromkeys([*shown, self.spec.key]))
        return Schema(objects=ROWS, attributes=attributes, display=display, whole=True)


def _attributes(row: Row, places: Iterable[tuple[str, int]]) -> dict[str, Values]:
    cells = row.cells
    return {name: (text,) if (text := cells[place]) else () for name, place in places if place < len(cells)}


@contextmanager
def table_pass(spec: TableConnection, path: Path, memory: FormMemory, *, since: str = "") -> Generator[TablePass]:
    """Open the table of *spec* at *path* and read its headers; the file is told by its content, not by its name.

    ConfigurationError if a column or a sheet is missing, InvalidTable if it is no table, ConnectionLost if it cannot
    be read.
    """
    with opened(path) as file:
        try:
            told, rows, ends = _rows(spec, file, memory)
            header = header_of(rows, line=spec.header_row)
        except (InvalidTable, ConfigurationError) as exc:
            raise type(exc)(f"{path}: {exc.message}", hint=exc.hint) from exc
        if lacking := [name for name in spec.wanted if name not in header.places]:
            raise ConfigurationError(
                f'{path}: there is no column "{lacking[0]}" in line {header.line}'
                f"{did_you_mean(lacking[0], header.places)}",
                hint=f"its columns: {listed(header.places)}; {told}",
            )
        key = spec.columns.get(spec.key, spec.key)
        proof = TableProof(header, key, folded=spec.case is Case.IGNORE)
        mark = TableMark(header, since if spec.rows == "appended" else "")
        yield TablePass(spec=spec, file=file, told=told, header=header, rows=rows, proof=proof, mark=mark, ends=ends)


def _rows(spec: TableConnection, file: OpenTable, memory: FormMemory) -> tuple[str, Iterator[Row], bool]:
    head = file.head()
    if head.startswith(_OLD_WORKBOOK):
        raise InvalidTable(
            "it is a workbook of the old form (.xls), or an encrypted one", hint="save it as .xlsx or as CSV"
        )
    if head.startswith(_WORKBOOK):
        name, rows = sheet_rows(file.handle, spec.sheet)
        return f'sheet "{name}" of a workbook', rows, True
    if spec.sheet:
        raise ConfigurationError("`sheet` names a sheet, and the file is no workbook", hint="leave `sheet` out")
    form = memory.form(file, spec)
    ends = any(end in file.tail()[-_WIDTH.get(form.encoding.name, 1) :] for end in b"\r\n")
    return str(form), csv_rows(file.pieces(), form), ends


_WIDTH: Final = {"utf-16": 2, "utf-32": 4}
"""Bytes of a line end."""
