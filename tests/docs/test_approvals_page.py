"""The page about approvals: its keys, its example, and its commands with two people who agree."""

import re
import shlex

import pytest
from typer.main import get_command

from keepstep.cli.main import build
from keepstep.core.approval import Requirement
from tests.docs.tables import documented, keys_of, page, shell_lines, yaml_blocks
from tests.integration.cli_world import CONFIG
from tests.lab.mailing import mail_server

PAGE = page("approvals.md")


@pytest.fixture
def mails():
    with mail_server() as server:
        yield server


def test_every_key_is_described_with_what_holds_without_it():
    assert documented(PAGE) == {key: default.lower() for key, default in keys_of(Requirement).items()}


def test_every_command_of_the_page_is_one_of_the_table():
    told = re.findall(r"^\| `approval (\w+)", PAGE, re.MULTILINE)
    assert told == list(get_command(build()).commands["approval"].commands)


def test_the_example_asks_two_people_and_then_it_is_done(company, mails, monkeypatch, tmp_path):
    asked, _ = yaml_blocks(PAGE)
    Requirement.model_validate(asked["approve"])
    block = re.search(r"```yaml\n(approve:.*?)```", PAGE, re.DOTALL)[1]
    line = "    mark: {"
    assert line in CONFIG
    channels = re.search(r"```yaml\n(channels:.*?)```", PAGE, re.DOTALL)[1].replace("2525", str(mails.port))
    company.configure(
        (line, "".join(f"    {row}\n" for row in block.splitlines()) + line), ("rules:", f"{channels}rules:")
    )
    monkeypatch.chdir(tmp_path)
    (plan, first, lists, shows, agrees, last) = [
        shlex.split(row)[1:] for row in shell_lines(PAGE.partition("## How it goes")[2].partition("## What an")[0])
    ]

    monkeypatch.setenv("LOGNAME", "max")
    assert "needs 2 of ana, ivo, eva to approve" in company.run(*plan).stdout
    refused = company.bad(*first)
    digest, request = re.search(r"plan (\w+) .* \(request (\w+)\)", refused).groups()
    assert company.emulator.count == 0
    addresses = [receivers[0].partition("<")[2].rstrip(">") for receivers in mails.receivers]
    assert addresses == [f"{name}@corp.example" for name in ("ana", "it", "ivo", "eva", "rea")]

    def given(command):
        return [{"REQUEST": request, "DIGEST": digest}.get(part, part) for part in command]

    for person in ("ana", "eva"):
        monkeypatch.setenv("LOGNAME", person)
        assert request in company.good(*given(lists))
        assert "+ create Mira Kovač" in company.good(*given(shows))
        told = company.good(*given(agrees))
    assert "is approved by ana, eva" in told
    assert mails.receivers[-2] == ["RCPT TO:<max@corp.example>"]
    monkeypatch.setenv("LOGNAME", "max")
    assert "is done: 11 done" in company.good(*last)
