"""The population: every person in compact form, and the indexes that keep identifiers unique.

External ids and phones compare exactly, emails without case; each belongs to at most one person
(Infobip reference, section 3.1). One person takes about 1 kB with its indexes.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from keepstep.emulator.person import Contact, Person, contact_key, contacts, pack, unpack

Listener = Callable[[Person | None, Person | None], None]


class Claim(NamedTuple):
    """An identifier that somebody else holds."""

    kind: str
    identifier: str
    owner: int


class Past(NamedTuple):
    """What a person was before a change: kept bytes, or None when the change created it."""

    when: float
    id: int
    kept: bytes | None


class People:
    """All persons, in order of creation. Reads from other threads are safe; writes belong to one thread."""

    def __init__(self, first_id: int = 7_731_001) -> None:
        self.lock = threading.RLock()
        self.records: dict[int, bytes] = {}
        self.version = 0
        self.listener: Listener | None = None
        self.past: deque[Past] = deque(maxlen=100_000)
        self.remember: Callable[[], float] | None = None
        self._first_id = first_id
        self._next_id = first_id
        self._order: list[int] | None = []
        self._external: dict[str, int] = {}
        self._phone: dict[str, int] = {}
        self._email: dict[str, int] = {}
        self._channel: dict[tuple[str, str, str], int] = {}

    def __len__(self) -> int:
        return len(self.records)

    def clear(self) -> None:
        """Forget everybody; ids start again."""
        with self.lock:
            for index in (self.records, self._external, self._phone, self._email, self._channel):
                index.clear()
            self.past.clear()
            self._order = []
            self._next_id = self._first_id
            self.version += 1

    @property
    def given(self) -> int:
        """Return how many ids were given out so far."""
        return self._next_id - self._first_id

    def new_id(self) -> int:
        """Return an id that nobody has or had."""
        self._next_id += 1
        return self._next_id - 1

    def order(self) -> Sequence[int]:
        """Return every id in order of creation; to be read at once, not kept."""
        if self._order is None:
            self._order = list(self.records)
        return self._order

    def get(self, person_id: int) -> Person | None:
        """Return the person with *person_id*, or None."""
        kept = self.records.get(person_id)
        return None if kept is None else unpack(kept)

    def find(self, kind: str, identifier: str, sender: str = "") -> int | None:
        """Return the id of the person that *identifier* of type *kind* names, or None."""
        if kind == "ID":
            is_number = identifier.isascii() and identifier.isdigit() and len(identifier) < 20
            number = int(identifier) if is_number else -1
            return number if number in self.records else None
        if kind == "EXTERNAL_ID":
            return self._external.get(identifier)
        if kind == "PHONE":
            return self._phone.get(identifier)
        if kind == "EMAIL":
            return self._email.get(identifier.lower())
        return self._channel.get((kind, sender, identifier))

    def claims(self, person: Person) -> Iterator[Claim]:
        """Yield each identifier of *person* that somebody else holds."""
        if person.external_id is not None:
            owner = self._external.get(person.external_id, person.id)
            if owner != person.id:
                yield Claim("EXTERNAL_ID", person.external_id, owner)
        for contact in contacts(person):
            owner = self.find(*contact[:3])
            if owner is not None and owner != person.id:
                yield Claim(contact.kind, contact.identifier, owner)

    def commit(self, before: Person | None, after: Person | None) -> None:
        """Put *after* in the place of *before*; None stands for nobody. Identifiers must have been checked."""
        with self.lock:
            person = after or before
            if person is None:
                return
            if self.remember is not None:
                self.past.append(Past(self.remember(), person.id, self.records.get(person.id)))
            moved = before is None or after is None or _identifiers(before) != _identifiers(after)
            if before is not None and moved:
                self._index(before, add=False)
            if after is None:
                self.records.pop(person.id, None)
                self._order = None
            else:
                if before is None and self._order is not None:
                    self._order.append(after.id)
                self.records[after.id] = pack(after)
                if moved:
                    self._index(after, add=True)
            self.version += 1
        if self.listener is not None:
            self.listener(before, after)

    def load(self, kept: bytes, person_id: int, keys: tuple[str, str, str]) -> None:
        """Add a person that is known to be new and valid; *keys* are its external id, lower-case email and phone."""
        external, email, phone = keys
        self.records[person_id] = kept
        if self._order is not None:
            self._order.append(person_id)
        self._external[external] = person_id
        self._email[email] = person_id
        self._phone[phone] = person_id
        self.version += 1

    def snapshot(self) -> dict[int, bytes]:
        """Return all kept persons as they are now, by id."""
        with self.lock:
            return self.records.copy()

    def as_of(self, when: float) -> dict[int, bytes]:
        """Return all kept persons as they were at *when*, as far back as changes were remembered."""
        with self.lock:
            records = self.records.copy()
            for change in reversed(self.past):
                if change.when <= when:
                    break
                if change.kept is None:
                    records.pop(change.id, None)
                else:
                    records[change.id] = change.kept
        return dict(sorted(records.items()))

    def _index(self, person: Person, *, add: bool) -> None:
        if person.external_id is not None:
            _point(self._external, person.external_id, person.id, add=add)
        for contact in contacts(person):
            self._index_contact(contact, person.id, add=add)

    def _index_contact(self, contact: Contact, person_id: int, *, add: bool) -> None:
        kind, sender, identifier = contact_key(contact)
        if kind == "PHONE":
            _point(self._phone, identifier, person_id, add=add)
        elif kind == "EMAIL":
            _point(self._email, identifier, person_id, add=add)
        else:
            _point(self._channel, (kind, sender, identifier), person_id, add=add)


_K = TypeVar("_K")


def _identifiers(person: Person) -> tuple[object, object]:
    return person.external_id, person.contact_information


def _point(index: dict[_K, int], key: _K, person_id: int, *, add: bool) -> None:
    if add:
        index[key] = person_id
    elif index.get(key) == person_id:
        del index[key]
