"""How the accounts of both sides stand to each other, one row a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from keepstep.core.basis import Basis, display_name
from keepstep.core.correlation import NOBODY, correlate, index_target
from keepstep.core.link import Link, LinkState, paired
from keepstep.core.mapping import map_record
from keepstep.core.plan import Delta
from keepstep.core.reference import look_up
from keepstep.core.values import ENABLED, NativeKey, Record, Snapshot, Values


class Standing(StrEnum):
    """How one person stands: what an auditor looks for."""

    IN_STEP = "in_step"
    MISMATCHED = "mismatched"
    ONLY_IN_SOURCE = "only_in_source"
    UNAUTHORISED = "unauthorised"
    DISABLED_BUT_ACTIVE = "disabled_but_active"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person: the keys on both sides, and what differs; *note* says why where it is not plain."""

    standing: Standing
    name: str
    source_key: NativeKey | None = None
    target_key: NativeKey | None = None
    differences: tuple[Delta, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Pair:
    record: Record
    desired: Mapping[str, Values]
    note: str
    disabled: bool


def compare(basis: Basis, source: Snapshot, target: Snapshot, links: Mapping[NativeKey, Link]) -> Iterator[Row]:
    """Yield every person of both sides once: source order first, then who is only on the target side.

    Disabled source accounts without a counterpart are in step: they have nothing there, and need nothing. So are
    leavers whose account was disabled or marked.
    """
    left = {link.target_key for link in links.values() if link.state is LinkState.LEFT}
    links = paired(links)
    linked = (link.target_key for link in links.values())
    index = index_target(target.records, basis.followed, basis.correlators, linked)
    pairing = correlate(source.records, index, basis.correlators, links)
    references = look_up(basis, source.records, target.records)
    pairs: dict[int, _Pair] = {}
    for place, record in enumerate(source.records):
        name = display_name(record, basis.source_schema)
        position = pairing.target_of[place]
        disabled = record.one(ENABLED) == "false"
        if place in pairing.disputed:
            yield Row(standing=Standing.DISPUTED, name=name, source_key=record.key, note=pairing.disputed[place])
        elif position == NOBODY:
            standing = Standing.IN_STEP if disabled else Standing.ONLY_IN_SOURCE
            note = "disabled, and has no account there" if disabled else ""
            yield Row(standing=standing, name=name, source_key=record.key, note=note)
        else:
            desired = map_record(basis.mapping, record)
            resolved = references.resolve(desired.attributes)
            note = desired.skip or resolved.left_out
            pairs[position] = _Pair(record, resolved.attributes, note, disabled)
    for position, record in enumerate(target.records):
        if record.key in left:
            yield _leaver_row(basis, pairs.get(position), record)
        elif position in pairs:
            yield _paired_row(basis, pairs[position], record)
        elif position not in pairing.contested:
            name = display_name(record, basis.schema)
            yield Row(standing=Standing.UNAUTHORISED, name=name, target_key=record.key)


def _leaver_row(basis: Basis, pair: _Pair | None, record: Record) -> Row:
    """Return the row of an account whose person left: is the person back, or the account in use again without him?"""
    marks = basis.rule.mark
    marked = bool(marks) and all(record.one(name) == text for name, text in marks.items())
    standing, note = Standing.IN_STEP, "a leaver; the account was disabled or marked"
    if pair is not None and not pair.disabled:
        standing, note = Standing.MISMATCHED, "a leaver who is back"
    elif (marks or ENABLED in basis.everything.kinds) and record.one(ENABLED) != "false" and not marked:
        standing, note = Standing.DISABLED_BUT_ACTIVE, "a leaver; the account was disabled or marked, and is no longer"
    return Row(
        standing=standing,
        name=display_name(record, basis.schema),
        source_key=pair.record.key if pair else None,
        target_key=record.key,
        note=note,
    )


def _paired_row(basis: Basis, pair: _Pair, record: Record) -> Row:
    deltas = basis.followed.deltas(basis.wanted(pair.desired, record), record.attributes)
    if pair.disabled and record.one(ENABLED) != "false":
        standing = Standing.DISABLED_BUT_ACTIVE
    elif deltas or pair.note:
        standing = Standing.MISMATCHED
    else:
        standing = Standing.IN_STEP
    return Row(
        standing=standing,
        name=display_name(record, basis.schema),
        source_key=pair.record.key,
        target_key=record.key,
        differences=deltas,
        note=f"left out: {pair.note}" if pair.note else "",
    )
