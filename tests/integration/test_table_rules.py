"""People of a CSV file or a workbook become users of a directory, through the program as somebody calls it."""

import io

import pytest
from openpyxl import load_workbook

from tests.contract.table_subject import Csv, Xlsx

DIRECTORY = """\
version: 1

dn: DC=corp,DC=example
objectClass: domain

dn: OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: CN=Old,OU=Staff,DC=corp,DC=example
objectClass: user
objectGUID:: EBESExQVFhcYGRobHB0eHw==
sAMAccountName: old
employeeID: P-9
mail: old@corp.example
userAccountControl: 512

"""

CONFIG = """\
version: 1
connections:
  hr:
    kind: table
    file: people
    key: id
    columns: {id: Personnel no, mail: E-Mail Address, givenName: First name, department: Department}
    rows: all
  corp:
    kind: ldif
    file: corp.ldif
    users: {base: "OU=Staff,DC=corp,DC=example"}
    new_accounts: {container: "OU=Staff,DC=corp,DC=example"}
mappings:
  staff:
    into: corp.users
    rows:
      employeeID: "{{ id }}"
      sAMAccountName: {from: "{{ id | lower }}", on: create}
      cn: {from: "{{ words(givenName, id) }}", on: create}
      givenName: "{{ givenName }}"
      mail: "{{ mail | lower }}"
      department: {from: "{{ department }}", when_empty: clear}
rules:
  staff:
    source: hr.rows
    target: corp.users
    mapping: staff
    correlate: [[employeeID, id]]
    reactions: {source_deleted: disable, orphaned: report}
    guards: {canary: 0, disable: {percent: 100}, update: {percent: 100}}
"""

PEOPLE = [
    ["P-1", "Ana@corp.example", "Ana; the first", "Sales"],
    ["P-2", "ivo@corp.example", "Ivo", "Sales"],
    ["P-9", "old@corp.example", "Old", ""],
]


class World:
    """A home with a table that another program keeps."""

    def __init__(self, cli, kind, *, rows="all"):
        self.cli = cli
        cli.home.joinpath("corp.ldif").write_text(DIRECTORY)
        cli.home.joinpath("keepstep.yaml").write_text(CONFIG.replace("rows: all", f"rows: {rows}"))
        self.file = kind(cli.home)
        self.file.path = self.file.path.rename(cli.home / "people")
        for person in PEOPLE:
            self.file.add(person)

    def plan(self, code):
        result = self.cli.run("plan", "staff")
        assert result.exit_code == code, result.output
        return result.output

    def apply(self, code=0):
        output = self.plan(10)
        digest = output.split("keepstep apply ")[1].split()[0]
        result = self.cli.run("apply", digest, "--yes")
        assert result.exit_code == code, result.output
        return output

    def change(self, before, after):
        """Change one cell, or take a row out, as the program does that keeps the table."""
        if isinstance(self.file, Csv):
            text = self.file.path.read_text()
            assert before in text
            self.file.path.write_text(text.replace(before, after or "Kept"))
            if after is None:
                rows = [line for line in self.file.path.read_text().splitlines(keepends=True) if "Kept" not in line]
                self.file.path.write_text("".join(rows))
            return
        book = load_workbook(io.BytesIO(self.file.path.read_bytes()))
        (cell,) = [cell for row in book.active.iter_rows() for cell in row if cell.value == before]
        if after is None:
            book.active.delete_rows(cell.row)
        else:
            cell.value = after
        book.save(self.file.path)


@pytest.mark.parametrize("kind", [Csv, Xlsx])
def test_a_directory_is_kept_in_step_with_a_table(cli, kind):
    world = World(cli, kind)
    assert [line.split()[:2] for line in cli.good("connection", "check", "hr").splitlines()] == [
        ["ok", "file"],
        ["ok", "columns"],
        ["ok", "rows"],
    ]
    world.apply()
    assert "Nothing to do" in world.plan(0)
    directory = cli.home.joinpath("corp.ldif").read_text()
    assert "givenName: Ana; the first" in directory
    assert "mail: ana@corp.example" in directory
    world.change("Ivo", "Ivica")
    output = world.apply()
    assert output.count("update") >= 1
    assert "Ivica" in output
    assert "Ana" not in output
    assert "Nothing to do" in world.plan(0)


