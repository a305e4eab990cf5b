"""A table as a subject of the contract suite, in a CSV file or in a workbook."""

import csv
import io

from openpyxl import Workbook, load_workbook

from keepstep.connectors.table.connector import TableConnector
from keepstep.core.table import TableConnection
from keepstep.core.values import NativeKey
from keepstep.testing.subject import Subject

HEADERS = ("Personnel no", "E-Mail Address", "First name", "Department")
COLUMNS = {"id": "Personnel no", "mail": "E-Mail Address", "givenName": "First name", "department": "Department"}


class Csv:
    """A CSV file that another program keeps."""

    def __init__(self, folder):
        self.path = folder / "people.txt"
        self.add(HEADERS)

    def add(self, cells):
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerow(cells)

    def rows(self):
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file, delimiter=";"))


class Xlsx:
    """A workbook that another program keeps."""

    def __init__(self, folder):
        self.path = folder / "people.dat"
        book = Workbook()
        book.active.append(HEADERS)
        book.save(self.path)

    def add(self, cells):
        book = load_workbook(io.BytesIO(self.path.read_bytes()))
        book.active.append([cell or None for cell in cells])
        book.save(self.path)

    def rows(self):
        return [
            [cell or "" for cell in row]
            for row in load_workbook(io.BytesIO(self.path.read_bytes())).active.iter_rows(values_only=True)
        ]


def subject_in(folder, kind=Csv):
    """Return the subject over a fresh file of *kind* in *folder*."""
    file = kind(folder)
    spec = TableConnection(kind="table", file=file.path.name, key="id", columns=COLUMNS, case="ignore")

    def new(tag):
        return {"id": (f"P-{tag}",), "mail": (f"{tag}@corp.example",), "givenName": (f'Contract; "{tag}"',)}

    async def make(attributes):
        file.add([attributes.get(name, ("",))[0] for name in COLUMNS])
        return NativeKey(attributes["id"][0].casefold())

    async def view(key):
        for row in file.rows()[1:]:
            if row[0].casefold() == key:
                return dict(zip(COLUMNS, [(cell,) for cell in row], strict=True))
        return None

    return Subject(
        connector=TableConnector(spec, file.path),
        objects="rows",
        new=new,
        unique="id",
        modify="givenName",
        other="department",
        named="givenName",
        unknown=NativeKey("nobody"),
        view=view,
        make=make,
    )
