"""compare and what is done about its rows, as an administrator calls it."""

import csv
import io
import json

import pytest

from keepstep.cli.compare import COLUMNS

STRAY = {"firstName": "Stray", "lastName": "Guest", "contactInformation": {"email": [{"address": "s@partner.example"}]}}
MARK = ("    mark: {", "    guards: {delete: {percent: 100, count: 100}}\n    mark: {")


def in_step(company):
    digest = json.loads(company.run("plan", "staff", "--json").stdout)["digest"]
    company.good("apply", digest, "--yes")


def rows(company, *more, code=0):
    result = company.run("compare", "staff", "--json", *more)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def names(company, *more):
    return {row["name"] for row in rows(company, *more)}


def act(company, action, *more, code=0):
    result = company.run("compare", "act", "staff", "--action", action, *more)
    assert result.exit_code == code, result.output
    return result


def person(company, mail):
    return company.emulator.person("EMAIL", mail)


@pytest.fixture
def today(company):
    """In step a week ago; since then the company went on, and somebody made an account by hand."""
    company.configure(MARK)
    in_step(company)
    company.emulator.create(STRAY)
    company.configure(MARK, day="today")
    return company


def test_rows_are_chosen_by_situation_attribute_container_condition_and_text(today):
    assert names(today, "--situation", "only_in_infobip") == {"Stray Guest", "Lana Novak"}
    assert names(today, "--situation", "unauthorised", "--search", "partner.example") == {"Stray Guest"}
    assert names(today, "--attribute", "lastName") == {"Mira Kovač"}
    assert names(today, "--where", "source.department == 'Logistics'") == {"Petar Babić"}
    everybody = names(today)
    assert names(today, "--ou", "OU=Staff,DC=corp,DC=example") == everybody - {"Stray Guest", "Lana Novak"}
    assert names(today, "--ou", "OU=Nowhere,DC=corp,DC=example") == set()
    told = today.run("compare", "staff").stderr
    assert "only in corp 1" in told
    assert "only in infobip (unauthorised) 2" in told
    assert "disabled in corp, active in infobip" in told
    assert "did you mean" in today.bad("compare", "staff", "--where", "source.departmnt == 'x'")


def test_every_comparison_is_kept_and_says_since_when_somebody_is_unauthorised(company):
    in_step(company)
    rows(company)
    company.emulator.create(STRAY)
    rows(company, "--situation", "mismatched")
    first = json.loads(company.good("compare", "staff", "--history", "--json"))
    assert [one["unauthorised"] for one in first] == ["1", "0"]
    assert [one["in_step"] for one in first] == ["11", "11"]
    (one,) = json.loads(company.good("compare", "staff", "--since", "1h", "--situation", "unauthorised", "--json"))
    assert (one["name"], one["until"]) == ("Stray Guest", None)
    company.emulator.delete("EMAIL", "s@partner.example")
    rows(company)
    (one,) = json.loads(company.good("compare", "staff", "--since", "1h", "--json"))
    assert one["until"] is not None
    result = company.run("compare", "staff", "--since", "2001-01-01")
    assert "nothing is known of before" in result.stderr
    assert "no comparison is kept" not in result.stderr


def test_a_comparison_that_was_not_complete_is_not_kept(company):
    in_step(company)
    company.emulator.add_fault("cut-page:times=0,path=/people/2/persons")
    rows(company, code=12)
    assert "no comparison is kept yet" in company.run("compare", "staff", "--history").stderr
    act(company, "ignore", "--situation", "unauthorised", "--reason", "x", "--until", "1d", code=12)


def test_who_is_ignored_is_counted_apart_and_comes_back(today):
    act(today, "ignore", "--who", "Stray Guest", "--reason", "a partner, seen by Ana", "--until", "30d", "--yes")
    (row,) = rows(today, "--situation", "ignored")
    assert row["name"] == "Stray Guest"
    assert "seen by Ana" in row["note"]
    assert names(today, "--situation", "unauthorised") == {"Lana Novak"}
    assert "ignored 1" in today.run("compare", "staff").stderr
    assert "seen by Ana" in today.good("audit", "list")
    assert "1 are looked at again" in act(today, "heed", "--situation", "ignored").stdout
    assert "Stray Guest" in names(today, "--situation", "unauthorised")
    for more in (["--reason", "x"], ["--until", "1d"], ["--reason", "x", "--until", "2001-01-01"]):
        act(today, "ignore", "--who", "Stray Guest", *more, code=2)
    act(today, "ignore", "--situation", "in_step", "--reason", "x", "--until", "1d", code=2)


def test_a_plan_for_chosen_people_has_nobody_else_in_it_and_is_applied_as_any_other(today):
    before = today.emulator.count
    result = act(today, "delete", "--who", "Stray Guest", "--search", "guest", code=10)
    assert "- delete Stray Guest" in result.stdout
    assert result.stdout.count("- delete") == 1
    assert today.emulator.count == before
    digest = result.stdout.split("keepstep apply ")[1].split()[0]
    assert "is done: 1 done" in today.good("apply", digest, "--yes")
    assert person(today, "s@partner.example") is None
    assert person(today, "lana.novak@corp.example") is not None
    assert today.emulator.count == before - 1


def test_chosen_people_are_created_and_marked_as_left(today):
    plan = json.loads(act(today, "create", "--situation", "only_in_corp", "--json", code=10).stdout)
    assert [action["name"] for action in plan["actions"]] == ["Nika Radić"]
    today.good("apply", plan["digest"], "--yes")
    assert person(today, "nika.radic@corp.example")["firstName"] == "Nika"
    act(today, "create", "--situation", "only_in_corp", code=2)
    plan = json.loads(act(today, "disable", "--situation", "disabled_but_active", "--json", code=10).stdout)
    assert [action["name"] for action in plan["actions"]] == ["Petar Babić"]
    today.good("apply", plan["digest"], "--yes")
    left = person(today, "petar.babic@corp.example")
    assert left["customAttributes"]["EmploymentStatus"] == "left"
    assert "Petar Babić" in names(today, "--situation", "in_step")


