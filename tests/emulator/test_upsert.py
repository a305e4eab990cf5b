"""v3 upsert and merge (reference section 3.4, section 11 line 8)."""

import pytest

from tests.emulator.door import MERGE, UPSERT, Answer, Door, email, opened, phone, v3


async def put(door: Door, *persons: object) -> Answer:
    return await door.call("PUT", UPSERT, {"persons": list(persons)})


async def patch(door: Door, *persons: object) -> Answer:
    return await door.call("PATCH", UPSERT, {"persons": list(persons)})


def statuses(answer: Answer) -> list[str]:
    return [result["status"] for result in answer.body["results"]]


async def test_upsert_creates_updates_and_says_when_nothing_changed(door: Door):
    mira = v3(externalId="g1", firstName="Mira", email="mira@example.org", phone="999100000001")
    first = await put(door, mira)
    assert (first.status, statuses(first), first.body["errors"]) == (207, ["CREATED"], [])
    assert statuses(await put(door, mira)) == ["NOT_MODIFIED"]
    assert statuses(await patch(door, {"externalId": "g1", "lastName": "Kovac"})) == ["UPDATED"]
    assert statuses(await patch(door, {"externalId": "g1", "lastName": "Kovac"})) == ["NOT_MODIFIED"]
    person = (await door.get("EXTERNAL_ID", "g1")).body
    assert (person["id"], person["firstName"], person["lastName"]) == (first.body["results"][0]["id"], "Mira", "Kovac")


async def test_item_errors_carry_index_and_property_path_and_the_rest_is_done(door: Door):
    answer = await put(
        door,
        v3(externalId="g1"),
        v3(externalId="g2", email="not-an-email"),
        v3(externalId="g3", phone="12"),
        {"externalId": "g4", "contactInformation": [{"identifier": "a@example.org"}]},
        {"externalId": "g5", "contactInformation": [{"type": "LINE", "identifier": "x"}]},
        {"firstName": "Nobody"},
        "nonsense",
    )
    assert answer.status == 207
    assert [(result["index"], result["status"]) for result in answer.body["results"]] == [(0, "CREATED")]
    assert [(error["index"], error["code"], error["details"][0]) for error in answer.body["errors"]] == [
        (1, 400100, {"property": "persons[1].contactInformation[0].identifier", "message": "Email address is invalid"}),
        (2, 400100, {"property": "persons[2].contactInformation[0].identifier", "message": "Phone number is invalid"}),
        (3, 400100, {"property": "persons[3].contactInformation[0].type", "message": "Must not be null"}),
        (4, 400100, {"property": "persons[4].contactInformation[0].type", "message": "Must be one of EMAIL, PHONE"}),
        (
            5,
            400100,
            {"property": "persons[5]", "message": "A person needs at least one of phone, email or external ID"},
        ),
        (6, 400100, {"property": "persons[6]", "message": "must be an object"}),
    ]


async def test_upsert_put_replaces_and_patch_appends(door: Door):
    await put(door, {**v3(externalId="g1", firstName="Mira", email="a@example.org"), "tags": ["Staff"]})
    await patch(door, {**v3(externalId="g1", email="b@example.org"), "tags": ["New"]})
    person = (await door.get("EXTERNAL_ID", "g1")).body
    assert (person["firstName"], person["tags"]) == ("Mira", ["Staff", "New"])
    assert person["contactInformation"] == email("a@example.org", "b@example.org")
    await put(door, v3(externalId="g1", email="c@example.org"))
    person = (await door.get("EXTERNAL_ID", "g1")).body
    assert person["contactInformation"] == email("c@example.org")
    assert not person.keys() & {"firstName", "tags"}


async def test_upsert_patch_replaces_tags_and_contacts_when_the_rule_says_so():
    async with opened("upsert_patch=replace") as door:
        await put(door, {**v3(externalId="g1", email="a@example.org"), "tags": ["Staff"]})
        await patch(door, {**v3(externalId="g1", email="b@example.org"), "tags": ["New"]})
        person = (await door.get("EXTERNAL_ID", "g1")).body
        assert (person["tags"], person["contactInformation"]) == (["New"], email("b@example.org"))


async def test_upsert_takes_over_whoever_holds_the_email(door: Door):
    """The trap that a client has to look out for: one shared mail, and the other person is overwritten."""
    other = await door.create(externalId="somebody", firstName="Ivo", contactInformation=email("shared@example.org"))
    answer = await put(door, v3(externalId="g1", firstName="Mira", email="shared@example.org"))
    assert answer.body["results"] == [{"id": other["id"], "index": 0, "status": "UPDATED"}]
    assert (await door.get("EXTERNAL_ID", "somebody")).status == 404


async def two_people(door: Door) -> tuple[int, int]:
    one = await door.create(externalId="g1", contactInformation=email("a@example.org"))
    two = await door.create(externalId="g2", contactInformation=email("b@example.org"))
    return one["id"], two["id"]


