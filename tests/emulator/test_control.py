"""The control calls, the request log and the population (section 11 line 15)."""

import asyncio
import ssl
import threading
import urllib.request

import pytest

from keepstep.emulator import Emulator, EmulatorError, running, running_in_thread, serve
from keepstep.emulator.request_log import Entry, RequestLog
from tests.emulator.door import BATCH, CONTACTS, MERGE, PERSONS, UPSERT, Door, email, v3


async def test_control_calls_need_no_credentials(door: Door):
    door.authorization = ""
    assert (await door.call("GET", "/_emulator")).body["people"] == 0
    assert (await door.call("POST", "/_emulator/seed", {"people": 12, "seed": 3})).body == {"people": 12}
    assert len((await door.call("GET", "/_emulator/persons")).body) == 12
    assert (await door.call("POST", "/_emulator/reset")).body == {"people": 0}


async def test_the_same_seed_makes_the_same_people_and_another_seed_others():
    one, same, other = (Emulator(people=50, seed=seed) for seed in (7, 7, 8))
    assert one.dump() == same.dump()
    assert not {p["externalId"] for p in one.persons()} & {p["externalId"] for p in other.persons()}


async def test_seeded_people_are_whole_unique_and_found(door: Door):
    door.emulator.seed(people=500, seed=5)
    door.emulator.delete("ID", str(door.emulator.persons()[0]["id"]))
    door.emulator.seed(people=500, seed=6)
    people = door.emulator.persons()
    assert len(people) == 999
    for kind, values in (
        ("EXTERNAL_ID", [p["externalId"] for p in people]),
        ("EMAIL", [p["contactInformation"]["email"][0]["address"] for p in people]),
        ("PHONE", [p["contactInformation"]["phone"][0]["number"] for p in people]),
    ):
        assert len(set(values)) == 999
        assert (await door.get(kind, values[-1])).body == people[-1]
    again = {name: people[3][name] for name in ("externalId", "firstName", "lastName", "customAttributes", "tags")}
    answer = await door.call("PATCH", PERSONS, again, query={"type": "ID", "identifier": str(people[3]["id"])})
    assert answer.body == people[3]


async def test_people_are_changed_behind_the_clients_back_over_http(door: Door):
    made = await door.call("POST", "/_emulator/persons", {"externalId": "g1", "city": "Zadar"})
    assert isinstance(made.body["id"], int)
    query = {"type": "EXTERNAL_ID", "identifier": "g1"}
    assert (await door.call("PATCH", "/_emulator/persons", {"city": "Split"}, query=query)).status == 200
    person = (await door.get("EXTERNAL_ID", "g1")).body
    assert (person["city"], person["origin"], person["modifiedFrom"]) == ("Split", "PORTAL", "PORTAL")
    assert (await door.call("DELETE", "/_emulator/persons", query=query)).body == {"deleted": True}
    assert (await door.call("DELETE", "/_emulator/persons", query=query)).body == {"deleted": False}
    wrong = await door.call("PATCH", "/_emulator/persons", {"city": "Split"}, query=query)
    assert (wrong.status, wrong.body) == (400, {"error": "There is no person matching the query"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "seed", {"people": -1}),
        ("POST", "seed", {"people": 10**9}),
        ("POST", "seed", {"people": "x"}),
        ("POST", "seed", []),
        ("POST", "faults", {"fault": "nonsense"}),
        ("POST", "faults", {}),
        ("PATCH", "rules", {"x": 1}),
        ("PUT", "limits", {"limits": "many"}),
        ("PUT", "limits", {"limits": -2}),
        ("PUT", "webhooks", {"urls": "x"}),
        ("PUT", "webhooks", {"urls": ["ftp://x"]}),
        ("POST", "clock", {"advance": -5}),
        ("POST", "persons", {"firstName": "x"}),
    ],
)
async def test_a_wrong_control_call_is_400_and_says_why(door: Door, method: str, path: str, body: object):
    answer = await door.call(method, f"/_emulator/{path}", body)
    assert answer.status == 400
    assert answer.body["error"]


async def test_limits_clock_and_faults_are_set_over_http(door: Door):
    assert (await door.call("PUT", "/_emulator/limits", {"limits": 3})).status == 200
    assert (await door.call("GET", "/_emulator")).body["limits"] == 3
    before = (await door.call("POST", "/_emulator/clock", {"advance": 0})).body["now"]
    assert (await door.call("POST", "/_emulator/clock", {"advance": 3600})).body["now"] > before
    shown = (await door.call("POST", "/_emulator/faults", {"fault": "500:times=2"})).body
    assert (shown["name"], shown["times"]) == ("500", 2)
    assert "latency" in (await door.call("GET", "/_emulator/faults")).body["known"]
    await door.call("DELETE", "/_emulator/faults")
    assert (await door.call("GET", "/_emulator/faults")).body["active"] == []


