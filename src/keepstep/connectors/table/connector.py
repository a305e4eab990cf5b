"""A table in a CSV or XLSX file as a connected system, which is only read."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Final

from keepstep.connectors.table.reading import FormMemory, TablePass, table_pass
from keepstep.core.effect import Effect, Outcome, Refused
from keepstep.core.plan import Action, ActionKind, Cost
from keepstep.core.schema import Schema
from keepstep.core.table import ROWS, TableConnection
from keepstep.core.values import NativeKey, Record, Verdict
from keepstep.errors import ConfigurationError, KeepstepError, ResponseInvalid
from keepstep.ports import Finding, Query, Sink

_PAGE: Final = 1000

ONLY_READ: Final = "a table is only read: change the file with what wrote it"


class TableConnector:
    """Reads the table in *path*; memory holds a page of rows, however many there are."""

    def __init__(self, spec: TableConnection, path: Path) -> None:
        self._spec = spec
        self._path = path
        self._memory = FormMemory()

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """None: it is only read."""
        return frozenset()

    @property
    def address(self) -> str:
        """The file as a URI, with its sheet."""
        return self._path.absolute().as_uri() + (f"#{self._spec.sheet}" if self._spec.sheet else "")

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return whether the file is a table with the columns that are named, how it is written, and whether whole."""
        return await asyncio.to_thread(self._check, wanted)

    async def schema(self, objects: str) -> Schema:
        """Return the columns that are read."""
        self._known(objects)

        def headers() -> Schema:
            with self._pass() as table:
                return table.schema()

        return await asyncio.to_thread(headers)

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every row to *sink*; complete when the whole file was read and each row has a key of its own.

        Where only appended rows are read, those after the mark *query.since*, and never complete.
        """
        self._known(query.objects)
        with self._pass(query.since) as table:
            records = table.records(query.attributes)
            while page := await asyncio.to_thread(_page, records):
                sink(page)
            return table.verdict()

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the rows with these keys. ResponseInvalid if one is missing where the table was not read whole."""
        wanted = set(keys)
        found: dict[NativeKey, Record] = {}
        newest = self._spec.rows == "appended"
        if not wanted:
            return found

        def keep(record: Record) -> None:
            # Of the rows that were appended for one key, the last one counts; elsewhere two are a fault.
            if record.key in wanted and (newest or record.key not in found):
                found[record.key] = record

        verdict = await self._each(query, query.attributes, keep)
        if len(found) < len(wanted) and not verdict.complete:
            raise ResponseInvalid(
                f"{self._path} does not prove who is missing: {verdict.reason}", hint="correct the file, and plan again"
            )
        return found

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the rows that hold one of *values*."""
        kind = (await self.schema(query.objects)).attribute(attribute)
        if kind is None or not values:
            return []
        wanted = {kind.comparable((value,)) for value in values if value}
        asked = set(query.attributes)
        found: list[Record] = []

        def keep(record: Record) -> None:
            if kind.comparable(record.attributes.get(attribute, ())) in wanted:
                held = {name: held for name, held in record.attributes.items() if name in asked}
                found.append(Record(record.key, held))

        await self._each(query, (*query.attributes, attribute), keep)
        return found

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Refuse each of *effects*."""
        return [Refused(ONLY_READ) for _ in effects]

    def batch(self, kind: ActionKind) -> int:
        """Return 1: nothing is written."""
        return 1

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return nothing: nothing is written."""
        return Cost()

    async def close(self) -> None:
        """Nothing is held."""

    def _pass(self, since: str = "") -> AbstractContextManager[TablePass]:
        return table_pass(self._spec, self._path, self._memory, since=since)

    def _known(self, objects: str) -> None:
        if objects != ROWS:
            raise ConfigurationError(f'a table has no objects "{objects}"', hint=f"its objects are `{ROWS}`")

    async def _each(self, query: Query, names: Sequence[str], keep: Callable[[Record], None]) -> Verdict:
        self._known(query.objects)

        def work() -> Verdict:
            with self._pass() as table:
                for record in table.records(names):
                    keep(record)
                return table.verdict()

        return await asyncio.to_thread(work)

    def _check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        try:
            with self._pass() as table:
                findings = [
                    Finding(subject="file", good=True, detail=f"{self._path}: {table.told}"),
                    Finding(subject="columns", good=True, detail=", ".join(table.places)),
                ]
                for _ in table.records(()):
                    pass
                verdict = table.verdict()
        except KeepstepError as exc:
            return [Finding(subject="file", good=False, detail=exc.message, hint=exc.hint)]
        hint = "" if verdict.whole else "correct the file, or export it again, whole"
        findings.append(Finding(subject=ROWS, good=verdict.whole, detail=verdict.reason, hint=hint))
        if wanted:
            hint = "make it the source of a rule, not the target"
            findings.append(Finding(subject="write", good=False, detail=ONLY_READ, hint=hint))
        return findings


def _page(records: Iterator[Record]) -> list[Record]:
    return list(islice(records, _PAGE))
