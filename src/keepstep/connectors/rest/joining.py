"""Objects that several endpoints tell of: lists joined on the primary key, and calls for every record."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.details import Details
from keepstep.connectors.rest.reading import IN_FLIGHT, Pages, Reader
from keepstep.core.application import JoinSpec, ObjectSpec
from keepstep.core.columns import Columns
from keepstep.core.join import MISSING_FROM, JoinedTable, join, leftovers
from keepstep.core.values import Completeness, NativeKey, Record, Verdict

PORTION: Final = 200
"""So many records are completed by calls of their own before they are passed on, so that progress shows."""


@dataclass(slots=True)
class _Work:
    """One read on its way: what was read of the joined lists, and what is wrong with it."""

    tables: list[JoinedTable] = field(default_factory=list[JoinedTable])
    verdicts: dict[str, Verdict] = field(default_factory=dict[str, Verdict])


class Joiner:
    """Reads the objects of *spec* with everything that is joined to them."""

    def __init__(self, caller: Caller, spec: ObjectSpec, reader: Reader) -> None:
        self._caller = caller
        self._spec = spec
        self._reader = reader
        self._lists = [one for one in spec.join if not one.each]

    async def read(self, names: Collection[str], sink: Pages, *, only: Collection[NativeKey] | None = None) -> Verdict:
        """Pass every object to *sink* once, whichever endpoint tells of it, and return how the read ended.

        Complete only if every joined list was, no key came twice in one, and every call for a record was answered.
        *only*: pass no other objects.
        """
        before, work = self._caller.calls, _Work()
        details, names = self._wanted(names)
        for one in self._lists:
            await self._read_list(one, names, work)
        waiting: list[Record] = []

        def take(records: Sequence[Record]) -> None:
            joined = [record for record in join(records, work.tables) if only is None or record.key in only]
            if details:
                waiting.extend(joined)
            elif joined:
                sink(joined)

        proof = await self._reader.read(self._columns(names), take)
        verdict = proof.verdict(calls=0)
        # Where the list broke off, its absence from there says nothing, and what it would say is lacking.
        alone = leftovers(self._spec.list, work.tables) if verdict.complete else ()
        take_rest = [record for record in alone if only is None or record.key in only]
        waiting.extend(take_rest)
        failed = await self._complete(waiting, details, names, sink)
        return replace(
            _together(verdict, work, failed, len(take_rest)),
            records=proof.records + len(take_rest),
            calls=self._caller.calls - before,
        )

    def _wanted(self, names: Collection[str]) -> tuple[list[Details], list[str]]:
        """Return the calls for every record that give *names*, and all attributes that are read for these calls too."""
        wanted = dict.fromkeys(names)
        # Made for this read: what went wrong with the calls of another says nothing of these.
        every = [Details(self._caller, one.endpoint, self._spec) for one in self._spec.join if one.each]
        while True:
            details = [one for one in every if one.gives(wanted) or MISSING_FROM in names]
            needed = {name: None for one in details for name in one.needs}
            if needed.keys() <= wanted.keys():
                return details, list(wanted)
            wanted |= needed

    def _columns(self, names: Collection[str]) -> Columns:
        return self._reader.columns({name: self._spec.path(name) for name in names if not self._of(name)})

    def _of(self, name: str) -> str:
        """Return the joined endpoint that gives attribute *name*; what we say ourselves is of none that is read."""
        if name == MISSING_FROM:
            return MISSING_FROM
        known = self._spec.attributes.get(name)
        return known.of if known else ""

    async def _read_list(self, one: JoinSpec, names: Collection[str], work: _Work) -> None:
        reader = Reader(self._caller, one.endpoint, key=one.key)
        table = JoinedTable(one.endpoint)
        columns = reader.columns({name: self._spec.path(name) for name in names if self._of(name) == one.endpoint})
        proof = await reader.read(columns, table.add)
        work.tables.append(table)
        work.verdicts[one.endpoint] = proof.verdict(calls=0)

    async def _complete(
        self, records: Sequence[Record], details: Sequence[Details], names: Collection[str], sink: Pages
    ) -> list[str]:
        """Pass *records* on with what the calls for each of them say; return what went wrong with these."""
        room = asyncio.Semaphore(IN_FLIGHT)

        async def completed(record: Record) -> Record:
            async with room:
                for one in details:
                    record = await one.complete(record, names)
            return record

        for start in range(0, len(records), PORTION):
            portion = records[start : start + PORTION]
            sink(await asyncio.gather(*map(completed, portion)) if details else portion)
        return [one.wrong for one in details if one.wrong]


def _together(verdict: Verdict, work: _Work, failed: Sequence[str], extra: int) -> Verdict:
    """Return the verdict of the whole read: the worst of its parts, with the reason."""
    if not verdict.complete:
        return verdict
    wrong = [table.wrong for table in work.tables if table.wrong] + list(failed)
    doubled = {table.endpoint for table in work.tables if table.wrong}
    for endpoint, part in work.verdicts.items():
        if not part.complete and endpoint not in doubled:
            return replace(part, reason=f'endpoint "{endpoint}": {part.reason}')
    if wrong:
        return replace(verdict, completeness=Completeness.PARTIAL, reason="; ".join(wrong))
    told = [f"{endpoint}: {part.records}" for endpoint, part in work.verdicts.items()]
    joined = f"; joined with {', '.join(told)} records" if told else ""
    alone = f", {extra} of which are not in the list" if extra else ""
    return replace(verdict, reason=f"{verdict.reason}{joined}{alone}")
