"""People webhooks (reference section 7.1, section 11 line 12)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.emulator.door import BATCH, MERGE, PERSONS, TAGS, Door, email, opened, phone, v3


class Receiver:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refusals = 0
        self.arrived = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=500)
        self.events.append(await request.json())
        self.arrived.set()
        return web.Response()

    async def wait_for(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.events) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return [event["type"] for event in self.events]


@asynccontextmanager
async def receiving(door: Door, **options: bool) -> AsyncGenerator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    answer = await door.call("PUT", "/_emulator/webhooks", {"urls": [url], **options})
    assert answer.status == 200
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def test_every_kind_of_change_is_told(door: Door):
    query = {"type": "EXTERNAL_ID", "identifier": "g1"}
    door.emulator.define_attribute("Department")
    async with receiving(door) as receiver:
        person = await door.create(externalId="g1", firstName="Mira", contactInformation=email("a@example.org"))
        await door.call(
            "PATCH", PERSONS, {"firstName": "Ana", "customAttributes": {"Department": "Sales"}}, query=query
        )
        await door.call("PATCH", PERSONS, {"contactInformation": phone("999100000001"), "tags": ["Staff"]}, query=query)
        await door.call("DELETE", f"{TAGS}/Staff")
        door.emulator.edit("EXTERNAL_ID", "g1", {"city": "Zadar"})
        await door.call("DELETE", PERSONS, query=query)
        assert await receiver.wait_for(8) == [
            "PERSON_CREATED",
            "PERSON_ATTRIBUTE_CHANGED",
            "PERSON_ATTRIBUTE_CHANGED",
            "PERSON_CONTACT_INFORMATION_CREATED",
            "PERSON_TAG_ADDED",
            "PERSON_TAG_DELETED",
            "PERSON_ATTRIBUTE_CHANGED",
            "PERSON_DELETED",
        ]
        created, renamed, _, contact, tagged, _, edited, _ = (event["payload"] for event in receiver.events)
        assert created["person"]["id"] == str(person["id"])
        assert (created["personType"], created["source"], created["invoker"]["type"]) == ("CUSTOMER", "API", "client")
        assert (renamed["attributeName"], renamed["from"], renamed["to"]) == ("firstName", "Mira", "Ana")
        assert contact["channelData"] == {"type": "MSISDN", "source": "API", "value": "999100000001"}
        assert tagged["addedTag"] == "Staff"
        assert (edited["source"], edited["invoker"]["type"]) == ("PORTAL", "user")


async def test_an_event_is_posted_again_until_it_is_taken(door: Door):
    async with receiving(door) as receiver:
        receiver.refusals = 2
        await door.create(externalId="g1")
        assert await receiver.wait_for(1) == ["PERSON_CREATED"]


async def test_duplicates_and_another_order_lose_nothing(door: Door):
    async with receiving(door, duplicates=True, reorder=True) as receiver:
        await door.call("POST", BATCH, {"people": [{"externalId": f"g{number}"} for number in range(30)]})
        told: set[str] = set()
        while len(told) < 30:
            await receiver.wait_for(len(receiver.events) + 1)
            told = {event["payload"]["person"]["externalId"] for event in receiver.events}
        order = [event["payload"]["person"]["externalId"] for event in receiver.events]
        assert len(order) > 30
        assert list(dict.fromkeys(order)) != [f"g{number}" for number in range(30)]


async def test_a_merge_is_told_without_naming_the_loser(door: Door):
    await door.create(externalId="g1", contactInformation=email("a@example.org"))
    await door.create(externalId="g2", contactInformation=email("b@example.org"))
    async with receiving(door) as receiver:
        await door.call("POST", MERGE, {"persons": [v3(externalId="g1", email="b@example.org")]})
        assert "PERSON_MERGED" in await receiver.wait_for(3)


async def test_a_receiver_that_is_away_never_stops_the_service():
    async with opened() as door:
        door.emulator.set_webhooks(["http://127.0.0.1:9/hook"])
        for number in range(5):
            await door.create(externalId=f"g{number}")
        assert door.emulator.count == 5
