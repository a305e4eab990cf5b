"""What a configuration file may say, and how every mistake in it is told."""

import pytest

from keepstep.connectors.rest.preset import application_of
from keepstep.core.configuration import Configuration
from keepstep.errors import ConfigurationError
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand

GOOD = """\
version: 1
connections:
  corp: {kind: ldif, file: corp.ldif}
  infobip:
    kind: rest
    base_url: https://xyz.api.infobip.example
    authorization: {type: basic, username: keepstep, password: {secret: infobip}}
mappings:
  staff-to-persons:
    into: infobip.persons
    rows:
      externalId: "{{ objectGUID }}"
      email: {from: "{{ mail }}", when_empty: skip}
rules:
  staff:
    source: corp.users
    target: infobip.persons
    mapping: staff-to-persons
    correlate: [[externalId, objectGUID]]
    reactions: {source_deleted: delete}
"""


def understood(text: str) -> Configuration:
    return understand(parse(text, name="keepstep.yaml"), application_of)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        understood(text)
    return caught.value.message.split("\n")


def test_a_good_configuration_is_understood():
    configuration = understood(GOOD)
    assert list(configuration.connections) == ["corp", "infobip"]
    assert configuration.rules["staff"].source_side.connection == "corp"
    assert configuration.mappings["staff-to-persons"].row("email").when_empty == "skip"


def test_a_task_that_reads_what_its_mapping_writes_is_told_at_its_place():
    task = "trigger: {every: 1h}, task: create, mapping: staff-to-persons, correlate: [[email, mail]]"
    told = mistakes(f"{GOOD}automations:\n  hire: {{{task}, source: infobip.persons}}\n")
    assert any('mapping "staff-to-persons" writes infobip.persons: name the side whose records' in one for one in told)
    assert "hire" in understood(f"{GOOD}automations:\n  hire: {{{task}, source: corp.users}}\n").automations


def test_empty_sections_are_taken_for_nothing():
    assert understood("version: 1\nconnections:\nmappings:\nrules:\n").connections == {}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("kind: ldif, file", "kind: ldif, fille", '3:22: unknown key "fille" in connections.corp; did you mean "file"?'),
        ("file: corp.ldif", "fil: corp.ldif", '3:3: key "file" is missing in connections.corp'),
        ("kind: rest", "kind: resst", '5:11: connections.infobip.kind must be one of rest, active_directory, ldap, ldif, table; did you mean "rest"?'),
        ("https://xyz", "xyz", "6:15: connections.infobip.base_url must be an address such as https://xyz.api.infobip.com"),
        ("type: basic", "type: basik", '7:27: connections.infobip.authorization.type must be one of none, basic, api_key, bearer, session, oauth2, oauth2_code, token; did you mean "basic"?'),
        ("when_empty: skip", "when_empty: skipp", "13:47: mappings.staff-to-persons.rows.email.when_empty must be one of keep, clear, skip"),
        ('from: "{{ mail', 'frm: "{{ mail', '13:15: unknown key "frm" in mappings.staff-to-persons.rows.email; did you mean "from"?'),
        ('{{ objectGUID }}"', '{{ objectGUID }}"\n      phone: 12', "13:14: mappings.staff-to-persons.rows.phone must be text; put it in quotes"),
        ("mapping: staff-to-persons", "mapping: staff-to-person", '18:14: there is no mapping "staff-to-person"; did you mean "staff-to-persons"?'),
        ("source: corp.users", "source: crop.users", '16:13: there is no connection "crop"; did you mean "corp"?'),
        ("source: corp.users", "source: corp.user", '16:13: connection "corp" has no objects "user"; did you mean "users"?'),
        ("source: corp.users", "source: users", "16:13: rules.staff.source must name a side as connection.objects, such as corp.users"),
        ("    into: infobip.persons", "    into: corp.users", '18:14: mapping "staff-to-persons" is into corp.users, the target of this rule is infobip.persons'),
        ("[[externalId, objectGUID]]", "[[externalId]]", "19:17: rules.staff.correlate.0 must hold two names: [target attribute, source attribute]"),
        ("[[externalId, objectGUID]]", "[]", "19:16: rules.staff.correlate must not be empty"),
        ("source_deleted: delete", "source_delete: delete", '20:17: rules.staff.reactions.source_delete: there is no such name here; did you mean "source_deleted"?'),
        ("source_deleted: delete", "unmatched: delete", "15:3: rules.staff is not right: reaction delete does not fit unmatched"),
        ("source_deleted: delete}", "}\n    guards: {delete: {percent: 500}}", "21:32: rules.staff.guards.delete.percent must be less than or equal to 100"),
        ("version: 1", "version: 2", "1:10: version must be 1"),
        ("rules:", "policies: {}\nrules:", '14:1: unknown key "policies" in the configuration'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(before, after, told):
    assert before in GOOD
    found = mistakes(GOOD.replace(before, after, 1))
    assert any(f"keepstep.yaml:{told}" in line for line in found), found


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    text = (
        GOOD.replace("corp.ldif}", "corp.ldif, enabled: perhaps}")
        .replace("type: basic", "type: b")
        .replace("into:", "in:")
    )
    places = [tuple(map(int, line.split(":")[1:3])) for line in mistakes(text)]
    assert len(places) >= 4
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2", "keepstep.yaml:2:2: while parsing a flow sequence, expected ',' or ']', but got ':'"),
        ("a: b: c", "keepstep.yaml:1:5: mapping values are not allowed here"),
        ("a: 1\n\tb: 2", "keepstep.yaml:2:1:"),
        ("a: *nobody", "keepstep.yaml:1:4: found undefined alias"),
        ("a: \x01", "keepstep.yaml:1:4: this character cannot stand in YAML"),
        ("--- a\n--- b\n", "keepstep.yaml:2:1: expected a single document"),
        ("", "keepstep.yaml is empty"),
        ("version: 1\nversion: 1", 'keepstep.yaml:2:1: key "version" stands here twice; first in line 1'),
        ("a: {{ mail }}", "keepstep.yaml:1:5: a key must be a text; put quotes around a {{ macro }}"),
        ("a: &x {b: 1}\nc: {<<: *x}", "keepstep.yaml:2:5: merge keys are not used here"),
        ("a: !!python/object:os.system ls", "keepstep.yaml:1:4: tags that begin with ! are not used here"),
        ("a: &x [*x]", "grows too large or too deep"),
        ("[" * 3000, "keepstep.yaml:1:1: it is nested too deeply"),
    ],
)
def test_malformed_yaml_is_told_with_line_and_column(text, told):
    with pytest.raises(ConfigurationError) as caught:
        parse(text, name="keepstep.yaml")
    assert told in caught.value.message


