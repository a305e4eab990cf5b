"""Messages, sub-accounts, API keys, audit trail, agents (reference sections 5 and 8, section 11 lines 13 and 14)."""

import aiohttp
import pytest

from keepstep.emulator import ManualClock
from tests.emulator.door import PERSONS, Door, opened

BASIC = "Basic a2VlcHN0ZXA6ZGVtby1wYXNzd29yZA=="
AGENTS = "/ccaas/1/agents"
KEYS = "/settings/2/api-keys"


def sms(*to: str) -> dict[str, object]:
    destinations = [{"to": number, "messageId": f"hire-{number}"} for number in to]
    return {"messages": [{"sender": "ExampleIT", "destinations": destinations, "content": {"text": "Welcome."}}]}


async def test_an_sms_is_accepted_kept_and_reported_once_delivered(door: Door):
    door.emulator.set_rules("delivery_seconds=3600")
    answer = await door.call("POST", "/sms/3/messages", sms("999100000001", "999100000002"))
    assert answer.status == 200
    assert [message["status"]["name"] for message in answer.body["messages"]] == ["PENDING_ACCEPTED"] * 2
    assert [message["messageId"] for message in answer.body["messages"]] == ["hire-999100000001", "hire-999100000002"]
    assert next((m["to"], m["sender"], m["text"]) for m in door.emulator.outbox()) == (
        "999100000001",
        "ExampleIT",
        "Welcome.",
    )
    query = {"bulkId": answer.body["bulkId"]}
    assert (await door.call("GET", "/sms/3/reports", query=query)).body == {"results": []}
    assert (await door.call("POST", "/_emulator/outbox/deliver")).body == {"delivered": 2}
    assert len((await door.call("GET", "/sms/3/reports", query=query)).body["results"]) == 2
    assert (await door.call("GET", "/sms/3/reports", query=query)).body == {"results": []}


@pytest.mark.parametrize(
    "body", [{}, {"messages": []}, {"messages": [{}]}, {"messages": [{"content": {"text": "x"}}]}, sms("")]
)
async def test_a_wrong_sms_is_400_in_family_b(door: Door, body: object):
    answer = await door.call("POST", "/sms/3/messages", body)
    assert answer.status == 400
    assert answer.body.keys() == {"errorCode", "description", "action", "violations", "resources"}
    assert answer.body["errorCode"] == "E400"
    assert door.emulator.outbox() == []


async def test_a_message_is_delivered_after_some_seconds():
    clock = ManualClock()
    async with opened("delivery_seconds=5", clock=clock) as door:
        await door.call("POST", "/sms/3/messages", sms("999100000001"))
        clock.advance(4)
        assert (await door.call("GET", "/sms/3/reports")).body == {"results": []}
        clock.advance(2)
        reports = (await door.call("GET", "/sms/3/reports")).body["results"]
        assert [report["status"]["groupName"] for report in reports] == ["DELIVERED"]


async def test_an_email_is_accepted_as_a_form_and_as_json(door: Door):
    form = aiohttp.FormData()
    for name, value in (
        ("from", "it@example.org"),
        ("to", "a@example.org"),
        ("to", "b@example.org"),
        ("subject", "Hello"),
    ):
        form.add_field(name, value)
    form.add_field("html", "<p>Welcome</p>")
    form.add_field("attachment", b"x", filename="x.txt", content_type="text/plain")
    first = await door.call("POST", "/email/3/send", form=form)
    assert (first.status, [message["to"] for message in first.body["messages"]]) == (
        200,
        ["a@example.org", "b@example.org"],
    )
    message = {
        "sender": "it@example.org",
        "destinations": [{"to": [{"destination": "c@example.org", "messageId": "m1"}]}],
        "content": {"subject": "Hello", "text": "Welcome"},
    }
    second = await door.call("POST", "/email/4/messages", {"messages": [message]})
    assert [(m["messageId"], m["destination"]) for m in second.body["messages"]] == [("m1", "c@example.org")]
    kept = (await door.call("GET", "/_emulator/outbox")).body["messages"]
    assert [(m["channel"], m["to"], m["subject"]) for m in kept] == [
        ("EMAIL", f"{name}@example.org", "Hello") for name in "abc"
    ]


async def test_a_wrong_email_is_400(door: Door):
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("subject", "Hello")
    assert (await door.call("POST", "/email/3/send", form=form)).message_id == "BAD_REQUEST"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    broken = b'--x\r\nContent-Disposition: form-data; name="to"\r\nContent-Transfer-Encoding: y\r\n\r\na\r\n--x--\r\n'
    for raw in (b"", b"--x\r\nnonsense", b"--x\r\n\r\nx", b"--x--", b"--y\r\n\r\n", b"\xff" * 10, broken):
        assert (await door.call("POST", "/email/3/send", raw=raw, headers=headers)).status == 400
    no_boundary = {"Content-Type": "multipart/form-data"}
    assert (await door.call("POST", "/email/3/send", raw=b"x", headers=no_boundary)).status == 400
    assert (await door.call("POST", "/email/4/messages", {"messages": [{"content": {}}]})).body["errorCode"] == "E400"


async def test_sends_need_their_scope(door: Door):
    answer = await door.call("POST", "/sms/3/messages", sms("999100000001"), authorization="App demo-read-only-key")
    assert (answer.status, answer.body["errorCode"]) == (403, "E403")


