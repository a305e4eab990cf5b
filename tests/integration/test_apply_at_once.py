"""Two writers who create at the same time in one directory: every name stays with one account."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from keepstep.errors import ConnectionLost
from keepstep.settings import Settings
from keepstep.usecases.choose_again import apply_choosing_again
from keepstep.wiring import opened
from tests.integration.cli_world import Cli

CONFIG = """
version: 1
connections:
  hr: {kind: ldif, file: hr.ldif, base: "DC=hr,DC=example"}
  corp: {kind: ldif, file: SHARED, base: "DC=corp,DC=example", new_accounts: {container: "OU=Staff,DC=corp,DC=example"}}
mappings:
  joiners:
    into: corp.users
    rows:
      employeeID: "{{ employeeID }}"
      cn: {from: "{{ cn }}", on_clash: suffix}
      sAMAccountName: {from: "{{ sn | lower }}", on_clash: suffix}
rules:
  joiners:
    source: hr.users
    target: corp.users
    mapping: joiners
    correlate: [[employeeID, employeeID]]
    reactions: {unmatched: create}
    guards: {canary: 2, update: {percent: 100}}
"""


def staff(tag, count):
    lines = ["dn: DC=hr,DC=example\nobjectClass: domain\n"]
    for number in range(count):
        name = f"Kovac{number}"
        lines.append(
            f"dn: CN={name},DC=hr,DC=example\nobjectClass: user\ncn: {name}\nsn: {name}\n"
            f"sAMAccountName: {tag}{number}\nemployeeID: {tag}{number}\n"
        )
    return "\n".join(lines)


@pytest.fixture
def writers(tmp_path):
    shared = tmp_path / "corp.ldif"
    shared.write_text(
        "dn: DC=corp,DC=example\nobjectClass: domain\n\n"
        "dn: OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\n"
    )
    made = []
    for tag in ("a", "b"):
        cli = Cli(tmp_path / tag)
        cli.good("init")
        (cli.home / "hr.ldif").write_text(staff(tag, 6))
        (cli.home / "keepstep.yaml").write_text(CONFIG.replace("SHARED", str(shared)))
        made.append(cli)
    return shared, made


def names(shared, attribute):
    return sorted(re.findall(rf"^{attribute}: (.*)$", shared.read_text(), re.MULTILINE))


def test_who_comes_second_gets_the_next_variant_and_everybody_an_account(writers):
    shared, (first, second) = writers
    plans = [json.loads(cli.run("plan", "joiners", "--json").stdout)["digest"] for cli in (first, second)]
    first.good("apply", plans[0], "--yes")
    told = json.loads(second.good("apply", plans[1], "--yes", "--json"))
    assert told["again"]
    assert names(shared, "sAMAccountName") == sorted([f"kovac{n}" for n in range(6)] + [f"kovac{n}2" for n in range(6)])
    assert len(names(shared, "employeeID")) == 12
    for cli in (first, second):
        assert "Nothing to do" in cli.good("plan", "joiners")


def test_what_is_chosen_again_changes_nothing_else_that_was_reviewed(writers):
    _, (first, second) = writers
    plans = [json.loads(cli.run("plan", "joiners", "--json").stdout) for cli in (first, second)]
    first.good("apply", plans[0]["digest"], "--yes")
    told = json.loads(second.good("apply", plans[1]["digest"], "--yes", "--json"))
    reviewed = {one["source_key"]: one for one in plans[1]["actions"]}
    for run in told["again"]:
        anew = json.loads(second.run("plan", "show", run["plan"], "--json").stdout)
        for action in anew["actions"]:
            before = {delta["name"]: delta["after"] for delta in reviewed[action["source_key"]]["deltas"]}
            after = {delta["name"]: delta["after"] for delta in action["deltas"]}
            differing = {name for name in before | after if before.get(name) != after.get(name)}
            assert differing <= {"cn", "sAMAccountName"}


def test_what_would_be_chosen_again_needs_an_approval_of_its_own(writers):
    shared, (first, second) = writers
    file = second.home / "keepstep.yaml"
    file.write_text(file.read_text().replace("    guards:", "    approve: 1\n    guards:"))
    plans = [json.loads(cli.run("plan", "joiners", "--json").stdout)["digest"] for cli in (first, second)]
    first.good("apply", plans[0], "--yes")
    (request,) = re.findall(r"\(request (\w+)\)", second.bad("apply", plans[1], "--yes"))
    second.good("approval", "approve", request, "--digest", plans[1])
    told = second.bad("apply", plans[1], "--yes")
    (anew,) = re.findall(r'no other name could be chosen .*: plan (\w+) of rule "joiners" needs 1 of anybody', told)
    assert len(names(shared, "employeeID")) == 6
    (request,) = re.findall(r"\(request (\w+)\)", second.bad("apply", anew, "--yes"))
    second.good("approval", "approve", request, "--digest", anew)
    second.good("apply", anew, "--yes")
    assert len(names(shared, "employeeID")) == 12


def test_two_processes_at_the_same_moment_leave_no_name_twice_and_nobody_out(writers):
    shared, pair = writers
    plans = [json.loads(cli.run("plan", "joiners", "--json").stdout)["digest"] for cli in pair]

    def applied(cli, digest):
        with cli.process("apply", digest, "--yes") as process:
            return process.communicate(timeout=120), process.returncode

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(applied, pair, plans))
    assert [code for _, code in results] == [0, 0], results
    logins = names(shared, "sAMAccountName")
    assert len(logins) == len({name.lower() for name in logins}) == 12
    assert len(names(shared, "employeeID")) == 12


def test_who_was_appended_while_names_were_chosen_again_is_not_forgotten(writers):
    shared, (first, second) = writers
    table = second.home / "hr.csv"
    table.write_text("id,sn\r\n" + "".join(f"b{n},Kovac{n}\r\n" for n in range(6)))
    config = CONFIG.replace("SHARED", str(shared))
    config = config.replace('{kind: ldif, file: hr.ldif, base: "DC=hr,DC=example"}', "TABLE").replace(
        "TABLE", "{kind: table, file: hr.csv, key: id, rows: appended}"
    )
    config = config.replace("hr.users", "hr.rows").replace("[employeeID, employeeID]", "[employeeID, id]")
    config = config.replace("{{ employeeID }}", "{{ id }}").replace("{{ cn }}", "{{ sn }}")
    (second.home / "keepstep.yaml").write_text(config)
    plans = [json.loads(cli.run("plan", "joiners", "--json").stdout)["digest"] for cli in (first, second)]
    first.good("apply", plans[0], "--yes")
    with table.open("a") as file:
        file.write("b6,Horvat\r\n")
    assert json.loads(second.good("apply", plans[1], "--yes", "--json"))["again"]
    late = json.loads(second.run("plan", "joiners", "--json").stdout)
    assert [action["source_key"] for action in late["actions"]] == ["b6"]


class Unlisted:
    """A system that can be asked for single people, and cannot be listed any more."""

    def __init__(self, connector):
        self._connector = connector

    def __getattr__(self, name):
        return getattr(self._connector, name)

    async def read(self, query, sink):
        raise ConnectionLost("hr is away")


def test_what_was_done_is_told_although_nothing_more_can_be_chosen(writers):
    _, (first, second) = writers
    plans = [json.loads(cli.run("plan", "joiners", "--json").stdout)["digest"] for cli in (first, second)]
    first.good("apply", plans[0], "--yes")
    with opened(Settings(home=second.home, operator="tester")) as installation:
        configuration = installation.configuration()
        ports = installation.ports(installation.connections(configuration))
        away = replace(ports, connector=lambda name: Unlisted(ports.connector(name)))
        plan, rule = installation.journal.plan(plans[1]), configuration.rules["joiners"]
        applied = asyncio.run(apply_choosing_again(away, plan, rule, configuration.mappings["joiners"]))
    assert applied.stopped == "hr is away"
    assert applied.summary.undone
    assert not applied.done
