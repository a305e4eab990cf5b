"""A client of the emulator for the tests: one call, one (status, body)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from keepstep.emulator import Emulator, parse_rules, running

PERSONS = "/people/2/persons"
CONTACTS = "/people/2/persons/contactInformation"
BATCH = "/people/2/persons/batch"
MATCH = "/people/2/persons/match"
UPSERT = "/people/3/persons/upsert"
MERGE = "/people/3/persons/merge"
TAGS = "/people/2/tags"
ATTRIBUTES = "/people/2/customAttributes"


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def text(self) -> str:
        return self.body["requestError"]["serviceException"]["text"]

    @property
    def message_id(self) -> str:
        return self.body["requestError"]["serviceException"]["messageId"]

    @property
    def problems(self) -> dict[str, list[str]]:
        return self.body["requestError"]["serviceException"]["validationErrors"]


class Door:
    def __init__(self, emulator: Emulator, url: str, session: aiohttp.ClientSession) -> None:
        self.emulator = emulator
        self.url = url
        self.session = session
        self.authorization = "App demo-key"

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Send *body* as JSON; `query`, `raw`, `form`, `headers`, `authorization` as options."""
        authorization = options.pop("authorization", self.authorization)
        headers = {**({"Authorization": authorization} if authorization else {}), **options.pop("headers", {})}
        content = (
            {"data": options["raw"]} if "raw" in options else {"data": options["form"]} if "form" in options else {}
        )
        if body is not None:
            content = {"json": body}
        async with self.session.request(
            method, self.url + path, params=options.get("query"), headers=headers, **content
        ) as answer:
            raw = await answer.read()
            is_json = answer.content_type == "application/json" and raw
            return Answer(answer.status, await answer.json() if is_json else raw, answer.headers)

    async def create(self, **person: Any) -> Any:
        answer = await self.call("POST", PERSONS, person)
        assert answer.status == 200, answer.body
        return answer.body

    async def get(self, kind: str, identifier: Any) -> Answer:
        return await self.call("GET", PERSONS, query={"type": kind, "identifier": str(identifier)})

    async def list(self, **query: Any) -> Answer:
        return await self.call("GET", PERSONS, query={name: str(value) for name, value in query.items()})


@asynccontextmanager
async def opened(*rules: str, **options: Any) -> AsyncGenerator[Door]:
    options.setdefault("limits", False)
    emulator = Emulator(rules=parse_rules(rules), **options)
    async with running(emulator) as url, aiohttp.ClientSession() as session:
        yield Door(emulator, url, session)


def email(*addresses: str) -> dict[str, Any]:
    return {"email": [{"address": address} for address in addresses]}


def phone(*numbers: str) -> dict[str, Any]:
    return {"phone": [{"number": number} for number in numbers]}


def v3(**person: Any) -> dict[str, Any]:
    """A v3 person; `email` and `phone` become its flat contacts."""
    contacts = [{"type": "EMAIL", "identifier": person.pop("email")}] if "email" in person else []
    contacts += [{"type": "PHONE", "identifier": person.pop("phone")}] if "phone" in person else []
    return {**person, **({"contactInformation": contacts} if contacts else {})}
