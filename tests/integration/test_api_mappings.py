"""Mappings over the API: what a side offers, and what a draft makes of real people before it is saved."""

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home) as world:
        yield world


def test_a_side_tells_what_it_offers_and_why_some_of_it_cannot_be_written(world):
    ana = world.operator("ana", "administrator")
    offered = {one["name"]: one for one in ana.get("/connections/corp/fields", objects="users")}
    assert offered["givenName"]["writable"]
    assert "directory" in offered["objectGUID"]["why_not"]
    ana.bad(404, "GET", "/connections/nowhere/fields")


def test_a_draft_is_tried_on_real_people_before_it_is_saved(world):
    ana = world.operator("ana", "administrator")
    draft = {
        "into": "infobip.persons",
        "rows": {"firstName": "{{ givenName | upper }}", "externalId": "{{ objectGUID }}"},
    }
    asked = {"rule": "staff", "mapping": draft, "people": ["ivan.horvat@corp.example"]}
    (person,) = ana.good("POST", "/mapping-previews", asked)
    assert person["attributes"]["firstName"] == ["IVAN"]
    wrong = {**draft, "rows": {"firstName": "{{ giveName }}"}}
    assert "givenName" in ana.bad(400, "POST", "/mapping-previews", {**asked, "mapping": wrong})["detail"]
    tried = ana.good(
        "POST",
        "/format-previews",
        {"connection": "corp", "objects": "users", "written": "{{ sn | lower }}", "limit": 1},
    )
    assert len(tried["people"]) == 1


def test_whoever_reaches_only_some_people_previews_nobody(world, company):  # noqa: F811 - the fixture
    text = world.store.kept.text()
    role = 'roles:\n  sales:\n    rights: [read_people]\n    connections: all\n    rules: all\n    within: ["OU=Sales,DC=corp,DC=example"]\n'
    company.home.joinpath("keepstep.yaml").write_text(text + role, encoding="utf-8")
    tea = world.operator("tea", "sales")
    tea.bad(403, "POST", "/mapping-previews", {"rule": "staff"})
    auditor = world.operator("aldo", "auditor")
    assert len(auditor.good("POST", "/mapping-previews", {"rule": "staff", "limit": 3})) == 3
    auditor.bad(403, "POST", "/mapping-previews", {"rule": "staff", "mapping": {"into": "infobip.persons", "rows": {}}})


def test_a_mapping_that_no_rule_uses_is_tried_from_one_side_into_another(world, company):  # noqa: F811 - the fixture
    text = world.store.kept.text()
    spare = "mappings:\n  spare: {into: infobip.persons, rows: {lastName: '{{ sn | upper }}'}}"
    company.home.joinpath("keepstep.yaml").write_text(text.replace("mappings:", spare, 1), encoding="utf-8")
    between = {"source": "corp.users", "target": "infobip.persons", "people": ["ivan.horvat@corp.example"]}
    auditor = world.operator("aldo", "auditor")
    (person,) = auditor.good("POST", "/mapping-previews", {**between, "mapping": "spare"})
    assert person["attributes"] == {"lastName": ["HORVAT"]}
    assert "spare" in auditor.bad(404, "POST", "/mapping-previews", {**between, "mapping": "spar"})["detail"]
    draft = {"into": "infobip.persons", "rows": {"firstName": "{{ givenName | lower }}"}}
    auditor.bad(403, "POST", "/mapping-previews", {**between, "mapping": draft})
    ana = world.operator("ana", "administrator")
    (person,) = ana.good("POST", "/mapping-previews", {**between, "mapping": draft})
    assert person["attributes"] == {"firstName": ["ivan"]}
    # a name that a side does not have, and a mapping that is into another side, are refused in words
    wrong = {**draft, "rows": {"firstName": "{{ giveName }}"}}
    assert "givenName" in ana.bad(400, "POST", "/mapping-previews", {**between, "mapping": wrong})["detail"]
    elsewhere = {**between, "target": "corp.users", "mapping": draft}
    assert "infobip.persons" in ana.bad(400, "POST", "/mapping-previews", elsewhere)["detail"]
    ana.bad(404, "POST", "/mapping-previews", {**between, "source": "nowhere.users", "mapping": draft})


def test_a_preview_needs_either_a_rule_or_both_sides_and_a_mapping(world):
    ana = world.operator("ana", "administrator")
    sides = {"source": "corp.users", "target": "infobip.persons"}
    for asked in ({}, sides, {"source": "corp.users", "mapping": "staff-to-persons"}, {"rule": "staff", **sides}):
        assert ana.bad(422, "POST", "/mapping-previews", asked)["errors"]


def test_a_side_that_is_not_reached_is_no_end_of_a_preview(world, company):  # noqa: F811 - the fixture
    role = "roles:\n  here:\n    rights: [read_people]\n    connections: [corp]\n    rules: all\n"
    company.home.joinpath("keepstep.yaml").write_text(world.store.kept.text() + role, encoding="utf-8")
    tea = world.operator("tea", "here")
    asked = {"source": "corp.users", "target": "infobip.persons", "mapping": "staff-to-persons"}
    tea.bad(403, "POST", "/mapping-previews", asked)
