"""A read of Active Directory is complete only when the directory has proven it: bad answers over real LDAP."""

import uuid

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.secret import Secret
from keepstep.core.values import Completeness
from keepstep.errors import ConnectionLost, ConnectorError, RightMissing
from keepstep.ports import Query
from tests.lab.scripted import Told, scripted_server

USERS = Query(objects="users", attributes=("sAMAccountName", "displayName"))
BASE = "DC=lab,DC=example"


def person(number: int, **values: bytes):
    held = {"objectGUID": [uuid.UUID(int=number).bytes_le], "sAMAccountName": [b"p%d" % number]}
    held |= {name: [value] for name, value in values.items()}
    return f"CN=p{number},{BASE}", held


def connector(port: int, **overrides) -> AdConnector:
    spec = ActiveDirectoryConnection.model_validate(
        {
            "kind": "active_directory",
            "url": f"ldap://127.0.0.1:{port}",
            "allow_plain": True,
            "bind": {"method": "simple", "user": "svc", "password": {"secret": "x"}},
            "base": BASE,
            "timeout": 5,
        }
        | overrides
    )
    return AdConnector("corp", spec, lambda _: Secret("secret"))


async def read(answers, *, query: Query = USERS):
    """Read from a server that gives *answers* to the paged search, one after the other."""
    script = iter(answers)

    def answer(asked):
        if asked.base != BASE or "sAMAccountName" not in asked.attributes:
            return Told()
        return next(script, Told(hang_up=True))

    records = []
    with scripted_server(answer) as server:
        source = connector(server.port)
        try:
            verdict = await source.read(query, records.extend)
        finally:
            await source.close()
    return verdict, [record.one("sAMAccountName") for record in records]


async def test_pages_to_the_empty_mark_are_complete():
    verdict, names = await read(
        [Told([person(1), person(2)], cookie=b"a"), Told([], cookie=b"b"), Told([person(3)])],
    )
    assert verdict.completeness is Completeness.COMPLETE
    assert names == ["p1", "p2", "p3"]
    assert verdict.records == 3
    assert verdict.calls >= 3


@pytest.mark.parametrize("code", [3, 4, 9, 11, 70])
@pytest.mark.parametrize("at_once", [True, False], ids=["on the first page", "on the second page"])
async def test_a_limit_is_never_taken_for_the_end(code, at_once):
    pages = [Told([person(1)], code=code)] if at_once else [Told([person(1)], cookie=b"a"), Told([], code=code)]
    verdict, _ = await read(pages)
    assert verdict.completeness is Completeness.PARTIAL
    assert f"LDAP result {code}" in verdict.reason


@pytest.mark.parametrize("code", [1, 2, 12, 51, 52, 53, 80])
async def test_a_failure_in_the_middle_is_partial(code):
    verdict, names = await read([Told([person(1)], cookie=b"a"), Told([], code=code)])
    assert verdict.completeness is Completeness.PARTIAL
    assert names == ["p1"]


async def test_a_connection_that_breaks_in_the_middle_is_partial():
    verdict, names = await read([Told([person(1)], cookie=b"a"), Told(hang_up=True)])
    assert verdict.completeness is Completeness.PARTIAL
    assert "connection broke" in verdict.reason
    assert names == ["p1"]


async def test_a_connection_that_breaks_at_once_is_an_error():
    with pytest.raises(ConnectionLost):
        await read([Told(hang_up=True)])


async def test_pages_that_bring_nothing_new_end_the_read_as_partial():
    verdict, names = await read([Told([person(1)], cookie=b"a"), *[Told([person(1)], cookie=b"b")] * 5])
    assert verdict.completeness is Completeness.PARTIAL
    assert "without anything new" in verdict.reason
    assert names == ["p1"]
    assert verdict.calls < 6


async def test_page_marks_that_are_all_alike_and_empty_pages_are_nothing_strange():
    same = [Told([person(n)], cookie=b"a") for n in range(1, 4)]
    verdict, names = await read([*same, Told(cookie=b"a"), Told(cookie=b"a"), Told([person(9)])])
    assert verdict.completeness is Completeness.COMPLETE
    assert names == ["p1", "p2", "p3", "p9"]