async def test_identifiers_of_two_people_are_an_item_conflict(door: Door):
    await two_people(door)
    before = door.emulator.dump()
    answer = await patch(door, v3(externalId="g1", email="b@example.org"))
    assert [error["code"] for error in answer.body["errors"]] == [409100]
    assert door.emulator.dump() == before


@pytest.mark.parametrize(("rule", "winner"), [("external-id-wins", 0), ("first-wins", 1)])
async def test_identifiers_of_two_people_can_have_a_winner_by_rule(rule: str, winner: int):
    async with opened(f"upsert_conflict={rule}") as door:
        ids = await two_people(door)
        answer = await patch(door, v3(externalId="g1", firstName="Mira", email="b@example.org"))
        assert answer.body["results"] == [{"id": ids[winner], "index": 0, "status": "UPDATED"}]
        assert (await door.get("EXTERNAL_ID", "g1")).body["id"] == ids[0]
        assert (await door.get("EMAIL", "b@example.org")).body["id"] == ids[1]


async def test_one_person_twice_in_a_request_is_applied_in_order(door: Door):
    answer = await patch(door, {"externalId": "g1", "city": "Zadar"}, {"externalId": "g1", "city": "Split"})
    assert statuses(answer) == ["CREATED", "UPDATED"]
    assert (await door.get("EXTERNAL_ID", "g1")).body["city"] == "Split"


async def test_one_person_twice_in_a_request_is_refused_when_the_rule_says_so():
    async with opened("upsert_duplicates=refuse") as door:
        answer = await patch(door, {"externalId": "g1", "city": "Zadar"}, {"externalId": "g1", "city": "Split"})
        assert statuses(answer) == ["CREATED"]
        assert [error["code"] for error in answer.body["errors"]] == [409100]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400104),
        ({"persons": {}}, 400104),
        ([], 400103),
        ({"persons": []}, 400100),
        ({"persons": [{}] * 1001}, 400100),
    ],
)
async def test_a_wrong_request_is_400_in_the_v3_shape(door: Door, body: object, code: int):
    answer = await door.call("PUT", UPSERT, body)
    assert (answer.status, answer.body["code"]) == (400, code)


async def test_malformed_json_is_400103(door: Door):
    answer = await door.call("PUT", UPSERT, raw=b'{"persons": [')
    assert (answer.status, answer.body) == (400, {"code": 400103, "message": "Malformed JSON body, wrong syntax"})


async def test_codes_are_text_when_the_rule_says_so():
    async with opened("code_type=text") as door:
        assert (await door.call("PUT", UPSERT, {})).body["code"] == "400104"
        assert (await put(door, v3(email="x"))).body["errors"][0]["code"] == "400100"


async def test_primary_contacts_and_nick_name_stay_hidden_from_v2(door: Door):
    person = v3(externalId="g1", nickName="Mi", phone="999100000001")
    person["contactInformation"][0]["primary"] = True
    assert statuses(await put(door, person)) == ["CREATED"]
    assert statuses(await put(door, person)) == ["NOT_MODIFIED"]
    shown = (await door.get("EXTERNAL_ID", "g1")).body
    assert shown["contactInformation"] == phone("999100000001")
    assert not {name for name in shown if "3" in name or name == "nickName"}
    assert (await door.list()).body["persons"] == [shown]
    kept = (await door.call("GET", "/_emulator/persons", query={"view": "v3"})).body[0]
    assert (kept["nickName"], kept["createdFrom"]) == ("Mi", "API")
    assert kept["contactInformation"] == [{"type": "PHONE", "identifier": "999100000001", "primary": True}]


async def test_merge_folds_everybody_named_into_the_oldest(door: Door):
    one, _ = await two_people(door)
    await door.call("PATCH", UPSERT, {"persons": [{**v3(externalId="g2", city="Zadar"), "tags": ["Staff"]}]})
    request = {
        "externalId": "g1",
        "firstName": "Mira",
        "contactInformation": [{"type": "EMAIL", "identifier": "b@example.org"}],
    }
    answer = await door.call("POST", MERGE, {"persons": [request]})
    assert (answer.status, answer.body["results"]) == (207, [{"id": one, "index": 0}])
    person = (await door.get("EMAIL", "b@example.org")).body
    assert (person["id"], person["externalId"], person["city"], person["firstName"]) == (one, "g1", "Zadar", "Mira")
    assert person["contactInformation"] == email("a@example.org", "b@example.org")
    assert (await door.get("EXTERNAL_ID", "g2")).status == 404
    assert door.emulator.count == 1


async def test_merge_takes_any_channel_and_creates_when_nobody_matches(door: Door):
    channel = {"type": "LINE", "identifier": "user-1", "sender": "app-1"}
    answer = await door.call("POST", MERGE, {"persons": [{"contactInformation": [channel]}]})
    query = {"type": "LINE", "identifier": "user-1", "sender": "app-1"}
    found = await door.call("GET", "/people/2/persons", query=query)
    assert found.body["id"] == answer.body["results"][0]["id"]
    assert found.body["contactInformation"] == {"line": [{"applicationId": "app-1", "userId": "user-1"}]}
