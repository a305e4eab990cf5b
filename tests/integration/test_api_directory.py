"""A directory is looked around in over the API: as far as somebody's roles reach, with the other side beside it."""

import json

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture
from tests.integration.test_api_delegation import HEAD, ROLES, person

STAFF = "OU=Staff,DC=corp,DC=example"
SALES = f"OU=Sales,{STAFF}"


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    company.become("last-week")
    with serving(company.home) as world:
        yield world


@pytest.fixture
def divided(company):  # noqa: F811 - the fixture
    company.configure(("rules:", ROLES))
    people = [person(1, "Eva", SALES), person(2, "Boss", f"OU=Board,{SALES}"), person(3, "Ivo", f"OU=IT,{STAFF}")]
    company.home.joinpath("directory.ldif").write_text(HEAD + "".join(people), encoding="utf-8")
    with serving(company.home) as world:
        yield world


def names(page):
    return [one["name"] for one in page["items"]]


def test_people_are_found_by_the_beginnings_of_what_they_are_called(world):
    ana = world.operator("ana", "administrator")
    found = ana.get("/connections/corp/accounts", search="nov la")
    assert names(found) == ["Lana Novak"]
    assert found["more"] is False
    (lana,) = found["items"]
    assert lana["dn"] == f"CN=Lana Novak,{STAFF}"
    assert lana["attributes"]["enabled"] == ["true"]
    everybody = ana.get("/connections/corp/accounts", within=STAFF)
    assert len(everybody["items"]) > 5
    assert names(everybody) == sorted(names(everybody), key=str.casefold)
    some = ana.get("/connections/corp/accounts", limit=2)
    assert (len(some["items"]), some["more"]) == (2, True)
    assert names(ana.get("/connections/corp/accounts", enabled=False)) != names(everybody)


def test_the_tree_is_walked_a_container_at_a_time(world):
    ana = world.operator("ana", "administrator")
    assert ana.get("/connections/corp/units") == [{"dn": "DC=corp,DC=example", "name": "corp"}]
    assert {"dn": STAFF, "name": "Staff"} in ana.get("/connections/corp/units", parent="DC=corp,DC=example")
    assert "outside" in ana.bad(400, "GET", "/connections/corp/units?parent=DC=other")["detail"]
    assert "no name" in ana.bad(400, "GET", "/connections/corp/units?parent=nonsense")["detail"]
    assert "no directory" in ana.bad(400, "GET", "/connections/infobip/units")["detail"]
    ana.bad(404, "GET", "/connections/nowhere/units")


def test_an_account_is_shown_with_the_other_side_attribute_by_attribute(world, company):  # noqa: F811
    ana = world.operator("ana", "administrator")
    (lana,) = ana.get("/connections/corp/accounts", search="lana")["items"]
    shown = ana.get(f"/connections/corp/accounts/{lana['key']}")
    assert shown["attributes"]["sn"] == ["Novak"]
    (seen,) = shown["counterparts"]
    assert (seen["rule"], seen["source"], seen["there"], seen["link"]) == ("staff", True, False, None)
    made_with = {one["attribute"]: one["wanted"] for one in seen["attributes"]}
    assert made_with["lastName"] == ["Novak"]

    company.good("apply", json.loads(company.run("plan", "staff", "--json").stdout)["digest"][:12])
    shown = ana.get(f"/connections/corp/accounts/{lana['key']}")
    (seen,) = shown["counterparts"]
    assert (seen["there"], seen["link"]) == (True, "active")
    assert all(one["same"] for one in seen["attributes"])
    person_key = seen["key"]
    file = company.home / "directory.ldif"
    file.write_text(file.read_text("utf-8").replace("sn: Novak", "sn: Novak-Kos"), "utf-8")
    shown = ana.get(f"/connections/corp/accounts/{lana['key']}")
    different = {one["attribute"]: one["held"] for one in shown["counterparts"][0]["attributes"] if not one["same"]}
    assert different == {"lastName": ["Novak"]}

    other = ana.get(f"/connections/infobip/accounts/{person_key}", objects="persons")
    assert other["name"] == "Lana Novak"
    (seen,) = other["counterparts"]
    assert (seen["source"], (seen["connection"], seen["objects"]), seen["name"]) == (
        False,
        ("corp", "users"),
        "Lana Novak",
    )
    ana.bad(404, "GET", "/connections/corp/accounts/00000000-0000-4000-8000-00000000ffff")


def test_whoever_reaches_one_container_sees_the_way_to_it_and_who_is_in_it(divided):
    tess = divided.operator("tess", "sales-desk")
    assert names(tess.get("/connections/corp/accounts")) == ["Eva"]
    assert names(tess.get("/connections/corp/accounts", search="boss")) == []
    assert [one["name"] for one in tess.get("/connections/corp/units", parent="DC=corp,DC=example")] == ["Staff"]
    assert [one["name"] for one in tess.get("/connections/corp/units", parent=STAFF)] == ["Sales"]
    assert tess.get("/connections/corp/units", parent=SALES) == []
    eva, boss = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2))
    shown = tess.get(f"/connections/corp/accounts/{eva}")
    assert shown["name"] == "Eva"
    assert [one["trouble"] for one in shown["counterparts"]] == ["the other side is not yours to see"]
    hidden = tess.bad(404, "GET", f"/connections/corp/accounts/{boss}")
    missing = tess.bad(404, "GET", f"/connections/corp/accounts/{eva.replace('1', '9')}")
    assert hidden["detail"] == missing["detail"]
    tess.bad(403, "GET", "/connections/infobip/units")
