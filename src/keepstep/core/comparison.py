"""How the accounts of both sides stand to each other, one row a person."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from keepstep.core.basis import Basis, display_name
from keepstep.core.correlation import NOBODY, Pairing, TargetIndex, correlate, first_match, index_target, source_rules
from keepstep.core.link import Link, LinkState, paired
from keepstep.core.mapping import map_record
from keepstep.core.plan import Delta
from keepstep.core.reference import References, look_up
from keepstep.core.values import ENABLED, NativeKey, Record, Snapshot, Values


class Standing(StrEnum):
    """How one person stands: what an auditor looks for.

    DUPLICATE: one of several accounts on one side that claim the same person. IGNORED: not in step, and a person said
    that this is to be passed over for a while.
    """

    IN_STEP = "in_step"
    MISMATCHED = "mismatched"
    ONLY_IN_SOURCE = "only_in_source"
    UNAUTHORISED = "unauthorised"
    DISABLED_BUT_ACTIVE = "disabled_but_active"
    DUPLICATE = "duplicate"
    DISPUTED = "disputed"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person: the keys on both sides, and what differs; *note* says why where it is not plain.

    *source*, *target*: the attributes that were asked to be seen. *ignored*: how the person stands, where that is
    ignored.
    """

    standing: Standing
    name: str
    source_key: NativeKey | None = None
    target_key: NativeKey | None = None
    differences: tuple[Delta, ...] = ()
    note: str = ""
    source: Mapping[str, Values] = field(default_factory=dict[str, Values])
    target: Mapping[str, Values] = field(default_factory=dict[str, Values])
    ignored: Standing | None = None


class Seen(NamedTuple):
    """The attributes of each side that rows are to carry."""

    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()


NOTHING_SEEN: Final = Seen()

A_LEAVER: Final = "a leaver; the account was disabled or marked"
BACK: Final = "a leaver who is back"
USED_AGAIN: Final = "a leaver; the account was disabled or marked, and is no longer"
NONE_THERE: Final = "disabled, and has no account there"
SECOND: Final = "a second account of somebody who has one"
OWNED: Final = "the account that matches it belongs to another"


class _Pair(NamedTuple):
    """A source object whose account is yet to come. *desired*: None if the account is as it is to be."""

    key: NativeKey
    desired: Mapping[str, Values] | None
    note: str
    disabled: bool
    seen: Mapping[str, Values]


def compare(
    basis: Basis, source: Snapshot, target: Snapshot, links: Mapping[NativeKey, Link], seen: Seen = NOTHING_SEEN
) -> Iterator[Row]:
    """Yield every account of both sides once, a pair as one: first who is only in the source, then target order.

    Disabled source accounts without a counterpart are in step: they have nothing there, and need nothing. So are
    leavers whose account was disabled or marked. Memory: a few hundred bytes a pair, and what differs.
    """
    left = {link.target_key for link in links.values() if link.state is LinkState.LEFT}
    links = paired(links)
    index = index_target(
        target.records, basis.followed, basis.correlators, (link.target_key for link in links.values())
    )
    pairing = correlate(source.records, index, basis.correlators, links)
    sides = _Sides(basis=basis, index=index, pairing=pairing, left=left, seen=seen)
    sides.references = look_up(basis, source.records, target.records)
    sides.look_for_seconds(source, target)
    yield from sides.source_rows(source)
    yield from sides.target_rows(target)


