"""The page about tables and searches says what the program does."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepstep.cli.main import build
from keepstep.core.csv_rows import MOST_CELL, MOST_COLUMNS
from keepstep.core.table import TableConnection
from tests.docs.tables import tables

PAGE = (Path(__file__).parents[2] / "docs" / "tables.md").read_text()
TREE = "version: 1\n\ndn: DC=corp,DC=example\nobjectClass: domain\n\ndn: OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\n\n"  # fmt: skip
CONTRACTOR = (
    "dn: CN=Eve,OU=Staff,DC=corp,DC=example\nobjectClass: user\nsAMAccountName: eve\nemployeeType: contractor\n"
)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def home(tmp_path):
    """A home with the table of the page, and an empty directory."""
    home = tmp_path / "home"
    called("init", home=home)
    home.joinpath("corp.ldif").write_text(TREE + CONTRACTOR)
    home.joinpath("people.csv").write_text(blocks("csv")[0])
    return home


def called(*arguments, home, code=0):
    result = CliRunner().invoke(build(), [*arguments, "--home", str(home)], prog_name="keepstep")
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_table_becomes_users(home):
    home.joinpath("keepstep.yaml").write_text(blocks("yaml")[0])
    assert called("connection", "check", "hr", home=home).replace(f"{home}/", "") == blocks("text")[0]
    output = called("plan", "hr", home=home, code=10)
    assert "create         2" in output
    called("apply", output.split("keepstep apply ")[1].split()[0], "--yes", home=home)
    directory = home.joinpath("corp.ldif").read_text()
    assert "sAMAccountName: akovac" in directory
    assert "employeeID: 0042" in directory
    assert "department: Sales; inside" in directory
    assert "Nothing to do" in called("plan", "hr", home=home)


def test_the_searches_select_what_the_page_says(home):
    home.joinpath("keepstep.yaml").write_text(blocks("yaml")[1])
    assert "eve" in called("people", "corp.contractors", home=home)
    assert "Eve" not in called("people", "corp.sales-teams", home=home)


def test_every_word_of_a_table_is_told():
    told = {cells[0].strip("`") for cells in tables(PAGE)[0]}
    assert told == set(TableConnection.model_fields) - {"kind", "enabled", "description"}


def test_the_limits_are_those_of_the_program():
    assert f"{MOST_COLUMNS:,} columns, {MOST_CELL:,} characters in a cell" in PAGE
