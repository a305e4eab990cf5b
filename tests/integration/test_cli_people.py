"""The user listing in every form."""

import csv
import json

import openpyxl
import pytest
from pyarrow import parquet

from keepstep.core.cell_text import neutral

FORMULA = "=HYPERLINK"


@pytest.fixture
def hostile(company):
    """People in the directory whose names are traps for a spreadsheet and a terminal."""
    file = company.home / "directory.ldif"
    text = (
        file.read_text()
        .replace("givenName: Ivan", f"givenName: {FORMULA}")
        .replace("title: Designer", "title:: G1szMW0=")
    )
    file.write_text(text)
    return company


def test_the_table_shows_everybody_and_no_control_character(hostile):
    told = hostile.good("people", "corp", "--attributes", "cn,title")
    assert len(told.splitlines()) == 12
    assert "\x1b" not in told
    assert "\\x1b[31m" in told


def test_csv_cells_never_begin_a_formula(hostile):
    rows = list(
        csv.DictReader(
            hostile.good("people", "corp", "--format", "csv", "--attributes", "givenName,mobile").splitlines()
        )
    )
    assert len(rows) == 11
    assert f"'{FORMULA}" in {row["givenName"] for row in rows}
    assert all(row["mobile"].startswith("'+1") for row in rows)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_leading_formula_sign_gets_a_quote_before_it(text):
    assert neutral(text) == f"'{text}"


def test_xlsx_holds_text_and_no_formula(hostile):
    file = hostile.home.parent / "people.xlsx"
    hostile.good("people", "corp", "--format", "xlsx", "--out", file, "--attributes", "givenName,enabled")
    book = openpyxl.load_workbook(file, read_only=True)
    rows = list(book.active.iter_rows(values_only=True))
    book.close()
    assert rows[0] == ("key", "givenName", "enabled")
    assert len(rows) == 12
    assert f"'{FORMULA}" in {row[1] for row in rows}


def test_parquet_keeps_values_as_they_are(hostile):
    file = hostile.home.parent / "people.parquet"
    hostile.good("people", "corp", "--format", "parquet", "--out", file, "--attributes", "givenName,memberOf")
    table = parquet.read_table(file)
    assert table.num_rows == 11
    assert FORMULA in table["givenName"].to_pylist()


def test_json_is_a_list_of_objects(company):
    people = json.loads(company.good("people", "corp", "--json", "--attributes", "sn,mail"))
    assert people[0] == {"key": people[0]["key"], "sn": "Kovač", "mail": "mira.kovac@corp.example"}
    assert json.loads(company.good("people", "infobip", "--json")) == []


def test_a_file_appears_whole_or_not_at_all(company):
    file = company.home.parent / "people.csv"
    company.emulator.add_fault("html-200:path=/people/2/persons")
    assert company.run("people", "infobip", "--format", "csv", "--out", file).exit_code in {1, 12}
    assert [path.name for path in company.home.parent.iterdir() if "people" in path.name] in ([], ["people.csv"])


def test_what_cannot_be_listed_is_told(company):
    assert 'did you mean "givenName"' in company.bad("people", "corp", "--attributes", "givenNam")
    assert "there is no connection" in company.bad("people", "crop")
    assert "--out" in company.bad("people", "corp", "--format", "xlsx", code=2)


def test_a_full_disk_is_told(company):
    told = company.bad("people", "corp", "--format", "csv", "--out", "/dev/full")
    assert "No space left on device" in told
    assert "make room" in told


def test_the_name_of_the_file_says_the_form(company):
    file = company.home.parent / "people.json"
    company.good("people", "corp", "--out", file)
    assert json.loads(file.read_text())[0]["key"]
    company.good("people", "corp", "--format", "csv", "--out", file)
    assert file.read_text().startswith("key,")


def test_a_folder_that_is_not_there_is_told_by_its_name(company):
    told = company.bad("people", "corp", "--out", company.home / "nowhere" / "people.csv", code=2)
    assert f"there is no folder {company.home / 'nowhere'}" in told
