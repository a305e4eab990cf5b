"""A look at all entries of a scope: who is there, under which name, and modified when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Final
from uuid import UUID

from keepstep.connectors.ldap.codec import key_of
from keepstep.connectors.ldap.cursor import TIME
from keepstep.connectors.ldap.subschema import KEY
from keepstep.connectors.ldap_session.reading import Reading
from keepstep.connectors.ldap_session.session import Entry, Search, Session
from keepstep.core.directory_values import Wire, decode
from keepstep.core.set_sketch import SetSketch
from keepstep.core.values import NativeKey, Record

MODIFIED: Final = "modifyTimestamp"
_STAMPS: Final = (MODIFIED, "entryCSN")
_LONG_AGO: Final = "19700101000000"


@dataclass(slots=True)
class Sweep:
    """What was seen. *entries*: each with its name and its stamps; *newest*: the second in which one was modified last.

    *late*: who was modified in the second *start* or later (empty: nobody); *csn*: the newest entryCSN, if there are
    any; *flaw*: why it did not see everything.
    """

    start: str
    entries: SetSketch = field(default_factory=SetSketch)
    newest: str = _LONG_AGO
    csn: str = ""
    late: set[NativeKey] = field(default_factory=set[NativeKey])
    flaw: str = ""

    def take(self, records: Sequence[Record]) -> None:
        """Take in the entries of one page."""
        for record in records:
            second = record.one("second")
            self.entries.add(UUID(record.key).bytes + bytes.fromhex(record.one("mark")))
            self.newest = max(self.newest, second)
            self.csn = max(self.csn, record.one("csn"))
            if self.start and second >= self.start:
                self.late.add(record.key)


def _stamped(names: Sequence[str], entry: Entry) -> Record:
    """Return the key of *entry* with what tells whether it changed; ValueError if either is hidden."""
    second = second_of(entry)
    if not second:
        raise ValueError("the entry came without modifyTimestamp")
    csn = tuple(value.decode(errors="replace") for value in entry.values.get("entrycsn", ()))
    return Record(key_of(entry), {"second": (second,), "csn": csn, "mark": (_mark(entry, names).hex(),)})


def second_of(entry: Entry) -> str:
    """Return the second in which *entry* was modified last, or the empty text."""
    (text,) = decode(Wire.GENERALIZED_TIME, entry.values.get(MODIFIED.lower(), ())[:1]) or ("",)
    try:
        return datetime.fromisoformat(text).strftime(TIME)
    except ValueError:
        return ""


def _mark(entry: Entry, names: Iterable[str]) -> bytes:
    """Return eight bytes that are others as soon as the name or a stamp of *entry* is."""
    digest = blake2b(entry.dn.encode(), digest_size=8)
    for name in names:
        for value in sorted(entry.values.get(name.lower(), ())):
            digest.update(f"\n{name} {len(value)} ".encode() + value)
    return digest.digest()


async def sweep(session: Session, scope: Search, own: Iterable[str], start: str) -> Sweep:
    """Look at all entries that *scope* selects.

    *own*: the attributes that the server changes by itself; they count as stamps, as it does not note those changes.
    """
    names = tuple({name.lower(): name for name in (KEY, *_STAMPS, *own)}.values())
    found = Sweep(start)
    search = replace(scope, attributes=names)
    key = f"{KEY} or {MODIFIED}"
    verdict = await Reading(session, search, partial(_stamped, names), found.take, key=key).run()
    found.flaw = "" if verdict.complete else verdict.reason
    return found
