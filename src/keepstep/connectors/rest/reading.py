"""Reading people: the whole list with several pages in flight, or single persons by key."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.connectors.rest.calls import Answer, Caller
from keepstep.connectors.rest.preset import ObjectSpec
from keepstep.connectors.rest.transport import Failure
from keepstep.core.columns import Columns, Envelope, Page
from keepstep.core.completeness import Proof
from keepstep.core.field_path import FieldPath
from keepstep.core.paging import Cursor, End, NextUrl, PageFacts, PageState
from keepstep.core.response import Meaning
from keepstep.core.values import NativeKey, Record
from keepstep.errors import ConnectorError, ResponseInvalid

IN_FLIGHT: Final = 8
MOST_PAGES: Final = 100_000

Pages = Callable[[Sequence[Record]], None]


@dataclass(slots=True)
class _Flight:
    """Pages that were asked for ahead, in order."""

    pages: deque[tuple[PageState, asyncio.Task[Answer]]]
    upcoming: Iterator[PageState]

    def cancel(self) -> list[asyncio.Task[Answer]]:
        tasks = [task for _, task in self.pages]
        for task in tasks:
            task.cancel()
        return tasks


class Reader:
    """Reads one endpoint's list, page by page in order, and gathers the proof that it was whole."""

    def __init__(self, caller: Caller, endpoint: str, *, key: str) -> None:
        self._caller = caller
        self._name = endpoint
        self._endpoint = caller.preset.endpoints[endpoint]
        self._key = key
        self.last_total: int | None = None

    def columns(self, paths: Mapping[str, FieldPath]) -> Columns:
        """Return the decoder of pages and single objects for these attributes."""
        paging = self._endpoint.paging
        cursor = paging.cursor if isinstance(paging, Cursor | NextUrl) else ""
        return Columns(
            paths,
            key=self._key,
            envelope=Envelope(records=self._endpoint.records, total=paging.total, cursor=cursor),
        )

    async def read(self, columns: Columns, sink: Pages) -> Proof:
        """Pass every page to *sink* in order; raise ConnectorError only while nothing was passed yet."""
        paging = self._endpoint.paging
        proof = Proof(total_declared=bool(paging.total))
        flight = _Flight(deque(), iter(()))
        state: PageState | None = paging.first()
        try:
            while state is not None and proof.pages < MOST_PAGES:
                try:
                    page = await self._page(columns, state, flight)
                except ConnectorError as error:
                    # A list in the wrong form is a finding about the read; a system that is away is not.
                    if proof.pages == 0 and not isinstance(error, ResponseInvalid):
                        raise
                    proof.end(End(wrong=f"page {proof.pages + 1} could not be read: {error.message}"))
                    return proof
                state = self._take(page, state, (proof, flight, sink))
        finally:
            await asyncio.gather(*flight.cancel(), return_exceptions=True)
        return proof

    def _take(self, page: Page, state: PageState, to: tuple[Proof, _Flight, Pages]) -> PageState | None:
        proof, flight, sink = to
        if page.records is None:
            return None
        facts = PageFacts(count=len(page.records), total=page.total, cursor=page.cursor)
        proof.add(page.records, page.total)
        self.last_total = page.total
        if page.records:
            sink(page.records)
        if proof.pages == 1:
            flight.upcoming = self._endpoint.paging.ahead(state, facts)
        following = self._endpoint.paging.next(state, facts)
        if isinstance(following, End):
            proof.end(following)
            return None
        return following

    async def _page(self, columns: Columns, state: PageState, flight: _Flight) -> Page:
        """Return the page of *state*, keeping further pages in flight meanwhile."""
        while len(flight.pages) < IN_FLIGHT and (ahead := next(flight.upcoming, None)) is not None:
            flight.pages.append((ahead, asyncio.ensure_future(self._ask(ahead))))
        if flight.pages and flight.pages[0][0].number == state.number:
            answer = await flight.pages.popleft()[1]
        else:
            answer = await self._ask(state)
        body = self._caller.body(answer)
        page = columns.page(body)
        if page.records is None:
            raise ResponseInvalid(self._caller.odd(body), hint=f'endpoint "{self._name}": is `records` right?')
        return page

    async def _ask(self, state: PageState) -> Answer:
        return await self._caller.read(self._name, {}, ask=self._endpoint.paging.ask(state))


async def read_one(caller: Caller, spec: ObjectSpec, columns: Columns, key: NativeKey) -> Record | None:
    """Return the person with *key* as it is now, or None; ResponseInvalid if another one was answered."""
    body = await body_of_one(caller, spec, key)
    if body is None:
        return None
    record = columns.one(body)
    if record.key != key:
        raise ResponseInvalid(f"{caller.name} answered another object than the one asked for")
    return record


async def body_of_one(caller: Caller, spec: ObjectSpec, key: NativeKey) -> bytes | None:
    """Return the answer that holds the object with *key*, or None if there is none."""
    answer = await caller.read(spec.get, {"key": key})
    if not isinstance(answer, Failure):
        problem = caller.problem(answer)
        if problem is not None and problem.meaning is Meaning.ABSENT:
            return None
    return caller.body(answer)
