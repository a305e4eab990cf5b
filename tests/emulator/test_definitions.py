"""Tags and custom attributes (reference sections 3.5 and 3.6)."""

import pytest

from keepstep.emulator import ManualClock
from tests.emulator.door import ATTRIBUTES, PERSONS, TAGS, Door, opened


async def test_a_tag_is_created_once_in_any_case(door: Door):
    created = await door.call("POST", TAGS, {"name": "Staff"})
    assert (created.status, created.body["name"]) == (200, "Staff")
    assert created.body.keys() == {"createdAt", "modifiedAt", "id", "name"}
    again = await door.call("POST", TAGS, {"name": "STAFF"})
    assert (again.status, again.body) == (400, {"value": 40002, "message": "Duplicate"})
    assert (await door.call("GET", f"{TAGS}/sTaff")).body == created.body
    assert (await door.call("GET", f"{TAGS}/other")).status == 404


@pytest.mark.parametrize("name", ["", " ", None, 7, "x" * 257])
async def test_a_tag_needs_a_name(door: Door, name: object):
    assert (await door.call("POST", TAGS, {"name": name})).status == 400


async def test_tags_are_listed_in_pages_bare_or_in_an_envelope():
    async with opened() as door:
        for name in ("b", "a", "c"):
            await door.call("POST", TAGS, {"name": name})
        listed = await door.call("GET", TAGS, query={"limit": "2", "page": "1"})
        assert [tag["name"] for tag in listed.body] == ["a", "b"]
        last = await door.call("GET", TAGS, query={"limit": "2", "page": "2", "orderBy": "name:asc"})
        assert [tag["name"] for tag in last.body] == ["c"]
    async with opened("tags_envelope=tags") as door:
        door.emulator.define_tag("a")
        body = (await door.call("GET", TAGS, query={"includeTotalCount": "true"})).body
        assert (body["totalCount"], [tag["name"] for tag in body["tags"]]) == (1, ["a"])


async def test_people_are_tagged_and_untagged_by_query(door: Door):
    await door.create(externalId="g1", tags=["Old"])
    door.emulator.define_tag("New tag/2")
    people = {"people": [{"query": {"type": "EXTERNAL_ID", "identifier": name}} for name in ("g1", "unknown")]}
    path = f"{TAGS}/New%20tag%2F2/persons"
    assert (await door.call("PATCH", path, people)).status == 200
    assert (await door.get("EXTERNAL_ID", "g1")).body["tags"] == ["Old", "New tag/2"]
    assert (await door.call("DELETE", path, people)).status == 200
    assert (await door.get("EXTERNAL_ID", "g1")).body["tags"] == ["Old"]
    assert (await door.call("PATCH", f"{TAGS}/unknown/persons", people)).status == 404
    outcomes = [[item["outcome"] for item in entry["items"]] for entry in door.emulator.requests() if entry["items"]]
    assert outcomes[1:3] == [["updated", "refused"], ["updated", "refused"]]


async def test_deleting_a_tag_takes_it_from_everybody():
    clock = ManualClock()
    async with opened(clock=clock) as door:
        await door.create(externalId="g1", tags=["Staff", "Other"])
        clock.advance(60)
        assert (await door.call("DELETE", f"{TAGS}/staff")).status == 200
        person = (await door.get("EXTERNAL_ID", "g1")).body
        assert person["tags"] == ["Other"]
        assert person["modifiedAt"] > person["createdAt"]
        assert (await door.call("DELETE", f"{TAGS}/staff")).status == 404


async def test_a_custom_attribute_is_defined_once_and_listed(door: Door):
    created = await door.call("POST", ATTRIBUTES, {"name": "Department", "dataType": "STRING"})
    assert (created.status, created.body["dataType"]) == (200, "STRING")
    again = await door.call("POST", ATTRIBUTES, {"name": "department", "dataType": "DATE"})
    assert (again.status, again.body) == (400, {"value": 40002, "message": "Duplicate"})
    listed = await door.call("GET", ATTRIBUTES, query={"includeTotalCount": "true", "limit": "1000"})
    assert (listed.body["totalCount"], listed.body["customAttributes"]) == (1, [created.body])
    assert (await door.call("GET", f"{ATTRIBUTES}/DEPARTMENT")).body == created.body


@pytest.mark.parametrize(
    "body",
    [
        {"name": "A"},
        {"name": "A", "dataType": "TEXT"},
        {"name": "A{}", "dataType": "STRING"},
        {"name": "", "dataType": "STRING"},
        {"name": "A", "dataType": "LIST_OF_OBJECTS"},
        {"name": "A", "dataType": "LIST_OF_OBJECTS", "objectSchema": {"x": "LIST_OF_OBJECTS"}},
        [],
    ],
)
async def test_a_wrong_definition_is_400(door: Door, body: object):
    assert (await door.call("POST", ATTRIBUTES, body)).status == 400


async def test_deleting_a_definition_takes_its_values_away(door: Door):
    door.emulator.define_attribute("Department")
    await door.create(externalId="g1", customAttributes={"Department": "Finance"})
    assert (await door.call("DELETE", f"{ATTRIBUTES}/Department")).status == 200
    assert "customAttributes" not in (await door.get("EXTERNAL_ID", "g1")).body
    body = {"externalId": "g2", "customAttributes": {"Department": "Finance"}}
    assert (await door.call("POST", PERSONS, body)).status == 400


async def test_an_item_is_appended_to_a_list_attribute(door: Door):
    door.emulator.define_attribute("Cars", "LIST_OF_OBJECTS", {"make": "STRING"})
    door.emulator.define_attribute("Plain")
    await door.create(externalId="g1")
    query = {"type": "EXTERNAL_ID", "identifier": "g1"}
    await door.call("POST", f"{ATTRIBUTES}/Cars/append", {"make": "Aero"}, query=query)
    answer = await door.call("POST", f"{ATTRIBUTES}/Cars/append", {"make": "Volta"}, query=query)
    assert answer.body == [{"make": "Aero"}, {"make": "Volta"}]
    assert (await door.call("POST", f"{ATTRIBUTES}/Cars/append", {"color": 1}, query=query)).status == 400
    assert (await door.call("POST", f"{ATTRIBUTES}/Plain/append", {"make": "x"}, query=query)).status == 400
