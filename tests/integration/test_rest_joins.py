"""Objects that several endpoints tell of, over real HTTP."""

from contextlib import asynccontextmanager

import pytest

from keepstep.connectors.rest.connector import RestConnector
from keepstep.core.connection import RestConnection
from keepstep.core.secret import Secret
from keepstep.core.values import Completeness, NativeKey
from keepstep.errors import ReadIncomplete
from keepstep.ports import Query
from tests.lab.loopback import LOOPBACK
from tests.lab.recording import Reply, recording_server

ENDPOINTS = {
    "list-users": {"url": "{base_url}/users", "records": "users"},
    "list-contracts": {"url": "{base_url}/contracts"},
    "user-detail": {"url": "{base_url}/users/{key}"},
    "user-roles": {
        "url": "{base_url}/roles",
        "method": "POST",
        "reads": True,
        "body": {"login": "{{ login }}"},
        "records": "roles",
    },
}
JOIN = {
    "list-contracts": {"endpoint": "list-contracts", "key": "employee.id"},
    "user-detail": {"endpoint": "user-detail", "each": True},
    "user-roles": {"endpoint": "user-roles", "each": True},
}
ATTRIBUTES = {
    "login": "login",
    "contract": {"path": "type", "of": "list-contracts"},
    "phone": {"path": "phones[].number", "of": "user-detail", "multi": True},
    "roles": {"path": "name", "of": "user-roles", "multi": True},
}
USERS = [{"id": number, "login": f"user{number}"} for number in range(1, 6)]
CONTRACTS = [{"employee": {"id": number}, "type": f"type {number}"} for number in range(1, 6)]


class Application:
    """Five users, their contracts and their details; a test takes away what it wants."""

    def __init__(self):
        self.users = list(USERS)
        self.contracts = list(CONTRACTS)
        self.broken = {}

    def __call__(self, request):
        if request.path in self.broken:
            return self.broken[request.path]
        if request.path == "/users":
            return Reply({"users": self.users})
        if request.path == "/contracts":
            return Reply(self.contracts)
        if request.path == "/roles":
            return Reply({"roles": [{"name": "reader"}, {"name": f"of {request.json['login']}"}]})
        return Reply({"phones": [{"number": f"100{request.path[-1]}"}, {"number": "200"}]})


@asynccontextmanager
async def connected(application, *joins, **endpoint_options):
    with recording_server(application) as server:
        endpoints = {name: {**spec, **endpoint_options.get(name, {})} for name, spec in ENDPOINTS.items()}
        attributes = {name: one for name, one in ATTRIBUTES.items() if isinstance(one, str) or one["of"] in joins}
        users = {"list": "list-users", "key": "id", "join": [JOIN[name] for name in joins], "attributes": attributes}
        spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "preset": "plain",
                "base_url": server.url,
                "endpoints": endpoints,
                "objects": {"users": users},
            }
        )
        connector = RestConnector("hr", spec, lambda _: Secret("x"), egress=LOOPBACK)
        try:
            yield connector, server
        finally:
            await connector.close()


async def read(connector, *names):
    records = []
    verdict = await connector.read(Query(objects="users", attributes=names), records.extend)
    assert len(records) == len({record.key for record in records})
    return {record.key: dict(record.attributes) for record in records}, verdict


async def test_lists_are_joined_on_the_primary_key():
    async with connected(Application(), "list-contracts") as (connector, _):
        found, verdict = await read(connector, "login", "contract", "missing_from")
    assert verdict.complete, verdict.reason
    assert found["3"] == {"login": ("user3",), "contract": ("type 3",)}
    assert len(found) == verdict.records == 5
    assert "list-contracts: 5" in verdict.reason


async def test_a_row_that_one_endpoint_lacks_is_kept_and_flagged():
    application = Application()
    del application.contracts[0], application.users[4]
    async with connected(application, "list-contracts") as (connector, _):
        found, verdict = await read(connector, "login", "contract", "missing_from")
    assert verdict.complete, verdict.reason
    assert found["1"] == {"login": ("user1",), "missing_from": ("list-contracts",)}
    assert found["5"] == {"contract": ("type 5",), "missing_from": ("list-users",)}
    assert "1 of which are not in the list" in verdict.reason