async def test_sub_accounts_are_listed_and_changed(door: Door):
    accounts = (await door.call("GET", "/settings/1/accounts")).body["accounts"]
    assert accounts[0].keys() == {"key", "ownerKey", "name", "enabled"}
    path = f"/settings/1/accounts/{accounts[0]['key']}"
    assert (await door.call("PUT", path, {"enabled": False})).body["enabled"] is False
    listed = await door.call("GET", "/settings/1/accounts", query={"enabled": "true"})
    assert len(listed.body["accounts"]) == len(accounts) - 1
    assert (await door.call("PUT", "/settings/1/accounts/none", {})).status == 404
    assert (await door.call("PUT", path, {"enabled": "no"})).status == 400


async def test_an_api_key_opens_the_door_until_it_is_changed(door: Door):
    assert (await door.call("GET", KEYS)).status == 401  # not callable with an API key
    made = await door.call("POST", KEYS, {"name": "bridge", "scopeGuids": ["people:read"]}, authorization=BASIC)
    own = f"App {made.body['apiKeySecret']}"
    assert (await door.call("GET", PERSONS, authorization=own)).status == 200
    assert (await door.call("POST", PERSONS, {"externalId": "g1"}, authorization=own)).status == 403
    path = f"{KEYS}/{made.body['id']}"
    await door.call("PUT", path, {"scopeGuids": []}, authorization=BASIC)
    assert (await door.call("GET", PERSONS, authorization=own)).status == 403
    await door.call("PUT", path, {"enabled": False}, authorization=BASIC)
    assert (await door.call("GET", PERSONS, authorization=own)).status == 401
    listed = (await door.call("GET", KEYS, authorization=BASIC)).body
    assert (listed["paging"]["totalCount"], "apiKeySecret" in listed["apiKeys"][0]) == (1, False)
    assert (await door.call("GET", path, authorization=BASIC)).body["name"] == "bridge"
    assert (await door.call("GET", f"{KEYS}/none", authorization=BASIC)).body["errorCode"] == "E404"


async def test_an_api_key_is_bound_to_addresses_and_times(door: Door):
    for limits, status in (
        ({"allowedIPs": ["192.0.2.1"]}, 401),
        ({"allowedIPs": ["127.0.0.1"]}, 200),
        ({"validTo": "2020-01-01T00:00:00"}, 401),
        ({"validFrom": "2099-01-01T00:00:00Z"}, 401),
    ):
        made = await door.call("POST", KEYS, {"name": "k", **limits}, authorization=BASIC)
        assert (await door.call("GET", PERSONS, authorization=f"App {made.body['apiKeySecret']}")).status == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": 1},
        {"name": "k", "validTo": "soon"},
        {"name": "k", "scopeGuids": "x"},
        {"name": "k", "allowedIPs": [1]},
    ],
)
async def test_a_wrong_api_key_is_400_and_not_kept(door: Door, body: object):
    assert (await door.call("POST", KEYS, body, authorization=BASIC)).body["errorCode"] == "E400"
    assert (await door.call("GET", KEYS, authorization=BASIC)).body["apiKeys"] == []


async def test_the_audit_trail_tells_of_keys_and_accounts(door: Door):
    await door.call("POST", KEYS, {"name": "bridge"}, authorization=BASIC)
    found = (await door.call("GET", "/audit/1/logs", query={"item": "ApiKey"})).body
    assert [(entry["action"], entry["item"], entry["username"]) for entry in found] == [
        ("Create", "ApiKey", "keepstep")
    ]
    assert (await door.call("GET", "/audit/1/logs", query={"action": "Delete"})).body == []
    assert (await door.call("GET", "/audit/1/logs", query={"limit": "10001"})).status == 400


async def test_agents_are_created_listed_changed_and_never_deleted(door: Door):
    body = {"displayName": "Mira", "status": "ACTIVE", "role": "AGENT"}
    made = await door.call("POST", AGENTS, body)
    assert (made.status, made.body["enabled"], "email" in made.body) == (200, True, False)
    path = f"{AGENTS}/{made.body['id']}"
    await door.call("POST", AGENTS, {**body, "displayName": "Ivo", "role": "SUPERVISOR"})
    changed = await door.call("PUT", path, {**body, "enabled": False})
    assert (await door.call("GET", path)).body == changed.body
    assert (await door.call("PUT", f"{path}/status", {"status": "AWAY"})).body["status"] == "AWAY"
    assert (await door.call("POST", f"{path}/queues", {"queueId": "q1"})).status == 200
    listed = (await door.call("GET", AGENTS, query={"queueIds": "q1", "enabled": "false"})).body
    assert (len(listed["agents"]), listed["pagination"]["totalItems"]) == (1, 1)
    assert (await door.call("DELETE", f"{path}/queues/q1")).status == 200
    assert (await door.call("DELETE", f"{path}/queues/q1")).status == 404
    page = (await door.call("GET", AGENTS, query={"page": "1", "limit": "1"})).body
    assert [agent["displayName"] for agent in page["agents"]] == ["Ivo"]
    assert (await door.call("DELETE", path)).status == 405
    assert (await door.call("GET", f"{AGENTS}/none")).message_id == "NOT_FOUND"
    assert (await door.call("POST", AGENTS, {**body, "role": "BOSS"})).message_id == "BAD_REQUEST"
    assert (await door.call("GET", AGENTS, query={"limit": "1000"})).status == 400