def test_who_is_mismatched_is_brought_in_step_alone(today):
    assert names(today, "--situation", "mismatched") == {"Mira Kovač", "Ivan Horvat"}
    plan = json.loads(act(today, "update", "--who", "Mira Kovač", "--json", code=10).stdout)
    assert [(action["name"], action["kind"]) for action in plan["actions"]] == [("Mira Kovač", "update")]
    today.good("apply", plan["digest"], "--yes")
    assert names(today, "--situation", "mismatched") == {"Ivan Horvat"}
    assert {"Stray Guest", "Lana Novak"} <= names(today, "--situation", "only_in_infobip")
    assert "it is in step" in act(today, "update", "--situation", "in_step", code=1).stderr
    assert "nobody in the source" in act(today, "update", "--who", "Stray Guest", code=1).stderr
    assert "it has no account" in act(today, "update", "--situation", "only_in_corp", code=1).stderr


def test_nobody_active_is_deleted_and_it_is_said_why(today):
    result = act(today, "delete", "--situation", "mismatched", "--situation", "only_in_corp", code=1)
    assert "the next plan would make it again" in result.stderr
    assert "Nika Radić" in result.stderr
    assert "it has no account" in result.stderr
    assert "keepstep apply" not in result.stdout


def test_a_guard_counts_for_a_plan_of_chosen_people(today):
    today.configure(("    mark: {", "    guards: {delete: {percent: 0, count: 0}}\n    mark: {"), day="today")
    result = act(today, "delete", "--who", "Stray Guest", code=11)
    digest = result.stdout.split("keepstep apply ")[1].split()[0]
    assert "the limit is 0" in today.bad("apply", digest, "--yes")
    assert person(today, "s@partner.example") is not None


def test_an_account_that_changed_since_is_left_alone(today):
    digest = json.loads(act(today, "delete", "--who", "Stray Guest", "--json", code=10).stdout)["digest"]
    today.emulator.edit("EMAIL", "s@partner.example", {"lastName": "Changed"})
    assert today.run("apply", digest, "--yes").exit_code == 1
    assert person(today, "s@partner.example") is not None


def test_two_accounts_are_linked_by_hand_and_unlinked(today):
    (nika,) = [row for row in rows(today) if row["name"] == "Nika Radić"]
    (stray,) = [row for row in rows(today) if row["name"] == "Stray Guest"]
    act(today, "link", "--who", nika["source key"], "--to", stray["target key"])
    (row,) = [row for row in rows(today) if row["source key"] == nika["source key"]]
    assert (row["target key"], row["standing"]) == (stray["target key"], "mismatched")
    assert "link " in today.good("audit", "list")
    again = act(today, "link", "--who", nika["source key"], "--to", stray["target key"], code=1)
    assert "they are linked already" in again.stdout
    other = next(row for row in rows(today) if row["standing"] == "in_step")
    taken = act(today, "link", "--who", other["source key"], "--to", stray["target key"], code=1)
    assert "unlink them first" in taken.stdout
    gone = act(today, "link", "--who", other["source key"], "--to", "999", code=1)
    assert "the account is not there" in gone.stdout
    assert "correlate" in act(today, "unlink", "--who", nika["source key"]).stderr
    assert "Stray Guest" in names(today, "--situation", "unauthorised")
    refused = act(today, "unlink", "--who", nika["source key"], code=1)
    assert "they are not linked" in refused.stdout


def test_people_are_chosen_by_the_file_that_compare_writes(today, tmp_path):
    file = tmp_path / "strays.csv"
    today.good("compare", "staff", "--situation", "unauthorised", "--out", file)
    assert set(next(csv.reader(io.StringIO(file.read_text())))) == set(COLUMNS)
    plan = json.loads(act(today, "delete", "--from", file, "--json", code=10).stdout)
    assert {action["name"] for action in plan["actions"]} == {"Stray Guest", "Lana Novak"}
    file.write_text("source key,target key\n,12345\n")
    assert "nobody has the keys" in act(today, "delete", "--from", file, code=2).stderr
    file.write_text("name\nStray\n")
    assert "source key" in act(today, "delete", "--from", file, code=2).stderr
    file.write_bytes(b"\xff\xfe\x00")
    act(today, "delete", "--from", file, code=1)
    act(today, "delete", "--from", tmp_path / "none.csv", code=1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--action", "delete"], "say whom"),
        (["--action", "delete", "--who", "Nobody Such"], "there is nobody"),
        (["--action", "delete", "--who", "x", "--to", "y"], "--to goes with"),
        (["--action", "link", "--situation", "only_in_corp"], "an account on each side"),
        (["--action", "ignore", "--situation", "disputed", "--reason", "x", "--until", "1d"], "nobody was chosen"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(today, arguments, told):
    assert told in today.bad("compare", "act", "staff", *arguments, code=2)


def test_cells_of_csv_are_no_formulas_and_keys_are_read_back_as_they_were(today):
    today.emulator.edit("EMAIL", "s@partner.example", {"firstName": "+1", "lastName": "Guest"})
    told = today.good("compare", "staff", "--situation", "unauthorised", "--format", "csv")
    cells = [cell for row in csv.reader(io.StringIO(told)) for cell in row]
    assert "'+1 Guest" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