def test_anchors_cannot_make_a_small_file_large():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ConfigurationError, match="grows too large"):
        parse("\n".join(levels), name="keepstep.yaml")


def test_text_that_looks_like_something_else_stays_text_in_quotes():
    data = parse("a: '0042'\nb: no\nc: 0x10\nd: 1e3\ne: true\nf: 7\ng: ~", name="x").data
    assert data == {"a": "0042", "b": "no", "c": "0x10", "d": 1000.0, "e": True, "f": 7, "g": None}


MORE = (
    GOOD
    + """\
variables: {office: Zagreb}
tables:
  departments: {values: {HR: Human Resources}, default: keep}
"""
)


def test_variables_and_tables_are_what_macros_read_beside_a_record():
    context = understood(MORE).macro_context
    assert context.values() == {"env.office": ("Zagreb",)}
    assert context.tables["departments"].look_up("HR") == "Human Resources"
    assert context.tables["departments"].look_up("IT") == "IT"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("{{ mail }}", "{{ env.ofice }}", '13:14: unknown name "env.ofice" in mappings.staff-to-persons.rows.email, column 4; did you mean "env.office"?'),
        ("{{ mail }}", "{{ mail | map('department') }}", '13:14: there is no table "department" in mappings.staff-to-persons.rows.email, column 11; did you mean "departments"?'),
        ("office: Zagreb", "off.ice: Zagreb", "21:13: variables.off.ice: a name has letters, digits, - and _ only"),
        ("office: Zagreb", "office: 7", "21:21: variables.office must be text; put it in quotes"),
        ("values: {HR: Human Resources}, ", "", '23:3: key "values" is missing in tables.departments'),
        ("values: {HR: Human Resources}", "values: {HR: a, hr: b}, ignore_case: true", '23:3: tables.departments is not right: "HR" and "hr" are one value where letter case is ignored'),
    ],
)  # fmt: skip
def test_mistakes_about_variables_and_tables_have_their_place(before: str, after: str, told: str):
    assert mistakes(MORE.replace(before, after))[0].split("keepstep.yaml:")[1].startswith(told)


