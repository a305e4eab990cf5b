import pytest

from keepstep.connectors.rest.preset import application_of
from keepstep.core.connection import RestConnection
from keepstep.errors import ConfigurationError
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand

OWN = """
version: 1
connections:
  hr:
    kind: rest
    preset: plain
    base_url: https://hr.example/api
    headers: {X-Tenant: corp}
    endpoints:
      list-users: {url: "{base_url}/users", records: users, headers: {x-tenant: other}}
      list-contracts: {url: "{base_url}/contracts"}
      user-detail: {url: "{base_url}/users/{key}"}
    objects:
      users:
        list: list-users
        key: id
        join:
          - {endpoint: list-contracts, key: employeeId}
          - {endpoint: user-detail, each: true}
        attributes:
          mail: emails[].value
          contract: {path: type, of: list-contracts}
"""


def understood(text):
    return understand(parse(text, name="keepstep.yaml"), application_of)


def connection(**options):
    return RestConnection.model_validate({"kind": "rest", "base_url": "https://app.example", **options})


def test_an_application_of_ones_own_needs_no_preset():
    application = application_of(understood(OWN).connections["hr"])
    assert set(application.endpoints) == {"list-users", "list-contracts", "user-detail"}
    users = application.objects["users"]
    assert users.attributes["mail"].path == "emails[].value"
    assert users.attributes["contract"].of == "list-contracts"


def test_static_headers_go_with_every_call_and_an_endpoint_has_the_last_word():
    application = application_of(understood(OWN).connections["hr"])
    assert application.endpoints["list-contracts"].headers == {"X-Tenant": "corp"}
    assert application.endpoints["list-users"].headers == {"x-tenant": "other"}


def test_endpoints_of_a_connection_stand_beside_those_of_its_preset():
    own = {"list-groups": {"url": "{base_url}/groups"}, "list-persons": {"url": "{base_url}/mine"}}
    application = application_of(connection(endpoints=own))
    assert application.endpoints["list-persons"].url == "{base_url}/mine"
    assert "upsert-persons" in application.endpoints
    assert "list-groups" in application.endpoints
    assert application_of(connection()).endpoints["list-persons"].url != "{base_url}/mine"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("list: list-users", "list: list-user", '13:0: .*names endpoint "list-user".*did you mean "list-users"'),
        ("{endpoint: list-contracts", "{endpoint: list-contract", 'did you mean "list-contracts"'),
        ("of: list-contracts", "of: user-details", 'did you mean "user-detail"'),
        ("preset: plain", "preset: plane", 'there is no preset "plane"'),
        ("each: true", "each: true, key: id", "say either key"),
        ("each: true", "each: false", "say either key"),
        ("key: id", "keys: id", 'unknown key "keys".*did you mean "key"'),
        ("users:\n        list", "us.ers:\n        list", "name"),
        ("records: users", "limit: fast", 'limit "fast"'),
        ("https://hr.example", "http://hr.example", "13:0: connections.hr.base_url begins with http"),
    ],
)
def test_what_leads_nowhere_is_named_with_its_place(old, new, told):
    with pytest.raises(ConfigurationError, match=told.replace("13:0: ", r"keepstep.yaml:\d+:\d+: ")):
        understood(OWN.replace(old, new))


def test_a_side_that_the_application_does_not_have_is_named():
    rule = """
rules:
  r: {source: hr.userss, target: hr.users, mapping: m, correlate: [[mail, mail]]}
mappings:
  m: {into: hr.users, rows: {mail: "{{ mail }}"}}
"""
    with pytest.raises(ConfigurationError, match='no objects "userss"; did you mean "users"'):
        understood(OWN + rule)
