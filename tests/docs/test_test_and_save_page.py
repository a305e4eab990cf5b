"""The page about Test & Save says what the program does: its commands are run, its lines come out."""

import re
import shlex
from pathlib import Path

import pytest

from tests.integration.endpoint_world import PEOPLE, hr_at
from tests.lab.answering import told

PAGE = (Path(__file__).parents[2] / "docs" / "test-and-save.md").read_text()
DRAFT, *_ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
LINES = re.findall(r"^\| `((?:page|the list|\d of|no record)[^`]*)` \|", PAGE, re.MULTILINE)


@pytest.fixture
def hr(tmp_path):
    with hr_at(tmp_path / "home") as made:
        yield made


def paged(asked):
    start = (int(asked.query.get("page", 1)) - 1) * 2
    return told({"data": {"users": PEOPLE[start : start + 2]}, "meta": {"total": len(PEOPLE)}})


def test_the_commands_of_the_page_work(hr, monkeypatch):
    hr.server.answer = paged
    monkeypatch.chdir(hr.home)
    (hr.home / "draft.yaml").write_text(DRAFT)
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        hr.good(*shlex.split(command)[1:])
    assert "groups" in hr.good("endpoint", "list")


def test_the_lines_of_the_page_are_those_of_the_program(hr):
    users = {"data": {"users": PEOPLE[:1]}}
    answers = [
        {"people": PEOPLE},
        users,
        {**users, "meta": {"total": 5}},
        {"data": {"users": PEOPLE[:2]}, "meta": {"total": 5}},
        {"data": {"users": [{"id": "1"}, {"id": "1"}, {"name": "x"}]}},
        {"code": "x", "message": "no"},
    ]
    cursor = DRAFT.split("paging")[0] + "paging: {style: cursor, cursor: meta.next, param: after}\n"
    plain = DRAFT.split("paging")[0]
    said = []
    for tree in [*answers, {"data": {"users": PEOPLE}, "meta": {"next": "same"}}]:
        hr.server.answer = lambda _asked, tree=tree: told(tree)
        for draft in (DRAFT, cursor, plain):
            said.append(hr.run("endpoint", "test", "hr", "list-users", "--spec", "-", text=draft).stdout)
    printed = "\n".join(said)
    assert len(LINES) == 10
    assert [line for line in LINES if line not in printed] == []


def test_the_states_of_the_page_are_those_of_the_program():
    from keepstep.core.endpoint_test import Tested

    assert [str(state) for state in Tested if f"`{state}`" not in PAGE] == []
