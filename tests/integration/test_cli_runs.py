"""Runs of templates by the command line: chosen, followed, shown and steered."""

import json

import pytest

from keepstep.settings import Settings
from keepstep.wiring import opened
from tests.integration.corp_ldif import STAFF, TREE, group, user
from tests.integration.store_world import a_plan

TEMPLATES = """
templates:
  greet:
    subject: corp.users
    start: find
    blocks:
      find: {webhook: infobip.find-person, next: ask}
      ask: {approval: {by: [nobody-of-us]}, next: done}
      done: {end: success}
  ask:
    subject: corp.users
    start: ask
    blocks:
      ask: {approval: {text: "may {{ subject.name }} in?"}, next: note}
      note: {action: {set: {description: "welcome"}}}
"""
HOSTILE = "Eve\x1b[2J"


@pytest.fixture
def people(company):
    rows = [user(n, f"P{n}", f"mail: p{n}@corp.example\nemployeeID: {n}\n") for n in range(1, 61)]
    members = [f"CN=P{n},{STAFF}" for n in (3, 4)]
    (company.home / "corp.ldif").write_text(TREE + "".join(rows) + group(900, "Buyers", *members))
    text = (company.home / "keepstep.yaml").read_text().replace("directory.ldif", "corp.ldif")
    (company.home / "keepstep.yaml").write_text(text + TEMPLATES)
    return company


def newest(cli):
    return json.loads(cli.good("run", "list", "--json"))[0]


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (("--user", "user1", "--user", "P2@corp.example"), 2),
        (("--members-of", "Buyers"), 2),
        (("--filter", "(sAMAccountName=user1*)"), 11),
        (("--search", "users", "--yes"), 60),
    ],
)
def test_everybody_who_was_chosen_is_in_the_run(people, chosen, count):
    people.good("template", "run", "ask", *chosen)
    assert newest(people)["counts"] == {"approval": count}


def test_a_list_names_people_by_its_column_and_everybody_once(people, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("name,login\nx,user1\ny,user2\nz,user1\n")
    people.good("template", "run", "ask", "--list", file, "--column", "login", "--detach")
    assert newest(people)["counts"] == {"ready": 2}
    people.good("template", "run", "ask", "--list", "-", "--detach", text="user5\n")
    assert newest(people)["counts"] == {"ready": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing", "--user", "user1"), 2, "there is no template"),
        (("ask",), 2, "say whom"),
        (("ask", "--user", "user1", "--search", "users"), 2, "say whom"),
        (("ask", "--user", "user999"), 2, "user999"),
        (("ask", "--search", "users"), 2, "60 subjects"),
        (("ask", "--filter", "(oops"), 1, "filter"),
        (("ask", "--members-of", "Nowhere"), 2, "no group"),
        (("ask", "--list", "/nowhere.csv"), 2, "cannot be read"),
    ],
)
def test_a_choice_that_makes_no_sense_begins_nothing(people, arguments, code, words):
    assert words in people.bad("template", "run", *arguments, code=code)
    assert "no runs yet" in people.good("run", "list")


def test_who_failed_is_shown_tried_again_and_passed_over(people):
    result = people.run("template", "run", "greet", "--user", "user1")
    assert result.exit_code == 1
    run = newest(people)["id"]
    assert "user1" in people.good("run", "show", run, "--failed")
    told = people.good("run", "show", run, "--subject", "user1")
    assert "✘ ▶ find" in people.good("template", "draw", "greet", "--run", run, "--subject", "user1")
    assert "belong together" in people.bad("template", "draw", "greet", "--run", run, code=2)
    assert "> GET" in told
    assert "< 404" in told
    assert "1 subjects are tried again" in people.good("run", "retry", run)
    assert people.run("run", "watch", run).exit_code == 1
    assert "passed over find" in people.good(
        "run", "skip", run, "--subject", "user1", "--block", "find", "--reason", "known to be there"
    )
    people.good("run", "watch", run)
    assert newest(people)["counts"] == {"approval": 1}
    assert "may not decide" in people.bad("run", "approve", run, code=2)
    actions = [entry["action"] for entry in json.loads(people.good("audit", "list", "--json"))]
    assert {"run_template", "retry", "skip_block"} <= set(actions)


def test_people_decide_and_the_run_goes_on(people):
    people.good("template", "run", "ask", "--user", "user1", "--user", "user2", "--user", "user3")
    run = newest(people)["id"]
    assert "1 subjects approved" in people.good("run", "approve", run, "--subject", "user1")
    assert "1 subjects rejected" in people.good("run", "reject", run, "--subject", "user2", "--note", "not yet")
    assert people.run("run", "watch", run).exit_code == 1
    assert newest(people)["counts"] == {"approval": 1, "failed": 1, "succeeded": 1}
    assert "cancelled" in people.good("run", "cancel", run, "--reason", "enough")
    assert "is cancelled" in people.bad("run", "pause", run, code=2)
    assert (people.home / "corp.ldif").read_text().count("description: welcome") == 1


def test_a_hostile_name_never_reaches_the_terminal_as_it_is(people):
    text = (people.home / "corp.ldif").read_text()
    (people.home / "corp.ldif").write_text(text.replace("sAMAccountName: user7\n", f"sAMAccountName: {HOSTILE}\n"))
    told = people.run("template", "run", "ask", "--filter", "(mail=p7@corp.example)").output
    told += people.good("run", "show", newest(people)["id"])
    assert "\x1b[2J" not in told


def test_the_run_of_a_plan_is_cancelled_too(people):
    with opened(Settings(home=people.home, operator="root")) as store:
        run = store.journal.open_run(a_plan(), operator="root")
    assert f"run {run.id} is cancelled" in people.good("run", "cancel", run.id, "--reason", "the wrong week")
    assert "is over" in people.bad("run", "cancel", run.id, code=2)
    assert "cancelled by" in people.good("run", "show", run.id)
