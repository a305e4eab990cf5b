"""Whatever arrives, the answer is a refusal and never a 500, and nothing half-done is kept."""

import asyncio
import json
import random
from typing import Any

import pytest
import yarl

from keepstep.emulator.table import TABLE
from tests.emulator.door import BATCH, MATCH, MERGE, PERSONS, UPSERT, Door, email, v3

SEEDS: list[Any] = [
    {"externalId": "g1", "firstName": "Mira", "tags": ["Staff"], "contactInformation": email("a@example.org")},
    {"persons": [v3(externalId="g1", email="a@example.org", phone="999100000001")]},
    {"people": [{"query": {"type": "EXTERNAL_ID", "identifier": "g1"}, "update": {"city": "Zadar"}}]},
    {"identities": [{"type": "EMAIL", "identifier": "a@example.org"}]},
    {"name": "Field", "dataType": "LIST_OF_OBJECTS", "objectSchema": {"make": "STRING"}},
    {"messages": [{"destinations": [{"to": "999100000001"}], "content": {"text": "x"}}]},
    {"displayName": "Mira", "status": "ACTIVE", "role": "AGENT", "enabled": True, "queueId": "q"},
    {"username": "keepstep", "password": "demo-password", "unsafe": False},
]
STRANGE: list[Any] = [
    None, True, 0, -1, 2**63, 1.5, 1e308, "", "x" * 5000, "\x00", "\U0001d4b3\u202e", "{{7*7}}", "*)(uid=*", "'; drop", "\r\n", [], {}, [[]], [None],
    {"": ""}, {"$ref": "#"}, [{}] * 3,
]  # fmt: skip
RAW = [
    b"", b"{", b"\xff\xfe\x00", b'"\\ud800"', b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"nul", b'{"persons":[' + b"1e999]}",
    b"\xef\xbb\xbf{}", b"NaN", b'{"persons":[{"externalId":"a"}]} x', b'{"a":1,"a":2}', b"12345678901234567890123456789",
]  # fmt: skip


def bent(value: Any, draw: random.Random) -> Any:
    """Return *value* with one part of it replaced by something strange."""
    if isinstance(value, dict) and value and draw.random() < 0.8:
        key = draw.choice(list(value))
        return {**value, key: bent(value[key], draw)}
    if isinstance(value, list) and value and draw.random() < 0.8:
        place = draw.randrange(len(value))
        return [*value[:place], bent(value[place], draw), *value[place + 1 :]]
    return draw.choice(STRANGE)


def concrete(path: str) -> str:
    return (
        path.replace("{name}", "Staff")
        .replace("{agentId}", "AG1")
        .replace("{queueId}", "q")
        .replace("{", "")
        .replace("}", "")
    )


@pytest.mark.parametrize("route", TABLE, ids=lambda route: route.operation.name)
async def test_no_body_and_no_query_makes_a_500(door: Door, route: Any):
    draw = random.Random(route.operation.name)
    door.emulator.define_tag("Staff")
    door.emulator.define_attribute("Staff", "LIST_OF_OBJECTS", {"make": "STRING"})
    door.emulator.create({"externalId": "g1", "contactInformation": email("a@example.org")})
    method, path = route.operation.method, concrete(route.operation.path)
    bodies = [*RAW, *(json.dumps(bent(seed, draw)).encode() for seed in SEEDS for _ in range(12))]
    for raw in bodies:
        text = str(draw.choice(STRANGE))[:200]
        query = draw.choice([
            {"type": "EXTERNAL_ID", "identifier": "g1"}, {"type": text, "identifier": text}, {"filter": text, "page": text},
            {"limit": text, "orderBy": text, "includeTotalCount": text}, {"sender": text, "email": text}, {"type": "ID", "identifier": "9" * 25},
        ])  # fmt: skip
        authorization = "Basic a2VlcHN0ZXA6ZGVtby1wYXNzd29yZA=="
        answer = await door.call(method, path, raw=raw, query=query, authorization=authorization)
        assert answer.status < 500, (raw[:200], query)
    assert (await door.list(limit=1000)).status == 200
    assert len(json.loads(door.emulator.dump())) == door.emulator.count


@pytest.mark.parametrize(
    ("method", "path"), [("POST", PERSONS), ("POST", BATCH), ("PUT", UPSERT), ("POST", MERGE), ("POST", MATCH)]
)
async def test_wrong_bytes_keep_nothing(door: Door, method: str, path: str):
    for raw in RAW:
        assert (await door.call(method, path, raw=raw)).status in {400, 207}
    assert door.emulator.count == 0


async def test_a_client_that_leaves_in_the_middle_harms_nobody(door: Door, caplog: pytest.LogCaptureFixture):
    port = int(door.url.rpartition(":")[2])
    head = f"POST {PERSONS} HTTP/1.1\r\nHost: x\r\nAuthorization: App demo-key\r\n"
    door.emulator.add_fault("slow-drip:ms=20,operation=list_persons")
    whole = head.replace("POST", "GET") + "\r\n"
    for text in (head + "Content-Length: 1000\r\n\r\n{", head[:20], whole, "garbage\r\n\r\n"):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(text.encode())
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
    assert (await door.list()).status == 200
    assert door.emulator.count == 0
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    "target",
    [
        "/people/2/tags/%ff",
        "/people/2/tags/%00",
        "/people/2/persons?type=%ff&identifier=%ff",
        "/people/2/persons?filter=%7B%22city%22%3A%22%ED%A0%80%22%7D",
        "//",
        "/%2e%2e/_emulator",
    ],
)
async def test_strange_addresses_are_refused(door: Door, target: str):
    async with door.session.get(
        yarl.URL(door.url + target, encoded=True), headers={"Authorization": "App demo-key"}
    ) as answer:
        assert answer.status in {200, 400, 404}
        await answer.read()
    assert door.emulator.requests() is not None
    assert (await door.call("GET", "/_emulator/requests")).status == 200
