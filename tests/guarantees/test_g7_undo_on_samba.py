"""G7 in a real domain: what a run made, changed and switched off is as before once it is undone, and nothing else moves."""

import json

import pytest

from tests.integration.cli_world import Cli

pytestmark = [pytest.mark.samba, pytest.mark.slow]

CONFIGURATION = """
version: 1
connections:
  corp:
    kind: active_directory
    url: URL
    ca_file: CA
    bind: {method: simple, user: ADMIN, password: {secret: ad-password}}
    base: BASE
    users: {base: "OU=Undo,BASE"}
    new_accounts: {container: "OU=Undo,BASE"}
  hr: {kind: table, file: hr.csv, key: id}
mappings:
  people:
    into: corp.users
    rows:
      cn: {from: "{{ name }}", on: create}
      sAMAccountName: {from: "undo{{ id }}", on: create}
      employeeID: "{{ id }}"
      title: {from: "{{ title }}", when_empty: clear}
rules:
  people:
    source: hr.rows
    target: corp.users
    mapping: people
    correlate: [[employeeID, id]]
    reactions: {unmatched: create, linked: update, source_deleted: disable}
    guards: {create: {percent: 100}, update: {percent: 100}, disable: {percent: 100}}
"""


@pytest.fixture
def company(samba, tmp_path):
    container = samba.organizational_unit("Undo")
    cli = Cli(tmp_path / "home")
    cli.good("init")
    cli.good("secret", "set", "ad-password", text=f"{samba.told['PASSWORD']}\n")
    text = CONFIGURATION
    for word, value in (("URL", samba.told["LDAPS_URL"]), ("CA", samba.ca_file), ("ADMIN", samba.told["ADMIN"])):
        text = text.replace(f": {word}", f": {value}").replace(f" {word},", f" {value},")
    (cli.home / "keepstep.yaml").write_text(text.replace("BASE", samba.base))
    yield cli
    samba.remove(container)


def hr(company, *rows):
    lines = ["id,name,title", *(",".join(row) for row in rows)]
    (company.home / "hr.csv").write_text("\n".join(lines) + "\n")


def applied(company, *more):
    """Plan and apply; return the run."""
    plan = json.loads(company.run("plan", "people", "--json").stdout)
    company.good("apply", plan["digest"][:12], "--yes", *more)
    return json.loads(company.good("run", "list", "--json"))[0]["id"]


def undo(company, run, *more):
    plan = json.loads(company.run("run", "undo", run, "--json", *more).stdout)
    company.good("apply", plan["digest"][:12], "--yes", "--override-guards", "--reason", "tried")
    return plan


def held(samba):
    """Return the accounts of the unit: name to title and whether it may sign in."""
    with samba.admin() as connection:
        rows = connection.search_s(
            f"OU=Undo,{samba.base}", 2, "(objectClass=user)", ["cn", "title", "userAccountControl"]
        )
    return {
        row["cn"][0].decode(): (row.get("title", [b""])[0].decode(), not int(row["userAccountControl"][0]) & 2)
        for _, row in rows
    }


def test_a_run_in_a_real_domain_is_taken_back(company, samba):
    hr(company, ("1", "Ana", "Clerk"), ("2", "Ivo", "Head"))
    applied(company)
    before = held(samba)
    assert before == {"Ana": ("Clerk", True), "Ivo": ("Head", True)}
    hr(company, ("1", "Ana", "Chief"), ("3", "Mia", "Clerk"))
    run = applied(company)
    assert held(samba) == {"Ana": ("Chief", True), "Ivo": ("Head", False), "Mia": ("Clerk", True)}
    undo(company, run)
    assert held(samba) == before


def test_what_somebody_changed_since_stays_and_is_named(company, samba):
    hr(company, ("1", "Ana", "Clerk"))
    applied(company)
    hr(company, ("1", "Ana", "Chief"))
    run = applied(company)
    samba.change(f"CN=Ana,OU=Undo,{samba.base}", title=b"President")
    said = company.run("run", "undo", run)
    assert "Ana" in said.output
    assert held(samba) == {"Ana": ("President", True)}


def test_a_made_account_can_be_switched_off_instead(company, samba):
    hr(company, ("1", "Ana", "Clerk"))
    run = applied(company)
    undo(company, run, "--created", "disable")
    assert held(samba) == {"Ana": ("Clerk", False)}
