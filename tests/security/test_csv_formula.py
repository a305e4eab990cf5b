"""CSV formula: a name out of the directory or the application tries to be computed by whoever opens an export."""

import base64
import csv
import io
import itertools
import json
import re
import zipfile

import openpyxl
import pytest

from tests.integration.test_cli_compare import in_step

PAYLOAD = "1-1"
SIGNS = ["=", "+", "-", "@", "\t=", "\r="]
TAKEN = ["+", "-", "@"]
"""What Infobip takes at the beginning of a name."""


@pytest.fixture
def trapped(company):
    """People whose names begin as a formula, on both sides, and nobody in step."""
    in_step(company)
    for number, sign in enumerate(TAKEN):
        mail = {"email": [{"address": f"f{number}@partner.example"}]}
        company.emulator.create({"firstName": f"{sign}{PAYLOAD}", "lastName": "Guest", "contactInformation": mail})
    names = itertools.cycle(base64.b64encode(f"{sign}{PAYLOAD}".encode()).decode() for sign in SIGNS)
    file = company.home / "directory.ldif"
    file.write_text(
        re.sub(r"^givenName:.*$", lambda _: f"givenName:: {next(names)}", file.read_text(), flags=re.MULTILINE)
    )
    return company


DOORS = {
    "people of the application": ("people", "infobip", "--attributes", "firstName,lastName"),
    "people of the directory": ("people", "corp", "--attributes", "givenName,sn"),
    "a comparison": ("compare", "staff"),
    "a report": ("report", "make", "comparison", "--rule", "staff"),
    "a report of strangers": ("report", "make", "unauthorised", "--rule", "staff"),
}


def exported(trapped, door, form):
    file = trapped.home.parent / f"export.{form}"
    result = trapped.run(*DOORS[door], "--format", form, "--out", file)
    assert file.exists(), result.output
    return file


@pytest.mark.parametrize("door", DOORS)
def test_no_cell_of_a_csv_begins_a_formula(trapped, door):
    cells = [cell for row in csv.reader(io.StringIO(exported(trapped, door, "csv").read_text())) for cell in row]
    assert any(PAYLOAD in cell for cell in cells), "the attack is in the file"
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


@pytest.mark.parametrize("door", DOORS)
def test_no_cell_of_a_workbook_is_a_formula_a_link_or_called_from_outside(trapped, door):
    file = exported(trapped, door, "xlsx")
    cells = [cell for sheet in openpyxl.load_workbook(file) for row in sheet.iter_rows() for cell in row]
    assert any(PAYLOAD in str(cell.value) for cell in cells), "the attack is in the file"
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    with zipfile.ZipFile(file) as parts:
        assert not any("externalLink" in name or "connections" in name for name in parts.namelist())
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_a_page_holds_a_name_as_text(company):
    file = company.home / "directory.ldif"
    attack = base64.b64encode(b"<script>alert(1)</script><img src=x onerror=alert(1)>").decode()
    file.write_text(re.sub(r"^displayName:.*$", f"displayName:: {attack}", file.read_text(), flags=re.MULTILINE))
    page = exported(company, "a report", "html").read_text()
    assert "&lt;script&gt;alert(1)" in page, "the attack is in the page"
    assert "<script" not in page.lower()
    assert "<img" not in page.lower()
    assert "default-src 'none'" in page


def test_what_other_programs_read_keeps_every_value_as_it_is(trapped):
    people = json.loads(trapped.good("people", "corp", "--json", "--attributes", "givenName"))
    assert {person["givenName"] for person in people} == {f"{sign}{PAYLOAD}" for sign in SIGNS}