async def test_the_log_numbers_every_request_and_says_who_was_written(door: Door):
    await door.call("POST", PERSONS, {"externalId": "g1"}, headers={"X-Correlation-Id": "run-7"})
    await door.call("PUT", UPSERT, {"persons": [v3(externalId="g1"), v3(email="a@example.org"), v3(email="bad")]})
    await door.call("PATCH", CONTACTS, email("b@example.org"), query={"type": "EXTERNAL_ID", "identifier": "g1"})
    await door.call("DELETE", BATCH, {"people": [{"query": {"type": "EXTERNAL_ID", "identifier": "g1"}}]})
    await door.call("POST", MERGE, {"persons": [v3(email="a@example.org")]})
    await door.call("POST", PERSONS, {"externalId": "g9"}, authorization="App wrong")
    entries = (await door.call("GET", "/_emulator/requests")).body["requests"]
    assert [entry["number"] for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert (entries[0]["correlation"], entries[0]["credential"], entries[0]["status"]) == ("run-7", "demo", 200)
    seen = [[(item["action"], item["key"], item["outcome"]) for item in entry["items"]] for entry in entries]
    assert seen == [
        [("create", "EXTERNAL_ID:g1", "created")],
        [
            ("upsert_put", "EXTERNAL_ID:g1", "not_modified"),
            ("upsert_put", "EMAIL:a@example.org", "created"),
            ("upsert_put", "EMAIL:bad", "refused"),
        ],
        [("contacts", "EXTERNAL_ID:g1", "updated")],
        [("delete", "EXTERNAL_ID:g1", "deleted")],
        [("merge", "EMAIL:a@example.org", "merged")],
        [("create", "EXTERNAL_ID:g9", "not_done")],
    ]
    assert [entry["number"] for entry in door.emulator.requests(after=4)] == [5, 6]
    assert [entry["number"] for entry in door.emulator.requests(operation="create_person")] == [1, 6]
    counters = (await door.call("GET", "/_emulator/counters")).body
    assert (counters["create_person"], counters["create_person:401"]) == (2, 1)


def test_the_log_is_bounded_by_requests_and_by_items():
    log = RequestLog(most=3)
    for _ in range(5):
        log.add(Entry(number=log.begin(), time="", method="GET", path="", query={}, correlation="", operation="x"))
    assert [entry.number for entry in log.entries()] == [3, 4, 5]
    assert log.counters()["x"] == 5


async def test_reset_forgets_everything_but_keeps_counting_requests(door: Door):
    await door.create(externalId="g1", tags=["Staff"])
    number = door.emulator.requests()[-1]["number"]
    door.emulator.add_fault("500")
    door.emulator.reset()
    assert (door.emulator.count, door.emulator.requests(), door.emulator.counters()) == (0, [], {})
    assert (await door.list()).status == 200
    assert door.emulator.requests()[0]["number"] > number


async def test_unknown_paths_methods_and_portal_users_are_refused_in_family_a(door: Door):
    for method, path, status in (
        ("GET", "/settings/1/users", 404),
        ("GET", "/people/2/persons/123", 404),
        ("GET", "/nonsense", 404),
        ("GET", BATCH, 405),
    ):
        answer = await door.call(method, path)
        assert (answer.status, "requestError" in answer.body) == (status, True)


def test_an_emulator_in_a_thread_can_be_read_and_changed_from_outside():
    emulator = Emulator(people=10, limits=False)
    with running_in_thread(emulator) as url:
        emulator.create({"externalId": "g1"})
        request = urllib.request.Request(f"{url}{PERSONS}?limit=100", headers={"Authorization": "App demo-key"})
        with urllib.request.urlopen(request) as answer:
            assert b'"g1"' in answer.read()
    assert not [thread for thread in threading.enumerate() if thread.name == "emulator"]
    assert emulator.counters()["list_persons"] == 1


async def test_serve_says_where_and_ends_when_cancelled():
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(Emulator(), port=0, ready=ready.set_result))
    assert (await ready).startswith("http://127.0.0.1:")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_port_that_is_taken_is_an_error_that_names_it(door: Door):
    port = int(door.url.rpartition(":")[2])
    with pytest.raises(EmulatorError, match=f"cannot listen on 127.0.0.1 port {port}"):
        async with running(Emulator(), port=port):
            pass
    with pytest.raises(EmulatorError, match="cannot listen"), running_in_thread(Emulator(), port=port):
        pass


async def test_a_tls_context_makes_it_https():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with running(Emulator(), tls=context) as url:
        assert url.startswith("https://127.0.0.1:")


@pytest.mark.parametrize("options", [{"people": -1}, {"people": 10**9}, {"limits": 0.0}, {"faults": ["nonsense"]}])
def test_options_that_make_no_sense_are_refused(options: dict):
    with pytest.raises(EmulatorError):
        Emulator(**options)


def test_changes_from_inside_say_why_they_were_refused():
    emulator = Emulator()
    with pytest.raises(EmulatorError, match=r"contactInformation\.email"):
        emulator.create({"contactInformation": email("bad")})
    with pytest.raises(EmulatorError, match="a custom attribute is one of"):
        emulator.define_attribute("A", "TEXT")
    emulator.create({"externalId": "g1", "firstName": "Mira"})
    emulator.replace("EXTERNAL_ID", "g1", {"externalId": "g1"})
    assert "firstName" not in (emulator.person("EXTERNAL_ID", "g1") or {})
    assert emulator.person("EXTERNAL_ID", "unknown") is None
