"""The calls on one person (reference sections 3.1 and 3.2, section 11 lines 2 to 6)."""

import pytest

from keepstep.emulator import ManualClock
from tests.emulator.door import CONTACTS, PERSONS, Door, email, opened, phone


async def test_create_answers_200_with_the_v2_view_and_no_empty_members(door: Door):
    person = await door.create(externalId="g1", firstName="Mira", contactInformation=email("Mira@example.org"))
    assert isinstance(person.pop("id"), int)
    assert person.pop("createdAt") == person.pop("modifiedAt")
    assert person == {
        "externalId": "g1",
        "firstName": "Mira",
        "type": "CUSTOMER",
        "origin": "API",
        "modifiedFrom": "API",
        "contactInformation": {"email": [{"address": "Mira@example.org"}]},
    }


async def test_a_person_is_found_by_every_identifier_and_email_ignores_case(door: Door):
    person = await door.create(
        externalId="G1", contactInformation={**email("mira@example.org"), **phone("999100000001")}
    )
    for kind, identifier in (
        ("ID", person["id"]),
        ("EXTERNAL_ID", "G1"),
        ("EMAIL", "MIRA@Example.ORG"),
        ("PHONE", "999100000001"),
    ):
        assert (await door.get(kind, identifier)).body == person
    assert (await door.get("EXTERNAL_ID", "g1")).status == 404
    for old in ({"email": "mira@example.org"}, {"phone": "999100000001"}, {"externalId": "G1"}):
        assert (await door.call("GET", PERSONS, query=old)).body == person


async def test_a_person_that_is_not_there_is_404_or_what_the_rule_says():
    async with opened() as door:
        answer = await door.get("EXTERNAL_ID", "nobody")
        assert (answer.status, answer.message_id) == (404, "NOT_FOUND")
        for method in ("PUT", "PATCH", "DELETE"):
            query = {"type": "ID", "identifier": "12"}
            assert (await door.call(method, PERSONS, {}, query=query)).status == 404
    async with opened("not_found_status=400") as door:
        assert (await door.get("EXTERNAL_ID", "nobody")).status == 400


@pytest.mark.parametrize(
    "query",
    [
        {"type": "NONSENSE", "identifier": "1"},
        {"type": "ID"},
        {"identifier": "1"},
        {"type": "LINE", "identifier": "1"},
        {"type": "EMAIL", "identifier": ""},
    ],
)
async def test_a_query_that_makes_no_sense_is_400(door: Door, query: dict[str, str]):
    assert (await door.call("GET", PERSONS, query=query)).status == 400


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"externalId": "g1"}, "Destination(externalId) g1 already exists."),
        ({"contactInformation": email("MIRA@example.org")}, "Destination(email) MIRA@example.org already exists."),
        ({"contactInformation": phone("+999100000001")}, "Destination(phone) 999100000001 already exists."),
    ],
)
async def test_a_duplicate_is_400_already_exists_and_nothing_is_kept(door: Door, body: dict, text: str):
    await door.create(externalId="g1", contactInformation={**email("mira@example.org"), **phone("999100000001")})
    answer = await door.call("POST", PERSONS, body)
    assert (answer.status, answer.message_id, answer.text) == (400, "BAD_REQUEST", text)
    assert door.emulator.count == 1


async def test_the_duplicate_answer_has_a_switch_for_status_and_shape():
    async with opened("duplicate_status=409", "duplicate_shape=F") as door:
        await door.create(externalId="g1")
        answer = await door.call("POST", PERSONS, {"externalId": "g1"})
        assert (answer.status, answer.body) == (409, {"value": 40002, "message": "Duplicate"})


async def test_patch_cannot_take_an_identifier_from_somebody_else(door: Door):
    await door.create(externalId="g1", contactInformation=email("a@example.org"))
    await door.create(externalId="g2")
    query = {"type": "EXTERNAL_ID", "identifier": "g2"}
    for method in ("PATCH", "PUT"):
        answer = await door.call(method, PERSONS, {"contactInformation": email("a@example.org")}, query=query)
        assert answer.status == 400
        assert "already exists" in answer.text
    assert "contactInformation" not in (await door.get("EXTERNAL_ID", "g2")).body


async def test_patch_keeps_what_is_absent_and_appends_tags_phones_and_emails(door: Door):
    door.emulator.define_attribute("Department")
    door.emulator.define_attribute("Level", "INTEGER")
    person = await door.create(
        externalId="g1",
        firstName="Mira",
        city="Rijeka",
        tags=["Staff"],
        customAttributes={"Department": "Finance"},
        contactInformation={**email("a@example.org"), **phone("999100000001")},
    )
    change = {
        "city": "Zadar",
        "tags": ["staff", "New"],
        "customAttributes": {"Level": 3},
        "contactInformation": {**email("A@example.org", "b@example.org"), **phone("999100000002")},
    }
    after = await door.call("PATCH", PERSONS, change, query={"type": "ID", "identifier": str(person["id"])})
    assert after.status == 200
    assert after.body["firstName"] == "Mira"
    assert after.body["city"] == "Zadar"
    assert after.body["tags"] == ["Staff", "New"]
    assert after.body["customAttributes"] == {"Department": "Finance", "Level": 3}
    assert after.body["contactInformation"] == {
        "phone": [{"number": "999100000001"}, {"number": "999100000002"}],
        "email": [{"address": "a@example.org"}, {"address": "b@example.org"}],
    }