PROVED = """\
version: 1
connections:
  hr:
    kind: rest
    preset: plain
    base_url: https://hr.example/api
    authorization: {type: bearer, token: {secret: hr}}
    headers:
      X-Tenant: corp
    endpoints:
      list-users:
        url: "{base_url}/users"
        headers: {X-Site: Zagreb}
"""
KEY = "type: api_key, header: X-Key, key"
QUERY_KEY = "type: api_key, place: query, param: X-Key, key"
OAUTH = "type: oauth2, client_id: a, header: X-Key, client_secret"


@pytest.mark.parametrize(
    ("authorization", "header", "told"),
    [
        ("type: bearer, token", "X-Tenant", ""),
        ("type: bearer, token", "authorization", "9:7: connections.hr.headers.authorization is never sent"),
        ("type: session, username: a, password", "Authorization", "9:7: connections.hr.headers.Authorization is never"),
        ("type: basic, username: a, password", "AUTHORIZATION", "9:7: connections.hr.headers.AUTHORIZATION is never"),
        (KEY, "x-key", "9:7: connections.hr.headers.x-key is never sent: the authorization of the connection fills"),
        (KEY, "Authorization", ""),
        (QUERY_KEY, "X-Key", ""),
        (QUERY_KEY, "Authorization", ""),
        (OAUTH, "X-KEY", "9:7: connections.hr.headers.X-KEY is never sent"),
    ],
)
@pytest.mark.parametrize("before", ["X-Tenant", "X-Site"])
def test_a_header_that_the_authorization_replaces_is_told(before: str, authorization: str, header: str, told: str):
    text = PROVED.replace("type: bearer, token", authorization).replace(before, header)
    if not told:
        assert list(understood(text).connections) == ["hr"]
        return
    if before == "X-Site":
        told = told.replace("9:7: connections.hr.", "13:19: connections.hr.endpoints.list-users.")
    (found,) = mistakes(text)
    assert found.split("keepstep.yaml:")[1].startswith(told)


def test_a_header_of_a_webhook_that_the_authorization_replaces_is_told_too():
    text = PROVED.replace("endpoints:", "webhooks:").replace("X-Site", "Authorization")
    (found,) = mistakes(text)
    assert "connections.hr.webhooks.list-users.headers.Authorization is never sent" in found
    other = text.replace("list-users:", "list-users:\n        authorization: none")
    assert list(understood(other).connections) == ["hr"]


DIRECTORY = """\
version: 1
connections:
  corp:
    kind: active_directory
    url: ldaps://dc1.corp.example
    base: DC=corp,DC=example
    bind: {method: simple, user: svc, password: {secret: ad}}
    new_accounts:
      password:
        length: 14
"""

PLACE = "connections.corp.new_accounts"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("length: 14", "lenght: 14", f'10:9: unknown key "lenght" in {PLACE}.password; did you mean "length"?'),
        ("length: 14", "length: 8", f"10:17: {PLACE}.password.length must be greater than or equal to 12"),
        (
            "length: 14",
            "digits: 30",
            f"10:9: {PLACE}.password: 24 characters cannot hold the 33 that the kinds ask for",
        ),
        (
            "length: 14",
            'format: "Start-{{ sn }}"',
            f"10:17: {PLACE}.password.format: who knows the person can guess it: use {{{{ random }}}} in it",
        ),
        (
            "length: 14",
            'format: "{{ random | slic(0, 9) }}"',
            f'10:17: unknown function "slic" in {PLACE}.password.format',
        ),
        (
            "password:\n        length",
            "password_length: 30\n      password:\n        length",
            f"9:7: {PLACE}.password_length: the length stands in password.length already",
        ),
        ("password:\n        length: 14", "deliver: mail", f"9:16: {PLACE}.deliver must be one of none, sealed"),
        (
            "password:\n        length: 14",
            "deliver_days: 0",
            f"9:21: {PLACE}.deliver_days must be greater than or equal",
        ),
        (
            "    base:",
            "    global_catalog: dc1\n    base:",
            "6:21: connections.corp.global_catalog must be an address such as ldaps://dc1.corp.example",
        ),
    ],
)
def test_every_mistake_about_new_accounts_is_told_at_its_place(before, after, told):
    assert before in DIRECTORY
    (mistake,) = mistakes(DIRECTORY.replace(before, after, 1))
    assert told in mistake


def test_an_ldif_file_takes_no_passwords():
    text = GOOD.replace("file: corp.ldif", "file: corp.ldif, new_accounts: {password: {length: 14}, deliver: sealed}")
    told = mistakes(text)
    assert [one.partition(" ")[2] for one in told] == [
        "connections.corp.new_accounts.password: an LDIF file holds no passwords",
        "connections.corp.new_accounts.deliver: an LDIF file holds no passwords",
    ]
