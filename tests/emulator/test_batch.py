"""Batch calls of v2, and match (reference section 3.3, section 11 lines 6 and 7)."""

import pytest

from tests.emulator.door import BATCH, MATCH, Door, email, opened, phone


def by_external(identifier: str) -> dict[str, object]:
    return {"query": {"type": "EXTERNAL_ID", "identifier": identifier}}


async def test_a_batch_create_lists_failures_only_and_keeps_the_rest(door: Door):
    people = [
        {"externalId": "g1", "contactInformation": email("a@example.org")},
        {"externalId": "g2", "contactInformation": email("A@example.org")},
        {"externalId": "g3", "gender": "x"},
        "nonsense",
    ]
    answer = await door.call("POST", BATCH, {"people": people})
    assert answer.status == 207
    assert [(r["index"], r["status"]) for r in answer.body["results"]] == [(1, 409), (2, 400), (3, 400)]
    assert answer.body["results"][0]["errors"] == [{"message": "Destination(email) A@example.org already exists."}]
    assert door.emulator.count == 1


async def test_a_batch_without_failures_is_200_with_empty_results(door: Door):
    answer = await door.call("POST", BATCH, {"people": [{"externalId": "g1"}]})
    assert (answer.status, answer.body) == (200, {"results": []})


async def test_a_batch_update_patches_and_names_nobody_with_409(door: Door):
    await door.create(externalId="g1", tags=["Staff"], contactInformation=email("a@example.org"))
    people = [
        {
            **by_external("g1"),
            "update": {"city": "Zadar", "tags": ["New"], "contactInformation": email("b@example.org")},
        },
        {**by_external("unknown"), "update": {"city": "Zadar"}},
        {"update": {}},
        {**by_external("g1")},
    ]
    answer = await door.call("PATCH", BATCH, {"people": people})
    assert [r["status"] for r in answer.body["results"]] == [409, 400, 400]
    assert answer.body["results"][0] == {
        **by_external("unknown"),
        "status": 409,
        "errors": [{"message": "There is no person matching the query"}],
        "isModified": False,
    }
    person = (await door.get("EXTERNAL_ID", "g1")).body
    assert (person["city"], person["tags"]) == ("Zadar", ["Staff", "New"])
    assert person["contactInformation"] == email("a@example.org", "b@example.org")


async def test_a_batch_delete_removes_the_known_and_reports_the_unknown(door: Door):
    await door.create(externalId="g1")
    answer = await door.call("DELETE", BATCH, {"people": [by_external("g1"), by_external("g1")]})
    assert answer.status == 207
    assert [r["status"] for r in answer.body["results"]] == [409]
    assert door.emulator.count == 0


@pytest.mark.parametrize(
    ("rule", "good", "mixed"), [("mixed", 200, 207), ("always-200", 200, 200), ("always-207", 207, 207)]
)
async def test_the_status_of_a_batch_follows_its_rule(rule: str, good: int, mixed: int):
    async with opened(f"batch_status={rule}") as door:
        assert (await door.call("POST", BATCH, {"people": [{"externalId": "g1"}]})).status == good
        assert (await door.call("POST", BATCH, {"people": [{"externalId": "g1"}]})).status == mixed


async def test_batch_results_list_every_item_when_the_rule_says_so():
    async with opened("batch_results=all") as door:
        await door.create(externalId="g1")
        answer = await door.call("PATCH", BATCH, {"people": [{**by_external("g1"), "update": {"city": "Split"}}]})
        assert answer.body["results"] == [{**by_external("g1"), "status": 200, "isModified": True}]


async def test_more_than_1000_items_are_refused_as_a_whole_unless_the_rule_says_otherwise():
    people = {"people": [{"externalId": f"g{n}"} for n in range(1001)]}
    async with opened() as door:
        assert (await door.call("POST", BATCH, people)).status == 400
        assert door.emulator.count == 0
        people["people"].pop()
        assert (await door.call("POST", BATCH, people)).status == 200
    async with opened("over_limit=accept") as door:
        assert (
            await door.call("POST", BATCH, {"people": [{"externalId": f"g{n}"} for n in range(1001)]})
        ).status == 200


async def test_match_answers_ids_of_the_known_once(door: Door):
    person = await door.create(externalId="g1", contactInformation={**email("a@example.org"), **phone("999100000001")})
    identities = [
        {"type": "EMAIL", "identifier": "A@example.org"},
        {"type": "EXTERNAL_ID", "identifier": "g1"},
        {"type": "EXTERNAL_ID", "identifier": "g1"},
        {"type": "EXTERNAL_ID", "identifier": "unknown"},
    ]
    answer = await door.call("POST", MATCH, {"identities": identities})
    assert answer.body == {
        "matches": [
            {"type": "EMAIL", "identifier": "A@example.org", "personId": person["id"]},
            {"type": "EXTERNAL_ID", "identifier": "g1", "personId": person["id"]},
        ]
    }


async def test_a_match_without_identities_is_400(door: Door):
    for body in ({}, {"identities": [1]}, {"identities": [{"type": "NONSENSE", "identifier": "1"}]}):
        assert (await door.call("POST", MATCH, body)).status == 400