async def test_a_key_that_comes_twice_makes_the_read_partial_and_both_records_are_named():
    application = Application()
    application.contracts.append({"employee": {"id": 2}, "type": "another"})
    async with connected(application, "list-contracts") as (connector, _):
        found, verdict = await read(connector, "login", "contract", "missing_from")
    assert verdict.completeness is Completeness.PARTIAL
    assert verdict.reason == 'endpoint "list-contracts": records 2 and 6 have the same key'
    assert found["2"] == {"login": ("user2",), "missing_from": ("list-contracts",)}


async def test_a_joined_list_that_breaks_off_makes_the_read_partial():
    application = Application()
    application.broken["/contracts"] = Reply({"error": "gone wrong"})
    async with connected(application, "list-contracts") as (connector, _):
        found, verdict = await read(connector, "login", "contract")
    assert verdict.completeness is Completeness.PARTIAL
    assert 'endpoint "list-contracts"' in verdict.reason
    assert len(found) == 5


async def test_nobody_is_made_of_a_joined_row_alone_where_the_list_broke_off():
    application = Application()
    application.broken["/users"] = Reply({"users": USERS[:3]}, headers={"Link": '</users?page=2>; rel="next"'})
    async with connected(application, "list-contracts") as (connector, _):
        found, verdict = await read(connector, "login", "contract", "missing_from")
    assert verdict.completeness is Completeness.PARTIAL
    assert sorted(found) == ["1", "2", "3"]


@pytest.mark.parametrize("login", [None, "", ["a", "b"]])
async def test_no_detail_is_asked_for_where_the_value_in_its_place_is_not_one(login):
    application = Application()
    application.users = [{"id": 1, "login": "one"}, {"id": 2, "login": login}]
    async with connected(application, "user-detail", **{"user-detail": {"url": "{base_url}/of/{login}"}}) as (
        connector,
        server,
    ):
        found, verdict = await read(connector, "login", "phone", "missing_from")
    assert [request.path for request in server.requests if request.path != "/users"] == ["/of/one"]
    assert verdict.completeness is Completeness.PARTIAL
    assert 'endpoint "user-detail" failed for 1 records' in verdict.reason
    assert found["2"]["missing_from"] == ("user-detail",)


async def test_a_detail_says_nothing_of_a_list_where_its_parameter_is_missing():
    application = Application()
    application.users = [{"id": 1}]
    query = {"params": {"login": "{login}"}}
    async with connected(application, "user-detail", **{"user-detail": query}) as (connector, server):
        _, verdict = await read(connector, "login", "phone")
    assert verdict.completeness is Completeness.PARTIAL
    assert len(server.requests) == 1


async def test_every_record_is_completed_by_calls_of_its_own():
    async with connected(Application(), "user-detail", "user-roles") as (connector, server):
        found, verdict = await read(connector, "login", "phone", "roles")
    assert verdict.complete, verdict.reason
    assert found["4"] == {"login": ("user4",), "phone": ("1004", "200"), "roles": ("reader", "of user4")}
    assert len(server.to("/roles")) == 5
    assert sorted(request.path for request in server.requests if request.path.startswith("/users/")) == [
        f"/users/{number}" for number in range(1, 6)
    ]


async def test_a_detail_is_asked_for_with_what_other_endpoints_say():
    places = {"user-roles": {"url": "{base_url}/roles/{contract}", "body": {"login": "{{ phone | last }}"}}}
    application = Application()
    application.users = USERS[:1]
    application.contracts = CONTRACTS[:1]
    application.broken["/roles/type%201"] = Reply({"roles": [{"name": "reader"}]})
    async with connected(application, "list-contracts", "user-detail", "user-roles", **places) as (connector, server):
        found, verdict = await read(connector, "roles")
    assert verdict.complete, verdict.reason
    assert found["1"]["roles"] == ("reader",)
    assert server.requests[-1].json == {"login": "200"}


