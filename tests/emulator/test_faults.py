"""Faults by name (section 11 line 11): each does what its row in the table says, to whom it says, as often as it says."""

import json
from typing import Any

import aiohttp
import pytest

from keepstep.emulator import FAULTS, EmulatorError, ManualClock, parse_fault
from tests.emulator.door import BATCH, PERSONS, UPSERT, Door, email, opened, v3


def ids(body: Any) -> list[int]:
    return [person["id"] for person in body["persons"]]


async def page(door: Door, number: int = 1) -> Any:
    return (await door.list(page=number, limit=10, includeTotalCount="true")).body


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_is_documented_and_can_be_set_and_unset(door: Door, name: str):
    assert FAULTS[name].meaning
    door.emulator.add_fault(name)
    assert [fault.name for fault in door.emulator.world.faults.active] == [name]
    door.emulator.clear_faults()
    assert (await door.list()).status == 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cutpage", "there is no fault 'cutpage'; did you mean 'cut-page'?"),
        ("zzz", "there is no fault 'zzz'; there are: latency"),
        ("", "there is no fault ''"),
        ("500:often=3", "fault '500' has no parameter 'often'; it takes: after, times"),
        ("500:after", "fault '500' needs key=value, not 'after'"),
        ("500:after=x", "fault '500': after is a whole number, not 'x'"),
        ("500:after=-1", "fault '500': after is a whole number, not '-1'"),
        ("cut-page:how=half", "fault 'cut-page': how is one of json, connection, not 'half'"),
    ],
)
def test_a_wrong_fault_says_what_is_wrong(text: str, message: str):
    with pytest.raises(EmulatorError) as caught:
        parse_fault(text)
    assert str(caught.value).startswith(message)


def test_a_fault_takes_its_parameters():
    fault = parse_fault("lying-total:by=-3,after=2,times=4,method=get,path=/people")
    assert (fault.number("by"), fault.after, fault.times, fault.match) == (-3, 2, 4, ("GET", "/people", ""))