async def test_an_object_that_comes_again_unchanged_is_passed_once():
    verdict, names = await read([Told([person(1)], cookie=b"a"), Told([person(1), person(2)])])
    assert verdict.completeness is Completeness.COMPLETE
    assert names == ["p1", "p2"]


async def test_an_object_that_comes_again_changed_makes_the_read_partial():
    verdict, _ = await read([Told([person(1)], cookie=b"a"), Told([person(1, displayName=b"other")])])
    assert verdict.completeness is Completeness.PARTIAL


async def test_a_part_held_by_another_server_makes_the_read_partial():
    verdict, _ = await read([Told([person(1)], references=["ldap://child.lab.example/DC=child,DC=lab,DC=example"])])
    assert verdict.completeness is Completeness.PARTIAL
    assert "other servers" in verdict.reason


async def test_an_object_without_guid_makes_the_read_partial():
    hidden = (f"CN=h,{BASE}", {"sAMAccountName": [b"h"]})
    verdict, names = await read([Told([hidden, person(1)])])
    assert verdict.completeness is Completeness.PARTIAL
    assert names == ["p1"]


async def test_a_missing_base_and_a_missing_right_are_errors():
    with pytest.raises(ConnectorError, match="not there"):
        await read([Told(code=32, text="0000208D: NameErr: DSID-031")])
    with pytest.raises(RightMissing):
        await read([Told(code=50, text="00002098: SecErr: DSID-031")])


async def test_a_large_group_is_read_in_ranges_to_its_end():
    members = [f"CN=m{number},{BASE}".encode() for number in range(3700)]

    def answer(asked):
        if asked.base == f"CN=big,{BASE}":
            start = int(asked.attributes[0].split("=")[1].split("-")[0])
            end = min(start + 1500, len(members))
            mark = "*" if end == len(members) else str(end - 1)
            return Told([(asked.base, {f"member;range={start}-{mark}": members[start:end]})])
        if "member" in asked.attributes:
            held = {"objectGUID": [uuid.UUID(int=7).bytes_le], "member": [], "member;range=0-1499": members[:1500]}
            return Told([(f"CN=big,{BASE}", held)])
        return Told()

    records = []
    with scripted_server(answer) as server:
        source = connector(server.port)
        verdict = await source.read(Query(objects="groups", attributes=("member",)), records.extend)
        await source.close()
    assert verdict.complete
    assert records[0].attributes["member"] == tuple(member.decode() for member in members)
    assert [asked.attributes[0] for asked in server.asked if "range" in asked.attributes[0]] == [
        "member;range=1500-*",
        "member;range=3000-*",
    ]


@pytest.mark.parametrize("values", [{}, {"member;range=0-1": [b"x", b"y"]}, {"member;range=2-2": []}])
async def test_ranges_that_do_not_go_on_are_never_taken_for_the_end(values):
    def answer(asked):
        if asked.base == f"CN=big,{BASE}":
            return Told([(asked.base, values)])
        if "member" in asked.attributes:
            held = {"objectGUID": [uuid.UUID(int=7).bytes_le], "member;range=0-1": [b"CN=a", b"CN=b"]}
            return Told([(f"CN=big,{BASE}", held)])
        return Told()

    with scripted_server(answer) as server:
        source = connector(server.port)
        with pytest.raises(ConnectorError, match="do not come to an end"):
            await source.read(Query(objects="groups", attributes=("member",)), lambda _: None)
        await source.close()


async def test_a_search_that_never_ends_is_bounded():
    with scripted_server(lambda asked: Told([person(1)], cookie=b"always") if asked.base == BASE else Told()) as server:
        source = connector(server.port)
        with pytest.raises(ConnectorError, match="does not come to an end"):
            await source.find(USERS, "sAMAccountName", ["p1"])
        await source.close()


async def test_a_sink_that_fails_ends_the_read_with_its_error():
    def full(_records):
        raise OSError("disk full")

    def reading(asked):
        return Told([person(1)], cookie=b"a") if "sAMAccountName" in asked.attributes else Told()

    with scripted_server(reading) as server:
        source = connector(server.port)
        with pytest.raises(OSError, match="disk full"):
            await source.read(USERS, full)
        await source.close()