@pytest.mark.parametrize("kind", [Csv, Xlsx])
def test_a_row_that_went_is_a_leaver_only_if_the_table_was_read_whole(cli, kind):
    world = World(cli, kind)
    world.apply()
    world.change("Ivo", None)
    world.file.add(["", "nobody@corp.example", "Nobody", ""])
    output = world.plan(12)
    assert 'has nothing in column "Personnel no"' in output
    assert "disable " not in output
    world.change("Nobody", None)
    output = world.apply()
    assert "disable        1" in output
    assert "userAccountControl: 514" in cli.home.joinpath("corp.ldif").read_text()
    assert "Nothing to do" in world.plan(0)


@pytest.mark.parametrize("kind", [Csv, Xlsx])
def test_only_appended_rows_are_read_and_nobody_leaves_by_them(cli, kind):
    world = World(cli, kind, rows="appended")
    output = world.apply()
    assert "3 read, appended: after the first 0 rows" in output
    assert "0 read, appended: after the first 3 rows, which are as they were" in world.plan(0)
    world.file.add(["P-3", "eve@corp.example", "Eve", "Sales"])
    world.file.add(["P-1", "ana@corp.example", "Ana; the first", "IT"])
    output = world.apply()
    assert "2 read, appended: after the first 3 rows" in output
    assert "create         1" in output
    assert "update         1" in output
    assert "0 read, appended: after the first 5 rows" in world.plan(0)
    directory = cli.home.joinpath("corp.ldif").read_text()
    assert "department: IT" in directory
    assert "userAccountControl: 514" not in directory


def test_a_plan_that_was_not_applied_is_made_again(cli):
    world = World(cli, Csv, rows="appended")
    assert "3 read, appended" in world.plan(10)
    assert "3 read, appended" in world.plan(10)
    world.file.add(["P-3", "eve@corp.example", "Eve", "Sales"])
    assert "4 read, appended" in world.apply()
    assert "0 read, appended" in world.plan(0)


def test_what_was_read_before_and_is_another_now_makes_the_read_suspect(cli):
    world = World(cli, Csv, rows="appended")
    world.apply()
    world.change("Ivo", "Ivica")
    world.file.add(["P-3", "eve@corp.example", "Eve", "Sales"])
    output = world.plan(12)
    assert "suspect: of the first 3 rows, which were read before, some changed or are gone" in output
    assert "create " not in output
    result = cli.run("plan", "staff", "--accept-size")
    assert result.exit_code == 10
    assert "4 read, appended: after the first 0 rows" in result.output


def test_the_mark_waits_for_who_was_left_out(cli):
    world = World(cli, Csv, rows="appended")
    world.file.add(["P-1\u00e9" * 20, "x@corp.example", "Long", ""])  # no sAMAccountName takes that
    world.apply()
    assert "4 read, appended: after the first 0 rows" in world.plan(0)
    world.change("P-1\u00e9" * 20, "P-4")
    assert "create         1" in world.apply()
    assert "after the first 4 rows" in world.plan(0)


def test_an_appended_row_takes_no_account_from_somebody_who_was_read_before(cli):
    world = World(cli, Csv, rows="appended")
    config = cli.home.joinpath("keepstep.yaml")
    config.write_text(config.read_text().replace("[[employeeID, id]]", "[[employeeID, id], [mail, mail]]"))
    world.apply()
    world.file.add(["P-7", "ivo@corp.example", "Somebody else", ""])
    output = world.plan(0)
    assert "update withheld: the source read is appended" in output


def test_people_and_compare_take_a_table(cli):
    World(cli, Csv)
    assert "ivo@corp.example" in cli.good("people", "hr")
    assert "mismatched      Old" in cli.good("compare", "staff")
