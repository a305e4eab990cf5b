"""Lists of persons: paging, order, filters (reference sections 2.3 and 3.2, section 11 line 9)."""

import json

import pytest

from keepstep.emulator import ManualClock
from tests.emulator.door import Answer, Door, email, opened


async def filtered(door: Door, condition: object) -> list[str]:
    answer = await door.list(filter=json.dumps(condition), limit=1000)
    assert answer.status == 200, answer.body
    return [person["externalId"] for person in answer.body["persons"]]


def ids(answer: Answer) -> list[int]:
    return [person["id"] for person in answer.body["persons"]]


async def test_pages_start_at_1_hold_20_and_visit_everybody_once():
    async with opened(people=45) as door:
        pages = [await door.list(**({"page": page} if page > 1 else {})) for page in (1, 2, 3, 4)]
        assert [len(ids(page)) for page in pages] == [20, 20, 5, 0]
        assert [i for page in pages for i in ids(page)] == [person["id"] for person in door.emulator.persons()]
        first = pages[0].body
        assert (first["limit"], first["page"], first["orderBy"], "totalCount" in first) == (
            20,
            1,
            "createdAt:asc",
            False,
        )
        assert (await door.list(includeTotalCount="true")).body["totalCount"] == 45


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 1001}, {"limit": 0}, {"limit": -1}, {"limit": "ten"}, {"page": 0}, {"page": "x"}, {"page": "9" * 30},
        {"orderBy": "id:asc"}, {"orderBy": "createdAt:up"}, {"includeTotalCount": "maybe"}, {"filter": "{"}, {"filter": "[]"},
    ],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_400(door: Door, query: dict[str, object]):
    answer = await door.list(**query)
    assert (answer.status, answer.message_id) == (400, "BAD_REQUEST")


async def test_a_limit_above_1000_is_clamped_when_the_rule_says_so():
    async with opened("page_over_limit=clamp") as door:
        assert (await door.list(limit=5000)).body["limit"] == 1000


async def test_a_bad_filter_is_ignored_when_the_rule_says_so():
    async with opened("bad_filter=ignore", people=3) as door:
        assert len(ids(await door.list(filter="{"))) == 3


async def test_a_list_can_come_as_a_bare_array():
    async with opened("list_envelope=bare", people=3) as door:
        assert [person["id"] for person in (await door.list()).body] == [p["id"] for p in door.emulator.persons()]


async def test_orders_are_as_asked_and_follow_every_write():
    clock = ManualClock()
    async with opened(clock=clock) as door:
        for number, name in enumerate(("Cay", "ana", "Bo")):
            await door.create(externalId=f"g{number}", firstName=name)
            clock.advance(60)

        async def names(order: str) -> list[str]:
            return [person["firstName"] for person in (await door.list(orderBy=order)).body["persons"]]

        assert await names("createdAt:desc") == ["Bo", "ana", "Cay"]
        assert await names("firstName:asc") == ["ana", "Bo", "Cay"]
        assert await names("firstName:DESC") == ["Cay", "Bo", "ana"]
        assert await names("modifiedAt:desc") == ["Bo", "ana", "Cay"]
        door.emulator.edit("EXTERNAL_ID", "g0", {"city": "Zadar"})
        assert await names("modifiedAt:desc") == ["Cay", "Bo", "ana"]
        door.emulator.delete("EXTERNAL_ID", "g1")
        assert await names("createdAt:asc") == ["Cay", "Bo"]
        assert await names("modifiedAt") == ["Bo", "Cay"]


