"""Roles over the API: told in words, with what they can name."""

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture

DESK = {
    "rights": ["read_people", "change_accounts"],
    "connections": ["corp"],
    "within": ["OU=Sales,DC=corp,DC=example"],
    "changes": ["set"],
    "attributes": ["title"],
}


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home) as world:
        yield world


def saved(client, *changes):
    etag = client.get("/configuration/document")["etag"]
    return client.good("PATCH", "/configuration", {"changes": list(changes)}, If_Match=etag)


def test_a_draft_is_told_in_the_words_that_the_role_has_once_it_is_saved(world):
    ana = world.operator("ana", "administrator")
    told = ana.good("POST", "/role-words", {"role": DESK})["words"]
    assert "Of attributes, writes only title." in told
    saved(ana, {"path": ["roles", "desk"], "value": DESK})
    (role,) = (one for one in ana.get("/roles") if one["name"] == "desk")
    assert (role["words"], role["built_in"]) == (told, False)


def test_a_draft_that_is_no_role_is_refused_with_its_field(world):
    ana = world.operator("ana", "administrator")
    bad = ana.bad(400, "POST", "/role-words", {"role": {**DESK, "rights": ["fly"]}})
    assert bad["errors"][0]["field"].startswith("rights")
    ana.bad(400, "POST", "/role-words", {"role": {**DESK, "rights": []}})


def test_what_a_role_can_name_is_what_is_configured(world):
    found = world.operator("ana", "administrator").get("/role-choices")
    assert {"corp", "infobip"} <= set(found["connections"])
    assert found["rules"] == ["staff"]
    assert {"set", "move", "create", "delete"} <= set(found["changes"])
    assert "externalId" in found["attributes"]


def test_whoever_may_not_see_the_configuration_is_told_no_draft_and_no_choices(world):
    world.operator("ana", "administrator")
    reader = world.operator("tess", "technician")
    reader.bad(403, "POST", "/role-words", {"role": DESK})
    reader.bad(403, "GET", "/role-choices")
    assert "May apply a plan." not in next(one for one in reader.get("/roles") if one["name"] == "auditor")["words"]


def test_a_role_of_a_group_stays_and_one_of_an_operator_goes_with_what_it_allowed(world):
    ana = world.operator("ana", "administrator")
    group = {"group": "CN=Desk,DC=corp,DC=example", "roles": ["desk"]}
    saved(ana, {"path": ["roles", "desk"], "value": DESK}, {"path": ["sign_in", "delegations"], "value": [group]})
    gone = {"path": ["roles", "desk"], "remove": True}
    bad = ana.bad(400, "PATCH", "/configuration", {"changes": [gone]}, If_Match=ana.get("/configuration")["etag"])
    assert 'no role "desk"' in bad["detail"]
    bo = world.operator("bo", "desk")
    assert bo.get("/session")["rights"]
    saved(ana, {"path": ["sign_in"], "remove": True}, gone)
    assert bo.get("/session")["rights"] == []
