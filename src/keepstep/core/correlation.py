"""Find the account that belongs to a record: by the remembered link first, then by ordered rules."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from keepstep.core.diff import Comparison
from keepstep.core.link import Link
from keepstep.core.schema import AttributeType
from keepstep.core.values import NativeKey, Record, Values

NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Correlator:
    """One correlation rule: the target attribute, compared by its own case rule, and the source attribute."""

    target: AttributeType
    source: str


@dataclass(slots=True)
class TargetIndex:
    """The target side in a few bytes an account: positions in the snapshot by key and by identifier.

    *by_key*: the keys that were asked for; NOBODY where the account was not seen.
    Identifiers are kept as 64-bit hashes: with a million accounts on each side, one in twenty million runs would take
    two different identifiers for the same.
    """

    fingerprints: "array[int]"
    by_key: dict[NativeKey, int]
    by_value: list[dict[int, int]]
    several: dict[tuple[int, int], list[int]] = field(default_factory=dict[tuple[int, int], list[int]])

    def forget_values(self) -> None:
        """Let go of the identifiers, most of what the index takes, once everybody is correlated."""
        for positions in self.by_value:
            positions.clear()
        self.several.clear()

    def candidates(self, rule: int, values: Values) -> list[int]:
        """Return the positions of the accounts that hold one of the comparable *values* of correlation rule *rule*."""
        found: list[int] = []
        for value in values:
            mark = hash(value)
            position = self.by_value[rule].get(mark, NOBODY)
            if position != NOBODY:
                found += self.several.get((rule, mark), (position,)) if self.several else (position,)
        return sorted(set(found)) if len(found) > 1 else found


def index_target(
    records: Iterable[Record],
    comparison: Comparison,
    correlators: Sequence[Correlator],
    linked: Iterable[NativeKey],
) -> TargetIndex:
    """Return the index of *records*; keys are indexed only for the accounts in *linked*."""
    by_key = dict.fromkeys(linked, NOBODY)
    index = TargetIndex(fingerprints=array("q"), by_key=by_key, by_value=[{} for _ in correlators])
    fingerprint, append = comparison.fingerprint, index.fingerprints.append
    rules = [(i, rule.target.name, rule.target.comparer(), index.by_value[i]) for i, rule in enumerate(correlators)]
    for position, record in enumerate(records):
        attributes = record.attributes
        append(fingerprint(attributes))
        if record.key in by_key:
            by_key[record.key] = position
        for i, name, comparable, positions in rules:
            values = attributes.get(name)
            if not values:
                continue
            for value in comparable(values):
                mark = hash(value)
                first = positions.setdefault(mark, position)
                if first != position:
                    index.several.setdefault((i, mark), [first]).append(position)
    return index


@dataclass(slots=True)
class Pairing:
    """Who belongs to whom, by position in the two snapshots.

    *target_of*: for each source position the target position or NOBODY. *disputed*: source position to the reason.
    *gone*: links whose source object was not seen. *rehired*: source position to the old link it takes over.
    *contested*: target positions that a disputed record might belong to; nothing may be done to them.
    *rivals*: target positions that several source objects ask for, each of which is disputed.
    """

    target_of: "array[int]"
    disputed: dict[int, str] = field(default_factory=dict[int, str])
    gone: dict[NativeKey, Link] = field(default_factory=dict[NativeKey, Link])
    rehired: dict[int, Link] = field(default_factory=dict[int, Link])
    contested: set[int] = field(default_factory=set[int])
    rivals: dict[int, list[int]] = field(default_factory=dict[int, list[int]])


def correlate(
    records: Iterable[Record],
    index: TargetIndex,
    correlators: Sequence[Correlator],
    links: Mapping[NativeKey, Link],
) -> Pairing:
    """Return the pairing of source *records* with the indexed target; nobody is ever guessed.

    Two candidates for one record, or two records that claim one account by the same rule, are disputed; an earlier
    rule beats a later one. An account that is linked to another source object is out of reach, unless that object was
    not seen: then its person came back as a new object.
    """
    pairing = Pairing(target_of=array("q"), gone=dict(links))
    claims = _Claims(len(index.fingerprints))
    rules = source_rules(correlators)
    for position, record in enumerate(records):
        link = pairing.gone.pop(record.key, None)
        if link is not None:
            pairing.target_of.append(index.by_key[link.target_key])
            continue
        rule, found = first_match(record, index, rules)
        pairing.target_of.append(NOBODY)
        if len(found) > 1:
            pairing.disputed[position] = f"{len(found)} accounts match; link one of them by hand"
            pairing.contested.update(found)
        elif found:
            claims.add(found[0], rule, position)
    _settle_claims(
        pairing, claims, {at: link for link in links.values() if claims.made(at := index.by_key[link.target_key])}
    )
    return pairing


SourceRule = tuple[int, str, Callable[[Values], Values]]
"""The number of a correlation rule, its source attribute, and how a value is compared."""


def source_rules(correlators: Sequence[Correlator]) -> list[SourceRule]:
    """Return *correlators* as they are looked up for a source record."""
    return [(i, rule.source, rule.target.comparer()) for i, rule in enumerate(correlators)]


class _Claims:
    """Who asks for which of the accounts, by the earliest rule that anybody found it by: a few bytes an account."""

    def __init__(self, accounts: int) -> None:
        self._rule = array("h", [NOBODY]) * accounts
        self._first = array("q", [NOBODY]) * accounts
        self._others: dict[int, list[int]] = {}

    def add(self, account: int, rule: int, claimant: int) -> None:
        """Note that *claimant* found *account* by *rule*."""
        best = self._rule[account]
        if best == NOBODY or rule < best:
            self._rule[account] = rule
            self._first[account] = claimant
            self._others.pop(account, None)
        elif rule == best:
            self._others.setdefault(account, []).append(claimant)

    def made(self, account: int) -> bool:
        """Return whether anybody asks for *account*."""
        return account != NOBODY and self._first[account] != NOBODY

    def all(self) -> Iterator[tuple[int, list[int]]]:
        """Yield each account that is asked for, and who asks for it."""
        for account, first in enumerate(self._first):
            if first != NOBODY:
                yield account, [first, *self._others.get(account, ())]


def first_match(record: Record, index: TargetIndex, rules: Sequence[SourceRule]) -> tuple[int, list[int]]:
    """Return the first rule by which accounts match the source *record*, and their positions; NOBODY and none."""
    for i, name, comparable in rules:
        values = record.attributes.get(name)
        if values and (found := index.candidates(i, comparable(values))):
            return i, found
    return NOBODY, []


def _settle_claims(pairing: Pairing, claims: _Claims, owners: Mapping[int, Link]) -> None:
    for target, claimants in claims.all():
        owner = owners.get(target)
        if owner is not None and owner.source_key not in pairing.gone:
            continue
        if len(claimants) > 1:
            pairing.contested.add(target)
            pairing.rivals[target] = claimants
            reason = f"{len(claimants)} source objects match the same account"
            pairing.disputed.update((position, reason) for position in claimants)
            continue
        (position,) = claimants
        pairing.target_of[position] = target
        if owner is not None:
            pairing.rehired[position] = pairing.gone.pop(owner.source_key)
