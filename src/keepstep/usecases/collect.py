"""Read one side into a snapshot, with a verdict on whether it was read whole."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from keepstep.core.sync_rule import Side
from keepstep.core.values import Completeness, NativeKey, Record, Snapshot, Verdict
from keepstep.ports import Ports, Query
from keepstep.usecases.heed_circuit import asked, fetched

_AT_ONCE: Final = 1_000

TOLERATED_LOSS: Final = 5
"""A read may be smaller than the last complete one by so many records, in however small a directory."""


async def collect(
    ports: Ports, side: Side, attributes: Sequence[str], *, shrink: float | None = None, since: str = ""
) -> Snapshot:
    """Return every object of *side* with *attributes*, each once; complete only if that is proven.

    *shrink*: by how many percent the read may be smaller than the last complete one; None: by any. *since*: the mark of
    an earlier read, for a side of which only what was appended is read. A read that breaks off raises its
    ConnectorError; nothing of it is kept.
    """
    connector = ports.connector(side.connection)
    stage = ports.staging.open(str(side))
    count = 0

    def keep(records: Sequence[Record]) -> None:
        nonlocal count
        count += len(records)
        stage.add(records)
        ports.progress(f"read {side}", count)

    try:
        query = Query(objects=side.objects, attributes=tuple(attributes), since=since)
        verdict = await asked(ports, side.connection, f"reading {side}", lambda: connector.read(query, keep))
    except BaseException:
        stage.discard()
        raise
    if stage.conflicts and verdict.complete:
        reason = f"{stage.conflicts} objects came twice with different content: they changed while it was read"
        verdict = replace(verdict, completeness=Completeness.PARTIAL, reason=reason)
    address = f"{side}@{connector.address}"
    snapshot = stage.seal(replace(verdict, records=count))
    size = len(snapshot.records)
    verdict = replace(snapshot.verdict, records=size)
    if shrink is not None:
        verdict = _in_range(verdict, ports.journal.last_size(address), shrink)
    if verdict.complete:
        ports.journal.record_read(address, verdict)
    return replace(snapshot, verdict=verdict)


async def collect_some(ports: Ports, side: Side, attributes: Sequence[str], keys: Sequence[NativeKey]) -> Snapshot:
    """Return the objects of *side* with these *keys* that are in its scope. That says nothing of the rest."""
    query = Query(objects=side.objects, attributes=tuple(attributes), scoped=True)
    stage = ports.staging.open(str(side))
    try:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            found = await fetched(ports, side, query, some)
            stage.add(list(found.values()))
            ports.progress(f"read {side}", min(start + _AT_ONCE, len(keys)), len(keys))
    except BaseException:
        stage.discard()
        raise
    reason = f"the {len(keys)} objects that changed since the last good run were read"
    snapshot = stage.seal(Verdict(completeness=Completeness.APPENDED, reason=reason, calls=-(-len(keys) // _AT_ONCE)))
    return replace(snapshot, verdict=replace(snapshot.verdict, records=len(snapshot.records)))


def _in_range(verdict: Verdict, last: int | None, shrink: float) -> Verdict:
    if last is None or not verdict.complete:
        return verdict
    lost = last - verdict.records
    if lost <= TOLERATED_LOSS or lost * 100 <= last * shrink:
        return verdict
    reason = f"{verdict.records} objects, {lost} fewer than in the last complete read; the limit is {shrink:g} %"
    return replace(verdict, completeness=Completeness.SUSPECT, reason=reason)
