"""The emulator as an object: set it up, look into it, change things behind the client's back.

All of it may be called from another thread than the one that serves.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, Unpack

import msgspec

from keepstep.emulator import singles
from keepstep.emulator.account import Account
from keepstep.emulator.auth import Credentials, Keys
from keepstep.emulator.call import Call
from keepstep.emulator.clock import Clock, ShiftedClock
from keepstep.emulator.definitions import DATA_TYPES, Definitions
from keepstep.emulator.faults import Fault
from keepstep.emulator.limits import Limiter, Limits
from keepstep.emulator.outbox import Outbox
from keepstep.emulator.person import unpack, view_v2, view_v3
from keepstep.emulator.population import Population
from keepstep.emulator.replies import EmulatorError, Refusal, Reply, Shown
from keepstep.emulator.rules import Rules, change_rules, parse_rules
from keepstep.emulator.table import Answer
from keepstep.emulator.webhooks import Webhooks
from keepstep.emulator.world import World

_ELSEWHERE: Final = "PORTAL"  # who writes through this object is not the client under test
MOST_PEOPLE: Final = 5_000_000


class Options(TypedDict, total=False):
    """What an emulator starts with, and goes back to on reset; each may be left out."""

    rules: Rules
    people: int  # fictional people made at once
    seed: int  # which people
    limits: Limits  # True: the published rate limits; False: none; a number: so many times as many
    faults: Sequence[str]
    credentials: Credentials
    clock: Clock  # () -> seconds since 1970


class Emulator:
    """One emulated account; raises EmulatorError for options that make no sense."""

    def __init__(self, **options: Unpack[Options]) -> None:
        self._options = options
        self.credentials = options.get("credentials") or Credentials()
        self.clock = ShiftedClock(options.get("clock", time.time))
        self.world = World(
            rules=Rules(),
            clock=self.clock,
            keys=Keys(self.credentials, self.clock),
            limiter=Limiter(limits=True, clock=time.monotonic),
            webhooks=Webhooks(self.clock),
        )
        self.world.tenant.people.listener = self.world.webhooks.changed
        self.reset()

    def reset(self) -> None:
        """Go back to how it started: people, rules, limits and faults; the log, outbox and sessions are emptied."""
        world, options = self.world, self._options
        people = world.tenant.people
        with people.lock:
            people.clear()
            people.remember = None
            world.rules = options.get("rules") or Rules()
            world.tenant.definitions = Definitions()
            world.other = None
            world.keys = Keys(self.credentials, self.clock)
            world.outbox, world.account = Outbox(), Account()
            world.faults.active.clear()
            world.log.clear()
            world.limiter.reset()
            self.set_limits(options.get("limits", True))
            self.seed(people=options.get("people", 0), seed=options.get("seed", 1))
            for fault in options.get("faults", ()):
                world.add_fault(fault)

    def seed(self, *, people: int, seed: int = 1) -> None:
        """Add so many fictional people; the same *seed* gives the same ones."""
        if not 0 <= people <= MOST_PEOPLE:
            raise EmulatorError(f"people is a number from 0 to {MOST_PEOPLE}, not {people}")
        self.world.seed = seed
        self.world.fill(Population(people, seed))

    @property
    def count(self) -> int:
        """Return how many people there are."""
        return len(self.world.tenant.people)

    def persons(self) -> list[Shown]:
        """Return the v2 view of everybody, by id."""
        return msgspec.json.decode(self.dump(), type=list[Shown])

    def dump(self) -> bytes:
        """Return the v2 view of everybody, by id, as one JSON array."""
        records = self.world.tenant.people.snapshot()
        return b"[" + b",".join(view_v2(records[person_id]) for person_id in sorted(records)) + b"]"

    def persons_v3(self) -> list[Shown]:
        """Return the v3 view of everybody, by id."""
        records = self.world.tenant.people.snapshot()
        return [view_v3(unpack(records[person_id])) for person_id in sorted(records)]

    def person(self, kind: str, identifier: str, sender: str = "") -> Shown | None:
        """Return the v2 view of one person, or None."""
        people = self.world.tenant.people
        with people.lock:
            found = people.find(kind, identifier, sender)
            person = None if found is None else people.get(found)
        return None if person is None else singles.shown_v2(person)

    def create(self, body: Mapping[str, object]) -> int:
        """Create a person from a v2 body, as somebody in the portal would; return its id."""
        shown = msgspec.json.decode(self._as_portal(singles.create_person, {}, body).body, type=Shown)
        return int(str(shown["id"]))

    def edit(self, kind: str, identifier: str, body: Mapping[str, object]) -> None:
        """Patch a person, as somebody in the portal would."""
        self._as_portal(singles.patch_person, {"type": kind, "identifier": identifier}, body)

    def replace(self, kind: str, identifier: str, body: Mapping[str, object]) -> None:
        """Replace a person, as somebody in the portal would."""
        self._as_portal(singles.replace_person, {"type": kind, "identifier": identifier}, body)

    def delete(self, kind: str, identifier: str) -> bool:
        """Delete a person, as somebody in the portal would; say whether there was one."""
        if self.person(kind, identifier) is None:
            return False
        self._as_portal(singles.delete_person, {"type": kind, "identifier": identifier}, {})
        return True

    def _as_portal(self, answer: Answer, query: Mapping[str, str], body: Mapping[str, object]) -> Reply:
        with self.world.tenant.people.lock:
            try:
                return answer(self.world, Call(query=query, raw=msgspec.json.encode(body), source=_ELSEWHERE))
            except Refusal as refusal:
                details = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in refusal.details.items())
                raise EmulatorError(f"{refusal.text or 'refused'} {details}".strip()) from refusal

    def define_attribute(self, name: str, data_type: str = "STRING", schema: Mapping[str, str] | None = None) -> None:
        """Define a custom attribute."""
        if data_type not in DATA_TYPES:
            raise EmulatorError(f"a custom attribute is one of {', '.join(DATA_TYPES)}, not {data_type!r}")
        self.world.tenant.definitions.define_attribute(name, data_type, self.world.now(), schema or {})

    def define_tag(self, name: str) -> None:
        """Define a tag."""
        self.world.tenant.definitions.define_tag(name, self.world.now())

    def requests(self, after: int = 0, operation: str = "", limit: int = 0) -> list[Shown]:
        """Return the logged requests numbered above *after*, oldest first, all or *limit* of them."""
        return [msgspec.to_builtins(entry) for entry in self.world.log.entries(after, operation, limit)]

    def counters(self) -> dict[str, int]:
        """Return how many calls each operation, and each of its statuses, had; `refused` counts every 429."""
        return self.world.log.counters()

    def outbox(self) -> list[Shown]:
        """Return the messages that were accepted, oldest first."""
        return [msgspec.to_builtins(message) for message in list(self.world.outbox.messages)]

    def add_fault(self, text: str) -> Fault:
        """Set a fault, such as "500:times=3,path=/persons/upsert"; raise EmulatorError when it makes no sense."""
        return self.world.add_fault(text)

    def clear_faults(self) -> None:
        """Unset every fault."""
        self.world.faults.active = []
        self.world.tenant.people.remember = None

    def set_rules(self, *texts: str) -> None:
        """Set switches, each as "name=value"; raise EmulatorError for a wrong one and set none."""
        self.world.rules = parse_rules(texts, self.world.rules)

    def change_rules(self, values: Mapping[str, object]) -> None:
        """Set switches by name; raise EmulatorError for a wrong one and set none."""
        self.world.rules = change_rules(self.world.rules, values)

    def set_limits(self, limits: Limits) -> None:
        """Set the rate limits: True, False, or a factor above 0."""
        if not isinstance(limits, bool) and not 0 < limits < 1e9:
            raise EmulatorError(f"limits are on, off, or a factor above 0, not {limits}")
        self.world.limiter.limits = limits

    def set_webhooks(self, urls: Sequence[str], *, duplicates: bool = False, reorder: bool = False) -> None:
        """Post the events of every change to *urls* from now on; an empty list ends it."""
        for url in urls:
            if not url.startswith(("http://", "https://")):
                raise EmulatorError(f"a webhook needs an http or https URL, not {url!r}")
        hooks = self.world.webhooks
        hooks.urls, hooks.duplicates, hooks.reorder = tuple(urls), duplicates, reorder
