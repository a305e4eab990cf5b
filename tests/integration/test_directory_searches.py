"""A named search of a directory is a side of rules: what it selects is read, and values are unique beyond it."""

import pytest

from tests.integration.test_table_rules import DIRECTORY

USER = """\
dn: CN={name},OU=Staff,DC=corp,DC=example
objectClass: user
objectGUID:: {guid}
sAMAccountName: {name}
employeeID: P-{name}
employeeType: {type}
mail: {name}@corp.example
userAccountControl: 512

"""

CONFIG = """\
version: 1
connections:
  old:
    kind: ldif
    file: old.ldif
    base: DC=corp,DC=example
    searches:
      contractors: {base: "OU=Staff,DC=corp,DC=example", filter: "(employeeType=contractor)"}
      teams: {of: groups, filter: "(cn=T*)"}
  new:
    kind: ldif
    file: new.ldif
    base: DC=corp,DC=example
    searches:
      partners: {filter: "(employeeType=partner)"}
    new_accounts: {container: "OU=Staff,DC=corp,DC=example"}
mappings:
  partners:
    into: new.partners
    rows:
      employeeID: "{{ employeeID }}"
      employeeType: partner
      sAMAccountName: {from: "{{ sAMAccountName }}", on: create, on_clash: suffix}
      cn: {from: "{{ sAMAccountName }}-p", on: create}
      mail: "{{ mail }}"
rules:
  partners:
    source: old.contractors
    target: new.partners
    mapping: partners
    correlate: [[employeeID, employeeID]]
    reactions: {source_deleted: disable, orphaned: disable}
    guards: {canary: 0, disable: {percent: 100}}
"""


@pytest.fixture
def home(cli):
    people = [("ana", "contractor", "AAECAwQFBgcICQoLDA0ODw=="), ("ivo", "staff", "AQECAwQFBgcICQoLDA0ODw==")]
    text = DIRECTORY + "".join(USER.format(name=name, type=kind, guid=guid) for name, kind, guid in people)
    cli.home.joinpath("old.ldif").write_text(text)
    taken = USER.format(name="ana", type="staff", guid="AgECAwQFBgcICQoLDA0ODw==").replace("P-ana", "P-other")
    cli.home.joinpath("new.ldif").write_text(DIRECTORY + taken)
    cli.home.joinpath("keepstep.yaml").write_text(CONFIG)
    return cli


def test_a_search_is_listed_and_checked_like_any_objects(home):
    assert home.good("config", "check")
    listed = home.good("people", "old.contractors")
    assert "ana" in listed
    assert "ivo" not in listed
    assert "contractors  1 users are in scope" in home.good("connection", "check", "old")


def test_only_what_a_search_selects_is_changed_and_names_are_unique_beyond_it(home):
    output = home.run("plan", "partners")
    assert output.exit_code == 10, output.output
    assert "create         1" in output.output
    assert "disable" not in output.output  # Old and the other ana are no partners
    digest = output.output.split("keepstep apply ")[1].split()[0]
    home.good("apply", digest, "--yes")
    directory = home.home.joinpath("new.ldif").read_text()
    assert "sAMAccountName: ana2" in directory
    assert "userAccountControl: 514" not in directory
    assert "Nothing to do" in home.good("plan", "partners")
    assert "in_step" in home.good("compare", "partners", "--json")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("source: old.contractors", "source: old.contractor", 'no objects "contractor"; did you mean "contractors"?'),
        ("contractors: {base", "users: {base", '8:7: a search cannot be called "users"'),
        ("(employeeType=contractor)", "(employeeType=", "connections.old.searches.contractors.filter"),
        ("of: groups", "of: computers", "connections.old.searches.teams.of must be one of users, groups"),
        ("into: new.partners\n", "into: new.partners\n    category: Group\n", "category Group does not fit"),
    ],
)
def test_a_mistake_in_a_search_is_told(home, before, after, told):
    file = home.home.joinpath("keepstep.yaml")
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    result = home.run("config", "check")
    assert result.exit_code != 0
    assert told in result.output