async def test_faults_of_the_options_come_back_on_reset():
    async with opened(faults=["500:times=1"]) as door:
        assert [(await door.list()).status for _ in range(2)] == [500, 200]
        door.emulator.reset()
        assert [(await door.list()).status for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(("name", "status"), [("500", 500), ("502", 502), ("503", 503), ("429-burst", 429)])
async def test_a_status_fault_refuses_so_many_calls_after_so_many(door: Door, name: str, status: int):
    door.emulator.add_fault(f"{name}:after=1,times=2")
    answers = [await door.call("POST", PERSONS, {"externalId": f"g{number}"}) for number in range(4)]
    assert [answer.status for answer in answers] == [200, status, status, 200]
    assert answers[1].message_id == {429: "TOO_MANY_REQUESTS"}.get(status, answers[1].message_id)
    assert [person["externalId"] for person in door.emulator.persons()] == ["g0", "g3"]


async def test_a_fault_hits_only_what_its_match_names(door: Door):
    door.emulator.add_fault("500:times=0,method=PUT,path=/persons/upsert")
    assert (await door.list()).status == 200
    assert (await door.call("PATCH", UPSERT, {"persons": [v3(externalId="g")]})).status == 207
    assert (await door.call("PUT", UPSERT, {"persons": [v3(externalId="g")]})).status == 500
    door.emulator.clear_faults()
    door.emulator.add_fault("503:times=0,operation=match")
    assert (await door.list()).status == 200
    assert (await door.call("POST", "/people/2/persons/match", {"identities": []})).status == 503


async def test_drop_before_does_nothing_and_drop_after_commit_does_the_work(door: Door):
    for name, kept in (("drop-before", []), ("drop-after-commit", ["g1"])):
        door.emulator.reset()
        door.emulator.add_fault(f"{name}:operation=create_person")
        with pytest.raises(aiohttp.ClientError):
            await door.create(externalId="g1")
        assert [person["externalId"] for person in door.emulator.persons()] == kept
        entry = door.emulator.requests()[-1]
        assert (entry["fault"], entry["committed"]) == ([name], bool(kept))
        assert entry["items"][0]["key"] == "EXTERNAL_ID:g1"
        assert entry["items"][0]["outcome"] == ("created" if kept else "not_done")


async def test_latency_and_slow_drip_change_nothing_but_the_time(door: Door):
    door.emulator.seed(people=30)
    plain = await page(door)
    door.emulator.add_fault("latency:ms=5")
    door.emulator.add_fault("slow-drip:ms=1,pieces=7,times=0")
    assert await page(door) == plain


async def test_a_cut_page_is_broken_json_or_a_broken_connection(door: Door):
    door.emulator.seed(people=30)
    door.emulator.add_fault("cut-page:percent=50,after=1")
    await page(door)
    with pytest.raises(json.JSONDecodeError):
        await page(door)
    door.emulator.add_fault("cut-page:how=connection")
    with pytest.raises(aiohttp.ClientPayloadError):
        await page(door)
    assert len(ids(await page(door))) == 10


async def test_a_short_page_keeps_its_total(door: Door):
    door.emulator.seed(people=30)
    door.emulator.add_fault("short-page:items=3,times=1")
    body = await page(door)
    assert (len(ids(body)), body["totalCount"]) == (7, 30)
    door.emulator.add_fault("short-page:times=1")
    assert len(ids(await page(door))) == 5


async def test_a_repeated_page_answers_the_one_before(door: Door):
    door.emulator.seed(people=30)
    first = await page(door)
    door.emulator.add_fault("repeated-page")
    second = await page(door, 2)
    assert (ids(second), second["page"]) == (ids(first), 2)


async def test_an_empty_page_midway_and_a_missing_list(door: Door):
    door.emulator.seed(people=30)
    door.emulator.add_fault("empty-page-midway")
    assert [len(ids(await page(door, number))) for number in (1, 2, 3)] == [10, 0, 10]
    door.emulator.add_fault("missing-list")
    body = await page(door)
    assert ("persons" in body, body["totalCount"]) == (False, 30)


@pytest.mark.parametrize(("create", "total"), [(0, 29), (1, 30)])
async def test_a_shifting_list_skips_somebody_between_two_pages(door: Door, create: int, total: int):
    door.emulator.seed(people=30)
    before = [person["id"] for person in door.emulator.persons()]
    door.emulator.add_fault(f"shifting-list:create={create}")
    pages = [await page(door, number) for number in (1, 2, 3)]
    assert [body["totalCount"] for body in pages] == [30, total, total]
    seen = [person_id for body in pages for person_id in ids(body)]
    assert before[10] not in seen
    assert (await door.get("ID", before[10])).status == 200
    assert (await door.get("ID", before[0])).status == 404


async def test_totals_shrink_and_lie(door: Door):
    door.emulator.seed(people=30)
    door.emulator.add_fault("shrinking-total:by=2")
    assert [(await page(door))["totalCount"] for _ in range(3)] == [28, 26, 24]
    door.emulator.clear_faults()
    for by, total in ((7, 37), (-7, 23)):
        door.emulator.clear_faults()
        door.emulator.add_fault(f"lying-total:by={by}")
        assert (await page(door))["totalCount"] == total


async def test_a_duplicate_person_comes_again_with_other_content_and_hides_another(door: Door):
    door.emulator.seed(people=30)
    honest = await page(door, 2)
    door.emulator.add_fault("duplicate-person")
    first, second = await page(door, 1), await page(door, 2)
    assert second["persons"][0]["id"] != honest["persons"][0]["id"]
    assert second["persons"][1:] == honest["persons"][1:]
    again = next(person for person in first["persons"] if person["id"] == second["persons"][0]["id"])
    assert again["lastName"] != second["persons"][0]["lastName"]


async def test_an_error_or_a_web_page_can_come_with_200(door: Door):
    door.emulator.add_fault("error-in-200")
    answer = await door.list()
    assert (answer.status, answer.message_id) == (200, "GENERAL_ERROR")
    door.emulator.add_fault("html-200")
    answer = await door.list()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<html>" in answer.body


async def test_the_wrong_tenant_has_other_people_and_the_own_ones_stay_unharmed(door: Door):
    door.emulator.seed(people=30)
    before = door.emulator.dump()
    own = await page(door)
    door.emulator.add_fault("wrong-tenant:after=1")
    assert await page(door) == own
    other = await page(door)
    assert other["totalCount"] == 30
    assert not set(ids(own)) & set(ids(other))
    assert not {p["externalId"] for p in own["persons"]} & {p["externalId"] for p in other["persons"]}
    assert (await door.call("PUT", UPSERT, {"persons": [v3(externalId="g1")]})).status == 207
    assert door.emulator.dump() == before


async def test_a_token_ends_midway_and_a_new_one_works(door: Door):
    form = {"client_id": "keepstep", "client_secret": "demo-password", "grant_type": "client_credentials"}
    token = (await door.call("POST", "/auth/1/oauth2/token", form=form, authorization="")).body["access_token"]
    door.emulator.add_fault("token-expired-midway:after=1")
    door.authorization = f"Bearer {token}"
    assert [(await door.list()).status for _ in range(3)] == [200, 401, 401]
    token = (await door.call("POST", "/auth/1/oauth2/token", form=form, authorization="")).body["access_token"]
    door.authorization = f"Bearer {token}"
    assert (await door.list()).status == 200


async def test_a_stale_list_stays_as_it_was_while_single_reads_are_fresh(door: Door):
    await door.create(externalId="g1", city="Zadar")
    door.emulator.add_fault("stale")
    await door.create(externalId="g2")
    await door.call("PATCH", PERSONS, {"city": "Split"}, query={"type": "EXTERNAL_ID", "identifier": "g1"})
    persons = (await page(door))["persons"]
    assert [(person["externalId"], person["city"]) for person in persons] == [("g1", "Zadar")]
    assert (await door.list(filter='{"city":"Split"}')).body["persons"] == []
    assert (await door.get("EXTERNAL_ID", "g1")).body["city"] == "Split"


async def test_an_index_delay_hides_creates_changes_and_deletes_for_a_while():
    clock = ManualClock()
    async with opened(clock=clock) as door:
        for name in ("g1", "g2"):
            await door.create(externalId=name, city="Zadar")
        door.emulator.add_fault("index-delay:ms=5000")
        clock.advance(10)
        door.emulator.edit("EXTERNAL_ID", "g1", {"city": "Split"})
        door.emulator.delete("EXTERNAL_ID", "g2")
        await door.create(externalId="g3", city="Pula")

        async def listed() -> list[tuple[str, str]]:
            return [(person["externalId"], person["city"]) for person in (await page(door))["persons"]]

        assert await listed() == [("g1", "Zadar"), ("g2", "Zadar")]
        clock.advance(6)
        assert await listed() == [("g1", "Split"), ("g3", "Pula")]


async def test_item_errors_fail_the_first_items_of_a_batch(door: Door):
    door.emulator.add_fault("item-errors:items=2")
    answer = await door.call("PUT", UPSERT, {"persons": [v3(externalId=f"g{number}") for number in range(3)]})
    assert [(error["index"], error["code"]) for error in answer.body["errors"]] == [(0, 500100), (1, 500100)]
    door.emulator.add_fault("item-errors:items=1")
    people = [{"contactInformation": email(f"a{number}@example.org")} for number in range(2)]
    answer = await door.call("POST", BATCH, {"people": people})
    assert [(result["index"], result["status"]) for result in answer.body["results"]] == [(0, 500)]
    assert door.emulator.count == 2
