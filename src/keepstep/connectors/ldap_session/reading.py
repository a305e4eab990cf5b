"""Read everything a search selects, page by page, and say whether that is proven to be all."""

import asyncio
from collections.abc import Callable
from typing import Final

from keepstep.connectors.ldap_session.ranges import parts_of, without_parts
from keepstep.connectors.ldap_session.results import Kind, error_of, meaning
from keepstep.connectors.ldap_session.session import Depth, Entry, Page, Search, Session
from keepstep.core.values import Completeness, Record, Verdict
from keepstep.errors import ConnectorError, ResponseInvalid
from keepstep.ports import Sink

Decode = Callable[[Entry], Record]
"""Turns an entry into a record; ValueError if the entry has no key."""

_MAX_PARTS: Final = 10_000

_MAX_BARREN: Final = 1000
"""How many pages in a row may bring nothing new; page marks are opaque, and Samba's are all alike."""


class Reading:
    """One read: what was seen so far, and what speaks against its being complete. *key*: the attribute that is one."""

    def __init__(self, session: Session, search: Search, decode: Decode, sink: Sink, *, key: str) -> None:
        self._session = session
        self._search = search
        self._decode = decode
        self._sink = sink
        self._key = key
        self._seen: dict[str, int] = {}
        self._pages = 0
        self._barren = 0
        self._references: set[str] = set()
        self._hidden = 0
        self._changed = 0

    async def run(self) -> Verdict:
        """Pass every object to the sink once; COMPLETE only if the directory itself said that this was all.

        ConnectorError if not even the first page could be had.
        """
        calls = self._session.calls
        pending = asyncio.ensure_future(self._session.page(self._search))
        flaw = ""
        try:
            while True:
                page = await pending
                flaw = self._flaw(page)
                more = bool(page.cookie) and not flaw
                if more:
                    # the directory works on the next page while this one is decoded
                    pending = asyncio.ensure_future(self._session.page(self._search, page.cookie))
                    await asyncio.sleep(0)  # lets it be sent now, not at the next wait
                await self._take(page)
                if not more:
                    break
                if self._barren > _MAX_BARREN:
                    flaw = "the directory gave page after page without anything new"
                    break
        except ConnectorError as exc:
            if not self._seen:
                raise
            flaw = f"the read broke off: {exc.message}"
        finally:
            await _discard(pending)
        return self._verdict(flaw, self._session.calls - calls)

    def _flaw(self, page: Page) -> str:
        self._references.update(page.references)
        self._pages += 1
        answer = page.answer
        if answer.good:
            return ""
        known = meaning(answer)
        if self._pages == 1 and known.kind is not Kind.LIMIT:
            raise error_of(answer, "read")
        return f"{known.sentence} (LDAP result {answer.code})"

    async def _take(self, page: Page) -> None:
        records: list[Record] = []
        for entry in page.entries:
            whole = await complete_values(self._session, entry)
            try:
                record = self._decode(whole)
            except ValueError:
                self._hidden += 1
                continue
            content = hash(frozenset(record.attributes.items()))
            before = self._seen.get(record.key)
            if before is None:
                self._seen[record.key] = content
                records.append(record)
            elif before != content:
                self._changed += 1
        # An empty page in the middle is nothing strange: the filter let nothing through. What came before is.
        self._barren = 0 if records else self._barren + (_MAX_BARREN if page.entries else 1)
        if records:
            self._sink(records)

    def _verdict(self, flaw: str, calls: int) -> Verdict:
        count = len(self._seen)
        verdict = Completeness.COMPLETE
        reason = f"the directory gave {count} objects and said that these are all"
        if self._changed:
            verdict = Completeness.PARTIAL
            reason = f"{self._changed} objects came twice with different values: they changed during the read"
        if self._hidden:
            verdict = Completeness.PARTIAL
            reason = f"{self._hidden} objects came without {self._key}: the service account may not read it"
        if self._references:
            verdict = Completeness.PARTIAL
            reason = f"{len(self._references)} parts of the base are held by other servers, which are not followed"
        if flaw:
            verdict, reason = Completeness.PARTIAL, f"{flaw}, after {count} objects"
        return Verdict(completeness=verdict, reason=reason, records=count, calls=calls)


async def _discard(pending: "asyncio.Future[Page]") -> None:
    """End a page that nobody waits for."""
    if not pending.done():
        pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)


async def complete_values(session: Session, entry: Entry) -> Entry:
    """Return *entry* with all values of attributes of which only a part came. ConnectorError if they cannot be had."""
    parts = parts_of(entry.values)
    if not parts:
        return entry
    values = without_parts(entry.values)
    for first in parts:
        part, held = first, list(first.values)
        for _ in range(_MAX_PARTS):
            if part.last:
                break
            search = Search(base=entry.dn, attributes=(part.following,), depth=Depth.BASE)
            page = await session.page(search)
            if not page.answer.good:
                raise error_of(page.answer, f"read of more values of {part.name}")
            following = (
                [found for found in parts_of(page.entries[0].values) if found.name == part.name] if page.entries else []
            )
            if not following or following[0].start != part.start + len(part.values) or not following[0].values:
                raise ResponseInvalid(f"the values of {part.name} do not come to an end", hint="read again")
            part = following[0]
            held += part.values
        values[first.name] = held
    return Entry(entry.dn, values)
