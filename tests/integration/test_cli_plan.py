"""plan, apply, compare and run, as an administrator calls them."""

import json

import pytest

from keepstep.settings import read_settings
from keepstep.wiring import opened


def planned(company, *more, code=10):
    result = company.run("plan", "staff", *more)
    assert result.exit_code == code, result.output
    return result.stdout


def in_step(company):
    digest = json.loads(planned(company, "--json"))["digest"]
    company.good("apply", digest, "--yes")


def test_a_plan_is_shown_person_by_person_and_writes_nothing(company):
    told = planned(company)
    assert "+ create Mira Kovač  unmatched" in told
    assert "    lastName: Kovač" in told
    assert "create        11" in told
    assert company.emulator.count == 0


def test_applying_a_plan_does_it_and_the_next_one_is_empty(company):
    file = company.home.parent / "plan.json"
    planned(company, "--out", file)
    assert "+ create Mira Kovač" in company.run("plan", "show", file).stdout
    assert "is done: 11 done" in company.good("apply", file, "--yes")
    assert "Nothing to do" in planned(company, code=0)
    company.become("today")
    company.emulator.edit("EMAIL", "marko.juric@corp.example", {"lastName": "Juric"})
    told = planned(company)
    assert "    lastName: Juric → Jurić" in told
    assert "- delete Lana Novak (person" in told
    assert "    customAttributes.EmploymentStatus: (none) → left" in told


def test_a_changed_plan_file_is_refused(company):
    file = company.home.parent / "plan.json"
    planned(company, "--out", file)
    file.write_text(file.read_text().replace("Mira", "Mara"))
    assert "keepstep plan" in company.bad("apply", file, "--yes")
    assert company.emulator.count == 0


def test_a_plan_is_refused_when_the_configuration_moved(company):
    digest = json.loads(planned(company, "--json"))["digest"]
    company.configure(("unmatched: create", "unmatched: create\n      stale: report"))
    assert "changed since the plan was made" in company.bad("apply", digest, "--yes")


def test_a_guard_stops_a_plan_until_somebody_gives_a_reason(company):
    in_step(company)
    company.configure(("    mark: {", "    guards: {delete: {percent: 0, count: 0}}\n    mark: {"), day="today")
    digest = json.loads(planned(company, "--json", code=11))["digest"]
    assert "the limit is 0" in planned(company, code=11)
    told = company.bad("apply", digest, "--yes")
    assert "1 of 11 accounts" in told
    assert "--override-guards" in told
    assert company.emulator.person("EMAIL", "lana.novak@corp.example")
    company.good("apply", digest, "--yes", "--override-guards", "--reason", "she left")
    assert not company.emulator.person("EMAIL", "lana.novak@corp.example")
    assert "she left" in company.good("audit", "list")
    company.good("audit", "verify")


@pytest.mark.parametrize("fault", ["cut-page", "missing-list", "error-in-200", "html-200", "lying-total"])
def test_a_read_that_is_not_whole_is_told_by_its_exit_code(company, fault):
    in_step(company)
    company.become("today")
    company.emulator.add_fault(f"{fault}:times=0,path=/people/2/persons")
    result = company.run("plan", "staff")
    assert result.exit_code == 12, result.output
    assert "- delete" not in result.stdout
    assert company.run("compare", "staff").exit_code == 12


def test_compare_lists_each_person_once_and_can_pick_a_situation(company):
    in_step(company)
    company.emulator.create({"firstName": "Old", "contactInformation": {"email": [{"address": "o@partner.example"}]}})
    company.become("today")
    rows = json.loads(company.good("compare", "staff", "--json"))
    standings = {row["name"]: row["standing"] for row in rows}
    assert standings["Ivan Horvat"] == "mismatched"
    assert standings["Nika Radić"] == "only_in_source"
    assert standings["Petar Babić"] == "disabled_but_active"
    only = json.loads(company.good("compare", "staff", "--json", "--situation", "mismatched"))
    assert {row["name"] for row in only} == {"Ivan Horvat", "Mira Kovač"}
    assert 'did you mean "mismatched"' in company.bad("compare", "staff", "--situation", "mismatch", code=2)


def test_runs_are_listed_and_shown(company):
    assert "no runs yet" in company.good("run", "list")
    in_step(company)
    (run,) = json.loads(company.good("run", "list", "--json"))
    assert run["state"] == "done"
    assert "create Mira Kovač" in company.good("run", "show", run["id"][:12])
    assert len(json.loads(company.good("run", "show", run["id"], "--json"))["results"]) == 11
    assert "run" in company.bad("run", "show", "nonsense")


def test_an_unknown_rule_or_plan_is_told_with_the_nearest_name(company):
    assert 'there is no rule "stuff"; did you mean "staff"?' in company.bad("plan", "stuff")
    assert "error:" in company.bad("apply", "0123456789", "--yes")


def test_json_is_whole_and_machine_readable(company):
    data = json.loads(planned(company, "--json"))
    assert data["counts"] == {"create": 11}
    assert data["actions"][0]["deltas"][0]["before"] is None
    assert data["source"]["completeness"] == "complete"
    assert json.loads(company.run("plan", "show", data["digest"], "--json").stdout) == data


def test_a_missing_right_is_mended_and_the_same_changes_are_planned_again(company):
    basic, key = (
        "{type: basic, username: keepstep, password: {secret: infobip-password}}",
        "{type: api_key, key: {secret: reader}}",
    )
    company.good("secret", "set", "reader", text="demo-read-only-key\n")
    company.configure((basic, key))
    digest = json.loads(planned(company, "--json"))["digest"]
    assert company.run("apply", digest, "--yes").exit_code == 1
    company.good("secret", "set", "reader", text="demo-key\n")
    assert "create        11" in planned(company)


def test_what_was_refused_is_planned_again_when_asked_for(company):
    refused = {action["id"]: "the value is not liked" for action in json.loads(planned(company, "--json"))["actions"]}
    with opened(read_settings({}, home=company.home)) as installation:
        installation.journal.remember_refusals("staff", refused)
    told = planned(company, code=0)
    assert "was refused before: the value is not liked" in told
    assert "--retry-refused" in told
    assert "create        11" in planned(company, "--retry-refused")


def test_a_side_that_shrank_is_told_with_what_to_do(company):
    in_step(company)
    company.configure(("(employeeID=*)", "(employeeID=nobody)"))
    result = company.run("plan", "staff")
    assert result.exit_code == 12, result.output
    assert "keepstep plan staff --accept-size" in result.stderr
    assert "Nothing to do" not in result.stdout
