"""2,345 users arrive exactly once, in every kind of paging and every format, over real HTTP."""

import asyncio

import pytest
from aiohttp import web

from keepstep.connectors.rest.connector import RestConnector
from keepstep.core.connection import RestConnection
from keepstep.core.secret import Secret
from keepstep.ports import Query
from tests.lab.lists import FOLLOWING, FORMATS, KINDS, PAGED, Lists, person, serving
from tests.lab.loopback import LOOPBACK

PEOPLE = [person(number) for number in range(2345)]
NAMES = ("given", "sn", "work", "home", "team")
EVERY = [(kind, form) for kind in KINDS for form in FORMATS if kind != "scim" or form == "json"]


def connect(url, lists, **paging):
    spec = RestConnection.model_validate(
        {
            "kind": "rest",
            "preset": "plain",
            "base_url": url,
            "timeout": 5,
            "endpoints": {"people": lists.endpoint(**paging)},
            "objects": {"users": lists.objects()},
        }
    )
    return RestConnector("hr", spec, lambda _: Secret(""), egress=LOOPBACK)


async def read(lists, **paging):
    records = []
    async with serving(lists) as url:
        connector = connect(url, lists, **paging)
        try:
            verdict = await connector.read(Query(objects="users", attributes=NAMES), records.extend)
        finally:
            await connector.close()
    return records, verdict


def wanted(people):
    return [(one["id"], {name: (one[name],) for name in NAMES}) for one in people]


@pytest.mark.parametrize(("kind", "form"), EVERY)
async def test_every_user_arrives_exactly_once(kind, form):
    records, verdict = await read(Lists(PEOPLE, kind=kind, format=form))
    assert [(record.key, record.attributes) for record in records] == wanted(PEOPLE)
    assert verdict.complete, verdict.reason


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "scim"])
async def test_a_list_that_declares_no_total_is_read_to_its_own_end(kind):
    lists = Lists(PEOPLE, kind=kind, declares=False)
    records, verdict = await read(lists)
    assert [record.key for record in records] == [one["id"] for one in PEOPLE]
    assert verdict.complete, verdict.reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101])
async def test_every_size_of_list_is_proven(kind, count):
    records, verdict = await read(Lists(PEOPLE[:count], kind=kind))
    assert len(records) == count
    assert verdict.complete, verdict.reason


@pytest.mark.parametrize("form", FORMATS)
async def test_no_users_at_all_are_told_from_no_list(form):
    for fault, complete in (("", True), ("elsewhere-list", form == "jsonl"), ("nothing", False), ("error", False)):
        lists = Lists([], kind="page", format=form, fault=fault, after=0)
        _, verdict = await read(lists)
        assert verdict.complete is complete, (fault, verdict.reason)


@pytest.mark.parametrize("kind", ["scim", "offset"])
async def test_a_server_that_gives_fewer_than_asked_is_followed(kind):
    lists = Lists(PEOPLE[:500], kind=kind, size=100, cap=40)
    records, verdict = await read(lists, stop=["total"])
    assert (len(records), verdict.complete) == (500, True)


async def test_a_page_that_may_not_be_larger_is_followed_by_number():
    records, verdict = await read(Lists(PEOPLE[:500], kind="page", size=100, cap=40), stop="total")
    assert (len(records), verdict.complete) == (500, True)


CONDITIONS = [
    *((kind, "total") for kind in PAGED),
    *((kind, {"element": "meta.more", "equals": False}) for kind in FOLLOWING),
    *((kind, ["empty", {"element": "meta.next", "absent": True}]) for kind in FOLLOWING),
    ("cursor", {"element": "header:X-Next", "absent": True}),
    ("page", ["short", "total"]),
    ("page", "empty"),
]


@pytest.mark.parametrize(("kind", "stop"), CONDITIONS)
async def test_conditions_end_the_list(kind, stop):
    records, verdict = await read(Lists(PEOPLE[:250], kind=kind), stop=stop)
    assert [record.key for record in records] == [one["id"] for one in PEOPLE[:250]]
    assert verdict.complete, verdict.reason


@pytest.mark.parametrize("kind", PAGED)
async def test_the_most_calls_are_no_proof_of_the_end(kind):
    lists = Lists(PEOPLE[:1000], kind=kind)
    records, verdict = await read(lists, most_calls=3)
    assert len(records) == 300
    assert len(lists.calls) == 3
    assert not verdict.complete
    assert "3 calls" in verdict.reason


@pytest.mark.parametrize("kind", ["page", "page-in-body", "offset", "scim"])
async def test_pages_are_in_flight_where_a_total_is_declared(kind):
    lists = Lists(PEOPLE, kind=kind)
    most = flying = 0

    async def answer(request):
        nonlocal most, flying
        flying += 1
        most = max(most, flying)
        try:
            return await slowly(lists, request)
        finally:
            flying -= 1

    async with serving(answer) as url:
        connector = connect(url, lists)
        records = []
        verdict = await connector.read(Query(objects="users", attributes=NAMES), records.extend)
        await connector.close()
    assert verdict.complete
    assert [record.key for record in records] == [one["id"] for one in PEOPLE]
    assert most > 1


async def slowly(lists, request):
    await asyncio.sleep(0.01)
    return await lists.answer(request)


async def test_characters_come_over_in_the_set_that_is_named():
    people = [person(number) | {"given": "Žofie Ćelik"} for number in range(5)]
    for form, kind in (("csv", "text/csv"), ("xml", "text/xml"), ("json", "application/json")):
        lists = Lists(people, kind="none", format=form)

        async def answer(request, lists=lists, kind=kind):
            told = await lists.answer(request)
            body = told.body.decode().encode("utf-16")
            return web.Response(body=body, headers={"Content-Type": f"{kind}; charset=utf-16", "X-Total": "5"})

        async with serving(answer) as url:
            connector = connect(url, lists)
            records = []
            verdict = await connector.read(Query(objects="users", attributes=NAMES), records.extend)
            await connector.close()
        assert verdict.complete, verdict.reason
        assert {record.one("given") for record in records} == {"Žofie Ćelik"}


async def test_a_link_header_in_two_lines_is_one_list():
    lists = Lists(PEOPLE[:250], kind="link")

    async def answer(request):
        told = await lists.answer(request)
        if link := told.headers.pop("Link", ""):
            following, last = link.rsplit(", <", 1)
            told.headers.add("Link", "<" + last)
            told.headers.add("Link", following)
        return told

    async with serving(answer) as url:
        connector = connect(url, lists)
        records = []
        verdict = await connector.read(Query(objects="users", attributes=NAMES), records.extend)
        await connector.close()
    assert verdict.complete, verdict.reason
    assert len(records) == 250
