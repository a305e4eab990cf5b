"""People become users of a directory: names of their own, managers first, initial groups; the second plan is empty."""

import json
import re

import pytest

CONFIG = """
version: 1
connections:
  hr: {kind: ldif, file: hr.ldif, base: "DC=hr,DC=example"}
  corp: {kind: ldif, file: corp.ldif, base: "DC=corp,DC=example", new_accounts: {container: "OU=Staff,DC=corp,DC=example"}}
mappings:
  joiners:
    into: corp.users
    rows:
      employeeID: "{{ employeeID }}"
      cn: {format: {parts: [{attribute: givenName}, {attribute: sn}], separator: " "}, on_clash: suffix}
      sAMAccountName:
        format:
          parts: [{attribute: givenName, characters: first}, {attribute: sn}]
          case: lower
          remove_accents: true
        on_clash: next
        formats: ["{{ givenName | lower }}.{{ sn | lower | remove_accents }}"]
      manager: {from: "{{ employeeNumber }}", find: employeeID}
      memberOf: {from: "CN={{ department }},OU=Staff,DC=corp,DC=example", on: create, values: add}
      thumbnailPhoto: "{{ info }}"
rules:
  joiners:
    source: hr.users
    target: corp.users
    mapping: joiners
    correlate: [[employeeID, employeeID]]
    reactions: {unmatched: create, linked: update}
    guards: {update: {percent: 100}}
"""
STAFF = "OU=Staff,DC=corp,DC=example"
CORP = f"""dn: DC=corp,DC=example
objectClass: domain

dn: {STAFF}
objectClass: organizationalUnit

dn: CN=Sales,{STAFF}
objectClass: group
cn: Sales
sAMAccountName: Sales

dn: CN=Ana Kovač,{STAFF}
objectClass: user
cn: Ana Kovač
sAMAccountName: AKOVAC
"""


def hr(*people):
    entries = ["dn: DC=hr,DC=example\nobjectClass: domain\n"]
    for number, (given, sn, manager) in enumerate(people, 1):
        lines = [
            f"dn: CN={number},DC=hr,DC=example",
            "objectClass: user",
            f"cn: {number}",
            f"sAMAccountName: s{number}",
        ]
        lines += [f"givenName: {given}", f"sn: {sn}", f"employeeID: {number}", "department: Sales"]
        lines += [f"employeeNumber: {manager}"] if manager else []
        lines += ["info: data:image/png;base64,aGVsbG8=", ""]
        entries.append("\n".join(lines))
    return "\n".join(entries)


@pytest.fixture
def home(cli):
    (cli.home / "keepstep.yaml").write_text(CONFIG, encoding="utf-8")
    (cli.home / "corp.ldif").write_text(CORP, encoding="utf-8")
    return cli


def make(home, *people):
    (home.home / "hr.ldif").write_text(hr(*people), encoding="utf-8")
    plan = json.loads(home.run("plan", "joiners", "--json").stdout)
    home.good("apply", plan["digest"], "--yes")
    return plan


def users(home):
    listed = json.loads(
        home.good(
            "people",
            "corp",
            "--format",
            "json",
            "--attributes",
            "employeeID,cn,sAMAccountName,manager,memberOf,thumbnailPhoto",
        )
    )
    return {user["employeeID"]: user for user in listed if user["employeeID"]}


def test_a_chain_of_five_gets_names_managers_and_groups_in_one_plan(home):
    chain = [("Ana", "Kovač", 2), ("Ivo", "Horvat", 3), ("Mia", "Babić", 4), ("Luka", "Marić", 5), ("Eva", "Novak", "")]
    make(home, *chain)
    made = users(home)
    assert made["1"]["sAMAccountName"] == "ana.kovac"
    assert made["1"]["cn"] == "Ana Kovač2"
    assert [made[str(n)]["manager"] for n in range(1, 5)] == [
        f"CN={made[str(n + 1)]['cn']},{STAFF}" for n in range(1, 5)
    ]
    assert all(user["memberOf"] == [f"CN=Sales,{STAFF}"] for user in made.values())
    assert {user["thumbnailPhoto"] for user in made.values()} == {"aGVsbG8="}
    assert "Nothing to do" in home.good("plan", "joiners")


def test_a_circle_is_healed_by_the_second_plan_and_then_nothing_is_left(home):
    circle = [("Ana", "Kovač", 2), ("Ivo", "Horvat", 1)]
    make(home, *circle)
    second = make(home, *circle)
    assert second["counts"] == {"update": 1}
    assert all(user["manager"] for user in users(home).values())
    assert "Nothing to do" in home.good("plan", "joiners")


def test_a_group_that_was_left_since_is_not_joined_again(home):
    make(home, ("Ana", "Kovač", ""))
    file = home.home / "corp.ldif"
    file.write_text(re.sub(r"^member:.*\n(?: .*\n)*", "", file.read_text(), flags=re.MULTILINE), encoding="utf-8")
    assert "Nothing to do" in home.good("plan", "joiners")
