"""A table is read whole, or said not to be; what is wrong with it is named by its line."""

import os
import zipfile
from datetime import UTC, date, datetime, time

import pytest
from openpyxl import Workbook

from keepstep.connectors.table import workbook
from keepstep.connectors.table.connector import TableConnector
from keepstep.core.table import TableConnection
from keepstep.core.values import Completeness
from keepstep.errors import ConfigurationError, ConnectionLost, InvalidTable, ResponseInvalid
from keepstep.ports import Query

MOMENT = datetime(2026, 5, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None)
"""As a workbook has it: without a zone."""

PEOPLE = "id;mail;name\n1;ana@corp.example;Ana\n2;ivo@corp.example;Ivo\n"


@pytest.fixture
def table(tmp_path):
    """Return what builds a connector over a file with a given content."""

    def build(content, **spec):
        path = tmp_path / "people.csv"
        if isinstance(content, Workbook):
            content.save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return TableConnector(TableConnection(kind="table", file="people.csv", **{"key": "id", **spec}), path)

    return build


async def read(connector, *names):
    records = []
    asked = names or tuple((await connector.schema("rows")).attributes)
    verdict = await connector.read(Query(objects="rows", attributes=asked), records.extend)
    return verdict, [{name: values[0] if values else None for name, values in r.attributes.items()} for r in records]


def sheet(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


async def test_a_whole_table_is_proven_and_its_form_is_told(table):
    verdict, records = await read(table(PEOPLE))
    assert verdict.complete
    assert verdict.reason == (
        "all 2 rows were read, each with a key of its own; utf-8 (there are only plain letters in it), "
        "cells separated by semicolons"
    )
    assert records[1] == {"id": "2", "mail": "ivo@corp.example", "name": "Ivo"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id;name\n1;a\n2;b\n1;c\n", 'lines 2 and 4 have the same "id"'),
        ("id;name\n1;a\n1;b\n1;c\n", 'lines 2 and 3 have the same "id" (and 1 more like it)'),
        ("id;name\n1;a\n ;b\n", 'line 3 has nothing in column "id", which tells the rows apart'),
        ("id;name\n1;a\n2;b;c\n", "line 3 has 3 cells, the header in line 1 has 2"),
        ('id;name\n1;a\n2;"b\n3;c\n', "the row at line 3: a quote is opened and never closed"),
        ("id;mail;name\n1;a;b\n2;c", "line 3, the last, breaks off: it has 2 of 3 cells and no line end"),
        ("id;mail;name\r\n1;a;b\r\n2;c".encode("utf-16"), "line 3, the last, breaks off"),
        ("id;name\n1;Ž".encode()[:-1], "bytes that are not utf-8"),
    ],
)
async def test_what_is_wrong_is_named_and_the_table_is_not_whole(table, content, told):
    wide = isinstance(content, bytes) and b"\x00" in content
    verdict, records = await read(table(content, encoding="utf-16" if wide else "utf-8"))
    assert verdict.completeness is Completeness.PARTIAL
    assert told in verdict.reason
    assert records or "not utf-8" in told


async def test_the_good_rows_of_a_table_that_is_not_whole_are_read(table):
    _, records = await read(table("id;name\n1;a\n;b\n3;c;d\n4;e\n"))
    assert [record["id"] for record in records] == ["1", "4"]


async def test_a_missing_line_end_is_no_fault_and_is_said(table):
    verdict, records = await read(table(PEOPLE.rstrip()))
    assert verdict.complete
    assert "the last line has no end, so its last cell could be cut" in verdict.reason
    assert len(records) == 2


async def test_headers_alone_are_a_whole_table_of_nobody(table):
    verdict, records = await read(table("id;name\n"))
    assert verdict.complete
    assert "all 0 rows" in verdict.reason
    assert records == []


@pytest.mark.parametrize("content", ["", "\n\n"])
async def test_an_empty_file_is_no_table(table, content):
    with pytest.raises(InvalidTable, match=r"people.csv: there is no line of headers: the table is empty"):
        await read(table(content))


async def test_a_missing_column_is_told_with_those_that_are_there(table):
    with pytest.raises(ConfigurationError, match='there is no column "E-Mail" in line 1') as caught:
        await read(table(PEOPLE, columns={"mail": "E-Mail"}))
    assert "its columns: id, mail, name; utf-8" in caught.value.hint


async def test_columns_choose_and_name_what_is_read(table):
    _, records = await read(table("No;E-Mail Address;Secret\n7;a@b.example;x\n", key="id", columns={"id": "No", "mail": "E-Mail Address"}))  # fmt: skip
    assert records == [{"id": "7", "mail": "a@b.example"}]


async def test_a_file_that_changes_while_it_is_read_is_not_whole(table):
    lines = "".join(f"{n};{n}@corp.example;x\n" for n in range(5000))
    connector = table(f"id;mail;name\n{lines}")
    path = connector._path

    def grow(page):
        with path.open("a") as file:
            file.write("x;x;x\n")

    verdict = await connector.read(Query(objects="rows", attributes=("mail",)), grow)
    assert not verdict.complete
    assert "the file changed while it was read" in verdict.reason