@pytest.fixture
async def staffed(door: Door) -> Door:
    for name, kind in (("Department", "STRING"), ("Level", "INTEGER"), ("Since", "DATE"), ("Cars", "LIST_OF_OBJECTS")):
        door.emulator.define_attribute(name, kind, {"make": "STRING", "color": "STRING"} if name == "Cars" else None)
    cars = [{"make": "Aero", "color": "red"}, {"make": "Volta", "color": "blue"}]
    await door.create(
        externalId="mira", firstName="Mira", lastName="Kovac", tags=["Staff"], contactInformation=email("Mira@example.org"),
        customAttributes={"Department": "Finance", "Level": 3, "Since": "2020-01-31", "Cars": cars},
    )  # fmt: skip
    await door.create(
        externalId="ivo", firstName="Ivo", lastName="Kovacic", tags=["Staffing", "New"], birthDate="1990-05-01",
        customAttributes={"Department": "Sales", "Level": 10, "Since": "2024-01-31"},
    )  # fmt: skip
    await door.create(externalId="ana", firstName="Ana", lastName="Horvat", city="Zadar")
    return door


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"firstName": "Mira"}, ["mira"]),
        ({"#eq": {"firstName": "Mira"}}, ["mira"]),
        ({"#ne": {"firstName": "Mira"}}, ["ivo", "ana"]),
        ({"#startsWith": {"lastName": "Kov"}}, ["mira", "ivo"]),
        ({"#endsWith": {"lastName": "cic"}}, ["ivo"]),
        ({"#contains": {"lastName": "ova"}}, ["mira", "ivo"]),
        ({"#notContain": {"lastName": "ova"}}, ["ana"]),
        ({"#contains": {"tags": "staff"}}, ["mira"]),
        ({"tags": {"#contains": "Staff"}}, ["mira"]),
        ({"#and": [{"#startsWith": {"lastName": "Kov"}}, {"firstName": "Ivo"}]}, ["ivo"]),
        ({"#or": [{"firstName": "Ana"}, {"firstName": "Ivo"}]}, ["ivo", "ana"]),
        ({"lastName": "Horvat", "city": "Zadar"}, ["ana"]),
        ({"customAttributes": {"Department": "Finance"}}, ["mira"]),
        ({"#gt": {"customAttributes": {"Level": 3}}}, ["ivo"]),
        ({"#gte": {"customAttributes": {"Level": 3}}}, ["mira", "ivo"]),
        ({"#lt": {"customAttributes": {"Since": "2021-01-01"}}}, ["mira"]),
        ({"customAttributes": {"Level": {"#lte": 3}}}, ["mira"]),
        ({"contactInformation": {"email": {"address": "mira@EXAMPLE.org"}}}, ["mira"]),
        ({"#endsWith": {"contactInformation": {"email": {"address": "@example.org"}}}}, ["mira"]),
        ({"externalId": "ana"}, ["ana"]),
        ({"externalId": "ANA"}, []),
        ({"#in": {"firstName": ["Ana", "Ivo"]}}, ["ivo", "ana"]),
        ({"#notIn": {"firstName": ["Ana", "Ivo"]}}, ["mira"]),
        ({"#exists": {"city": True}}, ["ana"]),
        ({"city": {"#notExist": True}}, ["mira", "ivo"]),
        ({"#any": {"customAttributes": {"Cars": {"make": "Aero", "color": "red"}}}}, ["mira"]),
        ({"#any": {"customAttributes": {"Cars": {"make": "Aero", "color": "blue"}}}}, []),
        ({"customAttributes": {"Cars": {"#any": {"color": "blue"}}}}, ["mira"]),
        ({"#gt": {"birthDate": "1980-01-01"}}, ["ivo"]),
        ({"#gte": {"modifiedAt": "2000-01-01T00:00:00"}}, ["mira", "ivo", "ana"]),
    ],
)
async def test_filters_find_whom_they_describe(staffed: Door, condition: object, found: list[str]):
    assert await filtered(staffed, condition) == found


@pytest.mark.parametrize(
    "condition",
    [
        {}, {"shoeSize": 9}, {"#what": {"firstName": "x"}}, {"#and": {}}, {"#and": []}, {"#or": [1]}, {"#eq": 1},
        {"#in": {"firstName": "Ana"}}, {"#eq": {"firstName": ["Ana"]}}, {"#gt": {"firstName": "A"}}, {"firstName": {}},
        {"#contains": {"firstName": 1}}, {"#exists": {"city": False}}, {"#any": {"tags": 1}}, {"#any": 1},
        {"contactInformation": {"fax": {"number": "1"}}}, {"firstName": {"#what": 1}},
    ],
)  # fmt: skip
async def test_a_filter_that_cannot_be_understood_is_400(door: Door, condition: object):
    answer = await door.list(filter=json.dumps(condition))
    assert (answer.status, answer.message_id) == (400, "BAD_REQUEST")


async def test_times_cannot_be_filtered_when_the_rule_is_off():
    async with opened("filter_times=off") as door:
        assert (await door.list(filter='{"#gte":{"modifiedAt":"2000-01-01T00:00:00"}}')).status == 400


async def test_a_deeply_nested_filter_is_400(door: Door):
    for text in ('{"#and":[' * 30 + '{"city":"x"}' + "]}" * 30, '{"a":' * 2000 + "1" + "}" * 2000):
        assert (await door.call("GET", "/people/2/persons", query={"filter": text[:6000]})).status == 400