async def test_put_clears_what_is_absent_and_replaces_the_rest(door: Door):
    door.emulator.define_attribute("Department")
    await door.create(
        externalId="g1",
        firstName="Mira",
        tags=["Staff"],
        customAttributes={"Department": "Finance"},
        contactInformation={**email("a@example.org"), **phone("999100000001")},
    )
    body = {"externalId": "g1", "lastName": "Kovac", "contactInformation": email("b@example.org")}
    after = (await door.call("PUT", PERSONS, body, query={"type": "EXTERNAL_ID", "identifier": "g1"})).body
    kept = {name: after[name] for name in after.keys() - {"id", "createdAt", "modifiedAt"}}
    assert kept == {"type": "CUSTOMER", "origin": "API", "modifiedFrom": "API", **body}
    assert (await door.get("EMAIL", "a@example.org")).status == 404
    assert (await door.get("EMAIL", "b@example.org")).body == after


@pytest.mark.parametrize(("rule", "found"), [("on", 404), ("off", 200)])
async def test_put_without_external_id_clears_it_unless_the_rule_says_otherwise(rule: str, found: int):
    async with opened(f"put_clears_external_id={rule}") as door:
        await door.create(externalId="g1", contactInformation=email("a@example.org"))
        body = {"contactInformation": email("a@example.org")}
        assert (
            await door.call("PUT", PERSONS, body, query={"type": "EMAIL", "identifier": "a@example.org"})
        ).status == 200
        assert (await door.get("EXTERNAL_ID", "g1")).status == found


async def test_contact_information_put_replaces_patch_adds_delete_removes(door: Door):
    await door.create(externalId="g1", contactInformation={**email("a@example.org"), **phone("999100000001")})
    query = {"type": "EXTERNAL_ID", "identifier": "g1"}
    added = await door.call("PATCH", CONTACTS, email("b@example.org"), query=query)
    assert added.body["contactInformation"]["email"] == [{"address": "a@example.org"}, {"address": "b@example.org"}]
    fewer = await door.call("DELETE", CONTACTS, {**email("A@EXAMPLE.org"), **phone("999100000001")}, query=query)
    assert fewer.body["contactInformation"] == email("b@example.org")
    other = await door.call("PUT", CONTACTS, phone("999100000003"), query=query)
    assert other.body["contactInformation"] == phone("999100000003")
    assert (await door.get("EMAIL", "b@example.org")).status == 404


async def test_delete_answers_without_a_body_and_frees_the_identifiers(door: Door):
    person = await door.create(externalId="g1", contactInformation=email("a@example.org"))
    answer = await door.call("DELETE", PERSONS, query={"type": "ID", "identifier": str(person["id"])})
    assert (answer.status, answer.body) == (200, b"")
    again = await door.create(externalId="g1", contactInformation=email("a@example.org"))
    assert again["id"] != person["id"]


async def test_modified_at_moves_on_a_real_change_only():
    clock = ManualClock()
    async with opened(clock=clock) as door:
        query = {"type": "EXTERNAL_ID", "identifier": "g1"}
        first = await door.create(externalId="g1", city="Zadar", tags=["Staff"])
        clock.advance(60)
        same = await door.call("PATCH", PERSONS, {"city": "Zadar", "tags": ["STAFF"]}, query=query)
        assert same.body["modifiedAt"] == first["modifiedAt"]
        other = await door.call("PATCH", PERSONS, {"city": "Split"}, query=query)
        assert other.body["modifiedAt"] > first["modifiedAt"]
        assert other.body["createdAt"] == first["createdAt"]


async def test_modified_at_moves_on_every_write_when_the_rule_says_so():
    clock = ManualClock()
    async with opened("modified_at=write", clock=clock) as door:
        first = await door.create(externalId="g1", city="Zadar")
        clock.advance(60)
        query = {"type": "EXTERNAL_ID", "identifier": "g1"}
        same = await door.call("PATCH", PERSONS, {"city": "Zadar"}, query=query)
        assert same.body["modifiedAt"] > first["modifiedAt"]
        assert (await door.get("EXTERNAL_ID", "g1")).body["modifiedAt"] == same.body["modifiedAt"]


async def test_somebody_elses_edit_shows_as_such(door: Door):
    await door.create(externalId="g1", city="Zadar")
    door.emulator.edit("EXTERNAL_ID", "g1", {"city": "Split"})
    person = (await door.get("EXTERNAL_ID", "g1")).body
    assert (person["city"], person["origin"], person["modifiedFrom"]) == ("Split", "API", "PORTAL")


async def test_a_slash_at_the_end_of_a_path_is_accepted_unless_the_rule_says_otherwise():
    async with opened() as door:
        assert (await door.call("GET", PERSONS + "/")).status == 200
    async with opened("trailing_slash=off") as door:
        assert (await door.call("GET", PERSONS + "/")).status == 404
