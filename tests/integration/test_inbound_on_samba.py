"""Two thousand persons of an application become users of a real domain, by configuration and command line alone."""

import json
from collections import Counter

import ldap
import pytest

from keepstep.emulator import Emulator, running_in_thread
from tests.integration.cli_world import PASSWORD, Cli

pytestmark = [pytest.mark.samba, pytest.mark.slow, pytest.mark.timeout(900)]

PEOPLE = 2000
UNITS = {"SAL": "Sales", "FIN": "Finance", "SUP": "Support"}
FIRST = ("Mira", "Ivo", "Žofie", "Đuro", "Ana Marija")

CONFIGURATION = """
version: 1
variables: {domain: lab.example}
tables:
  departments: {values: {SAL: Sales, FIN: Finance, SUP: Support}, default: refuse}
egress: {allow: ["127.0.0.1"]}
connections:
  corp:
    kind: active_directory
    url: URL
    ca_file: CA
    bind: {method: simple, user: ADMIN, password: {secret: ad-password}}
    base: BASE
    users: {base: "OU=Inbound,BASE"}
    new_accounts: {create_missing_containers: true}
  infobip:
    kind: rest
    base_url: ADDRESS
    authorization: {type: basic, username: keepstep, password: {secret: infobip-password}}
    pace: 1
mappings:
  persons-to-users:
    description: everybody whom HR keeps in Infobip
    category: User
    into: corp.users
    rows:
      employeeID: "{{ externalId }}"
      cn: {from: "{{ words(firstName, lastName, externalId) }}", on: create}
      sAMAccountName:
        format:
          parts:
            - {attribute: firstName, words: first}
            - {text: "."}
            - {attribute: lastName}
          case: lower
          remove_accents: true
          remove_spaces: true
          at_most: 18
        when_empty: skip
        on_clash: suffix
      userPrincipalName:
        from: "{{ (firstName ~ '.' ~ lastName ~ '@' ~ env.domain) | remove_accents | lower | replace(' ', '') }}"
        on_clash: suffix
      givenName: "{{ firstName }}"
      sn: "{{ lastName }}"
      displayName: "{{ words(firstName, lastName) }}"
      mail: "{{ email | first | lower }}"
      mobile: "{{ phone | first }}"
      department: "{{ customAttributes.Department | map('departments') }}"
      manager: {from: "{{ customAttributes.ManagerId }}", find: employeeID}
      container: {from: "OU={{ customAttributes.Department | map('departments') }},OU=Inbound,BASE", on: create}
      memberOf: {from: "CN=Everybody,BASE", on: create, values: add}
rules:
  hire:
    source: infobip.persons
    target: corp.users
    mapping: persons-to-users
    correlate: [[employeeID, externalId]]
    reactions: {unmatched: create, linked: update, source_deleted: disable}
    guards: {create: {percent: 100}, update: {percent: 100}}
"""


def manager_of(number):
    """Ten to a manager, four levels up to the first; a manager comes after some of those who report to them."""
    return None if number == PEOPLE - 1 else min(PEOPLE - 1, number + (PEOPLE - number) // 10 + 1)


@pytest.fixture
def company(samba, tmp_path):
    container = samba.organizational_unit("Inbound")
    samba.add(f"CN=Everybody,{samba.base}", "group", sAMAccountName="Everybody")
    emulator = Emulator(limits=False)
    for name in ("Department", "ManagerId"):
        emulator.define_attribute(name, "STRING")
    for number in range(PEOPLE):
        manager = manager_of(number)
        emulator.create(
            {
                "externalId": f"{number:05d}",
                "firstName": FIRST[number % 5],
                "lastName": f"Kovač{number // 10}",
                "contactInformation": {
                    "email": [{"address": f"P{number}@Example.org"}],
                    "phone": [{"number": f"38591{number:07d}"}],
                },
                "customAttributes": {
                    "Department": tuple(UNITS)[number % 3],
                    **({} if manager is None else {"ManagerId": f"{manager:05d}"}),
                },
            }
        )
    cli = Cli(tmp_path / "home", emulator)
    cli.good("init")
    cli.good("secret", "set", "infobip-password", text=f"{PASSWORD}\n")
    cli.good("secret", "set", "ad-password", text=f"{samba.told['PASSWORD']}\n")
    with running_in_thread(emulator) as url:
        text = CONFIGURATION.replace("ADDRESS", url).replace("BASE", samba.base).replace("ADMIN", samba.told["ADMIN"])
        text = text.replace("URL", samba.told["LDAPS_URL"]).replace("CA", samba.ca_file)
        cli.home.joinpath("keepstep.yaml").write_text(text, encoding="utf-8")
        yield cli, samba, container
    samba.run("reset")


def found(samba, container, *names):
    """Return the users by employee id, read without the product."""
    with samba.admin() as connection:
        rows = connection.search_s(container, ldap.SCOPE_SUBTREE, "(objectClass=user)", ["employeeID", *names])
    held = [({name: [v.decode() for v in values] for name, values in one.items()}, dn) for dn, one in rows if dn]
    return {one["employeeID"][0]: {**one, "dn": dn} for one, dn in held}


def planned(cli):
    result = cli.run("plan", "hire", "--json")
    assert result.exit_code in {0, 10}, result.output
    return json.loads(result.stdout)


def test_two_thousand_persons_become_users_and_a_changed_mapping_plans_its_effect(company):
    cli, samba, container = company
    assert "good" in cli.good("config", "check")
    plan = planned(cli)
    assert Counter(action["kind"] for action in plan["actions"]) == {"create": PEOPLE}
    cli.good("apply", plan["digest"])

    users = found(
        samba, container, "sAMAccountName", "manager", "department", "userAccountControl", "memberOf", "uSNChanged"
    )
    assert len(users) == PEOPLE
    assert len({one["sAMAccountName"][0] for one in users.values()}) == PEOPLE
    assert users["00000"]["sAMAccountName"] == ["mira.kovac0"]
    assert users["00005"]["sAMAccountName"] == ["mira.kovac02"]
    for number in range(PEOPLE):
        one = users[f"{number:05d}"]
        unit = UNITS[tuple(UNITS)[number % 3]]
        assert one["department"] == [unit]
        assert f"OU={unit},OU=Inbound" in one["dn"]
        assert one["userAccountControl"] == ["512"]
        assert one["memberOf"] == [f"CN=Everybody,{samba.base}"]
        manager = manager_of(number)
        assert one.get("manager") == (None if manager is None else [users[f"{manager:05d}"]["dn"]])

    assert cli.run("plan", "hire").exit_code == 0
    assert {key: one["uSNChanged"] for key, one in found(samba, container, "uSNChanged").items()} == {
        key: one["uSNChanged"] for key, one in users.items()
    }

    file = cli.home / "keepstep.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("SUP: Support", 'SUP: "Service Desk"'), encoding="utf-8")
    plan = planned(cli)
    supported = [number for number in range(PEOPLE) if number % 3 == 2]
    assert Counter(action["kind"] for action in plan["actions"]) == {"update": len(supported)}
    changed = {
        (delta["name"], *delta["before"], *delta["after"]) for action in plan["actions"] for delta in action["deltas"]
    }
    assert changed == {("department", "Support", "Service Desk")}