async def test_no_call_is_made_for_what_nobody_asked_for():
    async with connected(Application(), "user-detail", "user-roles") as (connector, server):
        await read(connector, "login", "phone")
    assert server.to("/roles") == []


async def test_one_detail_that_fails_makes_the_read_partial_and_never_shorter():
    application = Application()
    application.broken["/users/3"] = Reply({"error": "no"}, status=400)
    async with connected(application, "user-detail") as (connector, _):
        found, verdict = await read(connector, "login", "phone", "missing_from")
    assert verdict.completeness is Completeness.PARTIAL
    assert 'endpoint "user-detail" failed for 1 records' in verdict.reason
    assert found["3"] == {"login": ("user3",), "missing_from": ("user-detail",)}
    assert len(found) == 5


async def test_a_detail_that_is_not_there_is_flagged_and_no_failure():
    application = Application()
    application.broken["/users/3"] = Reply({"message": "no such user"}, status=404)
    async with connected(application, "user-detail") as (connector, _):
        found, verdict = await read(connector, "login", "phone", "missing_from")
    assert verdict.complete, verdict.reason
    assert found["3"] == {"login": ("user3",), "missing_from": ("user-detail",)}


@pytest.mark.parametrize(
    "reply", [Reply({"message": "no such user"}, status=404), Reply({"error": "not today"})], ids=["absent", "error"]
)
async def test_calls_that_say_nothing_of_anybody_prove_nothing(reply):
    application = Application()
    application.broken = {f"/users/{number}": reply for number in range(1, 6)}
    async with connected(application, "user-detail") as (connector, _):
        found, verdict = await read(connector, "login", "phone")
        assert verdict.completeness is Completeness.PARTIAL
        assert verdict.reason == 'endpoint "user-detail" says nothing of any record: is it the right call?'
        assert len(found) == 5
        application.broken.clear()
        _, verdict = await read(connector, "login", "phone")
    assert verdict.complete, verdict.reason


async def test_an_application_that_went_away_is_not_asked_for_everybody():
    application = Application()
    application.users = [{"id": number, "login": f"u{number}"} for number in range(1000, 1100)]
    for user in application.users:
        application.broken[f"/users/{user['id']}"] = Reply({"error": "no"}, status=400)
    async with connected(application, "user-detail") as (connector, server):
        found, verdict = await read(connector, "login", "phone")
    assert not verdict.complete
    assert "failed for 100 records" in verdict.reason
    assert len(found) == 100
    assert len(server.requests) < 40


async def test_an_object_is_fetched_as_it_was_read():
    async with connected(Application(), "list-contracts", "user-detail") as (connector, server):
        names = ("login", "contract", "phone", "missing_from")
        found, _ = await read(connector, *names)
        server.requests.clear()
        keys = [NativeKey("2"), NativeKey("4"), NativeKey("99")]
        fetched = await connector.fetch(Query(objects="users", attributes=names), keys)
    assert {key: dict(record.attributes) for key, record in fetched.items()} == {"2": found["2"], "4": found["4"]}
    assert len([request for request in server.requests if request.path.startswith("/users/")]) == 2


async def test_nobody_is_taken_for_gone_when_a_fetch_is_not_whole():
    application = Application()
    async with connected(application, "list-contracts") as (connector, _):
        application.broken["/contracts"] = Reply({"error": "gone wrong"})
        with pytest.raises(ReadIncomplete, match="list-contracts"):
            await connector.fetch(Query(objects="users", attributes=("login",)), [NativeKey("2")])


async def test_the_pace_of_a_dependent_endpoint_is_its_own():
    async with connected(Application(), "user-detail", **{"user-detail": {"rate": {"calls": 1000, "seconds": 1}}}) as (
        connector,
        _,
    ):
        assert connector.cost("users", []).calls == {}
        assert connector._caller.rate("user-detail") == 600
        assert connector._caller.rate("list-users") is None