@dataclass(slots=True, kw_only=True)
class _Sides:
    """One comparison while it goes on.

    *alone*: identifiers of source objects without an account, and how many hold each. *unclaimed*: identifiers of
    accounts that are nobody's; *claimed*: those of them that a source object holds.
    """

    basis: Basis
    index: TargetIndex
    pairing: Pairing
    left: set[NativeKey]
    seen: Seen
    references: References = field(init=False)
    pairs: dict[int, _Pair] = field(default_factory=dict[int, _Pair])
    alone: Counter[int] = field(default_factory=Counter[int])
    unclaimed: Counter[int] = field(default_factory=Counter[int])
    claimed: set[int] = field(default_factory=set[int])

    def look_for_seconds(self, source: Snapshot, target: Snapshot) -> None:
        """Note the identifiers of all who are alone on their side."""
        mine = bytearray(len(self.index.fingerprints))
        for position in self.pairing.target_of:
            if position != NOBODY:
                mine[position] = 1
        for position, record in enumerate(target.records):
            if not mine[position] and position not in self.pairing.contested and record.key not in self.left:
                self.unclaimed.update(self._target_marks(record))
        for place, record in enumerate(source.records):
            if self.unclaimed:
                self.claimed.update(mark for mark in self._source_marks(record) if mark in self.unclaimed)
            if self.pairing.target_of[place] == NOBODY and record.one(ENABLED) != "false":
                self.alone.update(self._source_marks(record))

    def source_rows(self, source: Snapshot) -> Iterator[Row]:
        """Yield who is only in the source, and note the pairs."""
        rivals = {place for claimants in self.pairing.rivals.values() for place in claimants}
        rules = source_rules(self.basis.correlators)
        for place, record in enumerate(source.records):
            position = self.pairing.target_of[place]
            if place in self.pairing.disputed:
                standing = Standing.DUPLICATE if place in rivals else Standing.DISPUTED
                yield self._lonely(standing, record, self.pairing.disputed[place])
            elif position != NOBODY:
                self.pairs[position] = self._pair(record, position)
            elif record.one(ENABLED) == "false":
                yield self._lonely(Standing.IN_STEP, record, NONE_THERE)
            elif first_match(record, self.index, rules)[1]:
                yield self._lonely(Standing.DUPLICATE, record, OWNED)
            elif count := max((self.alone[mark] for mark in self._source_marks(record)), default=0) - 1:
                others = "another source object has" if count == 1 else f"{count} other source objects have"
                yield self._lonely(Standing.DUPLICATE, record, f"{others} the same identifier")
            else:
                yield self._lonely(Standing.ONLY_IN_SOURCE, record, "")

    def target_rows(self, target: Snapshot) -> Iterator[Row]:
        """Yield the pairs, and who is only in the target."""
        for position, record in enumerate(target.records):
            pair = self.pairs.pop(position, None)
            if record.key in self.left:
                yield self._leaver(pair, record)
            elif pair is not None:
                yield self._paired(pair, record)
            elif position in self.pairing.rivals:
                count = len(self.pairing.rivals[position])
                yield self._row(Standing.DISPUTED, record, f"{count} source objects match it")
            elif position in self.pairing.contested:
                yield self._row(Standing.DUPLICATE, record, "a source object matches it, and another account too")
            else:
                yield self._unpaired(record)

    def _unpaired(self, record: Record) -> Row:
        marks = self._target_marks(record)
        if not self.claimed.isdisjoint(marks):
            return self._row(Standing.DUPLICATE, record, SECOND)
        twice = any(self.unclaimed[mark] > 1 for mark in marks)
        return self._row(Standing.UNAUTHORISED, record, "another account has the same identifier" if twice else "")

    def _source_marks(self, record: Record) -> set[int]:
        get = record.attributes.get
        return _marks([(rule.target.comparable(get(rule.source) or ())) for rule in self.basis.correlators])

    def _target_marks(self, record: Record) -> set[int]:
        get = record.attributes.get
        return _marks([(rule.target.comparable(get(rule.target.name) or ())) for rule in self.basis.correlators])

    def _pair(self, record: Record, position: int) -> _Pair:
        desired = map_record(self.basis.mapping, record)
        resolved = self.references.resolve(desired.attributes)
        note = desired.skip or resolved.left_out
        same = not note and self.basis.followed.fingerprint(resolved.attributes) == self.index.fingerprints[position]
        return _Pair(
            record.key,
            None if same else resolved.attributes,
            note,
            record.one(ENABLED) == "false",
            _picked(record, self.seen.source),
        )

    def _lonely(self, standing: Standing, record: Record, note: str) -> Row:
        return Row(
            standing=standing,
            name=display_name(record, self.basis.source_schema),
            source_key=record.key,
            note=note,
            source=_picked(record, self.seen.source),
        )

    def _row(
        self,
        standing: Standing,
        record: Record,
        note: str,
        pair: _Pair | None = None,
        deltas: tuple[Delta, ...] = (),
    ) -> Row:
        return Row(
            standing=standing,
            name=display_name(record, self.basis.schema),
            source_key=pair.key if pair else None,
            target_key=record.key,
            differences=deltas,
            note=note,
            source=pair.seen if pair else {},
            target=_picked(record, self.seen.target),
        )

    def _leaver(self, pair: _Pair | None, record: Record) -> Row:
        """Return the row of an account whose person left: is the person back, or is it in use again without him?"""
        marks = self.basis.rule.mark
        marked = bool(marks) and all(record.one(name) == text for name, text in marks.items())
        standing, note = Standing.IN_STEP, A_LEAVER
        if pair is not None and not pair.disabled:
            standing, note = Standing.MISMATCHED, BACK
        elif (marks or ENABLED in self.basis.everything.kinds) and record.one(ENABLED) != "false" and not marked:
            standing, note = Standing.DISABLED_BUT_ACTIVE, USED_AGAIN
        return self._row(standing, record, note, pair)

    def _paired(self, pair: _Pair, record: Record) -> Row:
        deltas = tuple[Delta, ...]()
        if pair.desired is not None:
            deltas = self.basis.followed.deltas(self.basis.wanted(pair.desired, record), record.attributes)
        if pair.disabled and record.one(ENABLED) != "false":
            standing = Standing.DISABLED_BUT_ACTIVE
        elif deltas or pair.note:
            standing = Standing.MISMATCHED
        else:
            standing = Standing.IN_STEP
        note = f"left out: {pair.note}" if pair.note else ""
        return self._row(standing, record, note, pair, deltas)


def _marks(values: Sequence[Values]) -> set[int]:
    """Return what stands for the identifiers of each correlation rule."""
    return {hash((rule, value)) for rule, held in enumerate(values) for value in held if value}


def _picked(record: Record, names: tuple[str, ...]) -> Mapping[str, Values]:
    return {name: held for name in names if (held := record.attributes.get(name))} if names else _NOTHING


_NOTHING: Final[Mapping[str, Values]] = {}
