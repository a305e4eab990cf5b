"""`keepstep mapping`: what a side offers, and what a mapping makes of real people, without writing anything."""

import json

import pytest

STAFF = """
dn: DC=corp,DC=example
objectClass: domain

dn: OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: CN=Ana Kovač,OU=Staff,DC=corp,DC=example
objectClass: user
cn: Ana Kovač
sAMAccountName: akovac
givenName: Ana
sn: Kovač
employeeID: 1

dn: CN=Ivo,OU=Staff,DC=corp,DC=example
objectClass: user
cn: Ivo
sAMAccountName: ivo
givenName: Ivo
employeeID: 2
"""
CONFIG = """
version: 1
connections:
  corp: {kind: ldif, file: staff.ldif, base: "DC=corp,DC=example"}
  other: {kind: ldif, file: other.ldif, base: "DC=corp,DC=example"}
mappings:
  copy:
    into: other.users
    category: User
    rows:
      sAMAccountName:
        format:
          parts: [{attribute: givenName, characters: first}, {attribute: sn}]
          case: lower
          remove_accents: true
      sn: {from: "{{ sn }}", when_empty: skip}
rules:
  copy: {source: corp.users, target: other.users, mapping: copy, correlate: [[employeeID, employeeID]]}
"""


@pytest.fixture
def home(cli):
    (cli.home / "staff.ldif").write_text(STAFF.lstrip(), encoding="utf-8")
    (cli.home / "other.ldif").write_text("dn: DC=corp,DC=example\nobjectClass: domain\n", encoding="utf-8")
    (cli.home / "keepstep.yaml").write_text(CONFIG, encoding="utf-8")
    return cli


def test_the_fields_of_a_side_say_what_can_be_written_and_why_not(home):
    fields = {field["name"]: field for field in json.loads(home.good("mapping", "fields", "corp.users", "--json"))}
    assert fields["mail"] == {
        "name": "mail",
        "several": False,
        "syntax": "text",
        "length": 256,
        "writable": True,
        "unique": False,
        "why_not": "",
    }
    assert fields["sAMAccountName"]["unique"]
    assert fields["objectGUID"]["why_not"] == "the directory gives it"
    assert fields["whenCreated"]["why_not"] == "only the directory writes it"
    assert "unicodePwd" not in fields
    assert "userAccountControl" in home.good("mapping", "fields", "corp.users")


def test_a_preview_shows_each_value_or_why_the_person_is_left_out_and_writes_nothing(home):
    before = (home.home / "other.ldif").read_bytes()
    ana, ivo = json.loads(home.good("mapping", "preview", "copy", "--json"))
    assert ana["attributes"] == {"sAMAccountName": ["akovac"], "sn": ["Kovač"]}
    assert ivo["left_out"] == 'there is no value for attribute "sn", and its row says skip'
    assert [one["name"] for one in json.loads(home.good("mapping", "preview", "copy", "--limit", "1", "--json"))] == [
        "Ana Kovač"
    ]
    assert "left out: there is no value" in home.good("mapping", "preview", "copy", "--user", "ivo")
    assert (home.home / "other.ldif").read_bytes() == before


def test_somebody_who_is_not_there_is_told(home):
    assert '"nobody" is nobody in users' in home.bad("mapping", "preview", "copy", "--user", "nobody", code=2)


def test_one_format_is_tried_in_both_spellings(home):
    tried = json.loads(home.good("mapping", "try", "corp.users", "{{ sn | upper | slice(0, 3) }}", "--json"))
    assert tried["parts"] == {"parts": [{"attribute": "sn", "case": "upper", "functions": ["slice(0, 3)"]}]}
    assert [one["attributes"]["value"] for one in tried["people"]] == [["KOV"], []]
    written = '{"parts": [{"attribute": "sn", "characters": "last 2"}, {"text": "-x"}]}'
    for form in (written, "parts: [{attribute: sn, characters: last 2}, {text: -x}]"):
        tried = json.loads(home.good("mapping", "try", "corp.users", form, "--user", "1", "--json"))
        assert tried["expression"] == "{{ sn | slice(-2) }}-x"
        assert tried["people"][0]["attributes"]["value"] == ["ač-x"]
    told = home.good("mapping", "try", "corp.users", "{{ employeeID | to_int | pad(4) }}", "--user", "2")
    assert "value: 0002" in told
    assert "(cannot be written as parts)" in home.good("mapping", "try", "corp.users", "{{ 1 + 1 }}")


def test_a_mistake_in_a_format_is_told(home):
    assert 'did you mean "characters"' in home.bad(
        "mapping", "try", "corp.users", "parts: [{attribute: sn, charcters: 1}]"
    )
    assert 'unknown name "sm"' in home.bad("mapping", "try", "corp.users", "{{ sm }}")
    assert "is not a side" in home.bad("mapping", "fields", "corp", code=2)
    assert 'did you mean "corp"' in home.bad("mapping", "fields", "crop.users")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("unicodePwd: x", "a password is set by policy only: new_accounts"),
        ("USERPASSWORD: x", "a password is set by policy only: new_accounts"),
        ("objectGUID: x", "the directory gives it"),
        ("userAccountControl: x", "use enabled"),
        ("distinguishedName: x", "it follows from the name: use cn and container"),
    ],
)
def test_a_row_for_an_attribute_that_must_not_be_mapped_is_refused_with_its_place_and_the_reason(home, row, told):
    text = CONFIG.replace("      sn: {", f"      {row}\n      sn: {{")
    (home.home / "keepstep.yaml").write_text(text, encoding="utf-8")
    line = next(number for number, found in enumerate(text.splitlines(), 1) if row in found)
    assert f"keepstep.yaml:{line}:7: mappings.copy.rows.{row.partition(':')[0]}: attribute" in home.bad(
        "config", "check"
    )
    assert f"cannot be mapped: {told}" in home.bad("config", "check")


def test_what_only_the_live_schema_knows_is_refused_too(home):
    text = CONFIG.replace("      sn: {", "      whenCreated: x\n      sn: {")
    (home.home / "keepstep.yaml").write_text(text, encoding="utf-8")
    assert 'attribute "whenCreated" cannot be mapped: only the directory writes it' in home.bad("config", "check")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("category: User", "category: Group", "category Group does not fit: other.users are of category User"),
        ("mapping: copy,", "mapping: copy, category: Contact,", 'mapping "copy" makes a User, this rule a Contact: say the same'),
    ],
)  # fmt: skip
def test_a_category_that_does_not_fit_is_told(home, before, after, told):
    (home.home / "keepstep.yaml").write_text(CONFIG.replace(before, after), encoding="utf-8")
    assert told in home.bad("config", "check")
