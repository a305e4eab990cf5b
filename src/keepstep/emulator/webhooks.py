"""People webhooks: every change of a person becomes events, posted to the URLs that were set.

At least once, in order unless `reorder` is on, and now and then twice when `duplicates` is on. At most 10,000 events
wait; then the oldest are lost and counted. Source: Infobip reference, section 7.1.
"""

import asyncio
import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import msgspec

from keepstep.emulator.clock import Clock, stamp_millis
from keepstep.emulator.person import Person, contact_key, contacts

_MOST_WAITING: Final = 10_000
_ATTEMPTS: Final = 3
_WINDOW: Final = 10  # events that may change places
_CHANNEL_NAMES: Final = {"PHONE": "MSISDN"}
_TEXTS: Final = (
    "external_id", "type", "first_name", "last_name", "middle_name", "address", "city", "country", "gender",
    "birth_date", "preferred_language", "profile_picture",
)  # fmt: skip
Payload = dict[str, object]


def events(before: Person | None, after: Person | None) -> Iterator[tuple[str, Payload]]:
    """Yield the type and payload of each event that the change from *before* to *after* causes."""
    person = after or before
    if person is None:
        return
    source = person.modified_from
    common: Payload = {"person": _shown(person), "invoker": _invoker(source)}
    if before is None:
        yield "PERSON_CREATED", {**common, "personType": person.type, "source": source}
    elif after is None:
        yield "PERSON_DELETED", {**common, "personType": person.type, "source": source}
    else:
        common["source"] = source
        yield from _attribute_events(before, after, common)
        yield from _contact_events(before, after, common)
        for tag in after.tags:
            if tag not in before.tags:
                yield "PERSON_TAG_ADDED", {**common, "addedTag": tag}
        for tag in before.tags:
            if tag not in after.tags:
                yield "PERSON_TAG_DELETED", {**common, "removedTag": tag}


def _shown(person: Person) -> Payload:
    info = person.contact_information
    return {
        "id": str(person.id),
        "externalId": person.external_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": [entry["address"] for entry in info.get("email", [])],
        "phone": [entry["number"] for entry in info.get("phone", [])],
    }


def _invoker(source: str) -> Payload:
    if source == "PORTAL":
        return {"type": "user", "id": "A1B2", "name": "Ana Admin", "email": "ana.admin@example.org"}
    return {"type": "client", "id": "C3D4", "name": "keepstep", "email": None}


def _attribute_events(before: Person, after: Person, common: Payload) -> Iterator[tuple[str, Payload]]:
    for name in _TEXTS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            head, *rest = name.split("_")
            shown = head + "".join(part.title() for part in rest)
            yield "PERSON_ATTRIBUTE_CHANGED", {**common, "attributeName": shown, "from": old, "to": new}
    for name in {**before.custom_attributes, **after.custom_attributes}:
        old, new = before.custom_attributes.get(name), after.custom_attributes.get(name)
        if old != new:
            yield "PERSON_ATTRIBUTE_CHANGED", {**common, "attributeName": name, "from": old, "to": new}


def _contact_events(before: Person, after: Person, common: Payload) -> Iterator[tuple[str, Payload]]:
    old = {contact_key(contact): contact for contact in contacts(before)}
    new = {contact_key(contact): contact for contact in contacts(after)}
    for word, here, there in (("CREATED", new, old), ("DELETED", old, new)):
        for key, contact in here.items():
            if key not in there:
                kind = _CHANNEL_NAMES.get(contact.kind, contact.kind)
                data = {"type": kind, "source": common["source"], "value": contact.identifier}
                yield f"PERSON_CONTACT_INFORMATION_{word}", {**common, "channelData": data}


@dataclass(slots=True)
class Webhooks:
    """Posts events in the background while the server runs."""

    clock: Clock
    urls: tuple[str, ...] = ()
    duplicates: bool = False
    reorder: bool = False
    lost: int = 0
    sent: int = 0
    _waiting: deque[bytes] = field(default_factory=deque[bytes])
    _wake: asyncio.Event | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _task: asyncio.Task[None] | None = None
    _draw: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - order, not secrets

    def changed(self, before: Person | None, after: Person | None) -> None:
        """Queue the events of one change; cheap when nobody listens."""
        if not self.urls:
            return
        for kind, payload in events(before, after):
            self._queue({"type": kind, "timestamp": stamp_millis(self.clock()), "payload": payload})
        if self._loop is not None and self._wake is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    def merged(self, after: Person) -> None:
        """Queue the event of a merge; the loser is not named, as in the real service."""
        if self.urls:
            payload = {"person": _shown(after), "invoker": _invoker("API"), "source": "API"}
            self._queue({"type": "PERSON_MERGED", "timestamp": stamp_millis(self.clock()), "payload": payload})

    def _queue(self, event: Mapping[str, object]) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(msgspec.json.encode(event))

    async def start(self) -> None:
        """Begin to post what waits."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        self._wake.set()
        self._task = asyncio.create_task(self._run(self._wake))

    async def stop(self) -> None:
        """Stop posting; what waits stays."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = self._wake = self._loop = None

    async def _run(self, wake: asyncio.Event) -> None:
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await wake.wait()
                wake.clear()
                while self._waiting:
                    for body in self._next_few():
                        for url in self.urls:
                            await self._post(session, url, body)

    def _next_few(self) -> list[bytes]:
        few = [self._waiting.popleft() for _ in range(min(_WINDOW if self.reorder else 1, len(self._waiting)))]
        if self.duplicates:
            few += [body for body in few if self._draw.random() < 0.5]
        if self.reorder:
            self._draw.shuffle(few)
        return few

    async def _post(self, session: aiohttp.ClientSession, url: str, body: bytes) -> None:
        """Post *body* until it is answered with 2xx, at most three times."""
        for attempt in range(_ATTEMPTS):
            try:
                async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                    if answer.status < 300:
                        self.sent += 1
                        return
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass  # a receiver that is away is tried again, then given up: events are hints
            await asyncio.sleep(0.05 * 2**attempt)
        self.lost += 1