async def test_a_file_that_is_replaced_while_it_is_read_is_not_whole(table):
    connector = table(PEOPLE)
    path = connector._path

    def replace(page):
        beside = path.with_name("new")
        beside.write_text(PEOPLE)
        beside.replace(path)

    verdict = await connector.read(Query(objects="rows", attributes=("mail",)), replace)
    assert "the file changed while it was read" in verdict.reason


async def test_nobody_is_missing_from_a_table_that_is_not_whole(table):
    connector = table("id;name\n1;a\n;b\n")
    query = Query(objects="rows", attributes=("name",))
    assert list(await connector.fetch(query, ["1"])) == ["1"]
    with pytest.raises(ResponseInvalid, match="does not prove who is missing: line 3"):
        await connector.fetch(query, ["1", "2"])


async def test_letter_case_of_keys_can_be_ignored(table):
    assert (await read(table("id\nA\na\n")))[0].complete
    verdict, _ = await read(table("id\nA\na\n", case="ignore"))
    assert 'lines 2 and 3 have the same "id"' in verdict.reason


async def test_what_is_no_file_is_told(table, tmp_path):
    connector = table(PEOPLE)
    connector._path.unlink()
    with pytest.raises(ConnectionLost, match="No such file"):
        await read(connector)
    os.mkfifo(connector._path)
    with pytest.raises(ConnectionLost, match="is not a file"):
        await read(connector)


async def test_a_workbook_is_told_by_its_content_and_read_as_a_person_sees_it(table):
    book = sheet(
        ["id", "number", "half", "day", "moment", "hour", "yes", "zeros", "nothing"],
        [1, 42.0, 0.1, date(2026, 5, 1), MOMENT, time(7, 5), True, "0042", None],
    )
    verdict, records = await read(table(book))
    assert verdict.complete
    assert 'sheet "Sheet" of a workbook' in verdict.reason
    assert records == [
        {
            "id": "1",
            "number": "42",
            "half": "0.1",
            "day": "2026-05-01",
            "moment": "2026-05-01T08:30:00",
            "hour": "07:05:00",
            "yes": "true",
            "zeros": "0042",
        }
    ]


async def test_a_sheet_is_chosen_by_its_name(table):
    book = sheet(["x"])
    staff = book.create_sheet("Staff")
    staff.append([None, None])
    staff.append(["id", "name"])
    staff.append(["7", "Ana"])
    assert (await read(table(book, sheet="Staff")))[1] == [{"id": "7", "name": "Ana"}]
    with pytest.raises(ConfigurationError, match='no sheet "Staf"; did you mean "Staff"'):
        await read(table(book, sheet="Staf"))
    with pytest.raises(ConfigurationError, match="the file is no workbook"):
        await read(table(PEOPLE, sheet="Staff"))


async def test_a_workbook_that_is_cut_or_of_the_old_form_is_refused(table, tmp_path):
    sheet(["id"], *[[n] for n in range(2000)]).save(tmp_path / "whole.xlsx")
    whole = (tmp_path / "whole.xlsx").read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 5):
        with pytest.raises(InvalidTable, match="not a whole workbook"):
            await read(table(whole[:size]))
    with pytest.raises(InvalidTable, match="old form"):
        await read(table(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)))


async def test_a_sheet_that_is_broken_in_the_middle_is_not_whole(table, tmp_path):
    sheet(["id"], *[[n] for n in range(2000)]).save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as old, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if name.startswith("xl/worksheets") else data)
    verdict, records = await read(table((tmp_path / "cut.xlsx").read_bytes()))
    assert verdict.completeness is Completeness.PARTIAL
    assert "the workbook is cut or broken" in verdict.reason
    assert 0 < len(records) < 2000


async def test_a_workbook_that_lies_about_its_size_is_read_to_its_end(table, tmp_path):
    sheet(["id"], *[[n] for n in range(50)]).save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as old, zipfile.ZipFile(tmp_path / "lies.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:A51"', b'ref="A1:A3"'))
    verdict, records = await read(table((tmp_path / "lies.xlsx").read_bytes()))
    assert verdict.complete
    assert len(records) == 50


async def test_a_workbook_that_unpacks_to_very_much_is_refused(table, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(workbook.MOST_TEXTS // 10_000_000 + 1):
            part.write(bytes(10_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InvalidTable, match="have to be in memory"):
        await read(table(path.read_bytes()))


async def test_a_check_says_how_the_file_was_understood(table):
    findings = await table(PEOPLE).check(frozenset())
    assert all(finding.good for finding in findings)
    assert "cells separated by semicolons" in findings[0].detail
    assert findings[1].detail == "id, mail, name"
    findings = await table("id;name\n1;a\n;b\n").check(frozenset())
    assert [finding.good for finding in findings] == [True, True, False]
