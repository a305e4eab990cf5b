"""Find the account that belongs to a record: by the remembered link first, then by ordered rules."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
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

    Identifiers are kept as 64-bit hashes; whoever acts on a hit reads the record and compares it in full.
    """

    fingerprints: "array[int]"
    by_key: dict[NativeKey, int]
    by_value: list[dict[int, int]]
    several: dict[tuple[int, int], list[int]] = field(default_factory=dict[tuple[int, int], list[int]])

    def candidates(self, rule: int, values: Values) -> list[int]:
        """Return the positions of the accounts that hold one of the comparable *values* of correlation rule *rule*."""
        found: list[int] = []
        for value in values:
            mark = hash(value)
            position = self.by_value[rule].get(mark, NOBODY)
            if position != NOBODY:
                found += self.several.get((rule, mark), [position])
        return sorted(set(found)) if len(found) > 1 else found


def index_target(
    records: Iterable[Record],
    comparison: Comparison,
    correlators: Sequence[Correlator],
    linked: Collection[NativeKey],
) -> TargetIndex:
    """Return the index of *records*; keys are indexed only for the accounts in *linked*."""
    index = TargetIndex(fingerprints=array("q"), by_key={}, by_value=[{} for _ in correlators])
    fingerprint, append = comparison.fingerprint, index.fingerprints.append
    rules = [(i, rule.target.name, rule.target.comparable, index.by_value[i]) for i, rule in enumerate(correlators)]
    for position, record in enumerate(records):
        attributes = record.attributes
        append(fingerprint(attributes))
        if record.key in linked:
            index.by_key[record.key] = position
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
    """

    target_of: "array[int]"
    disputed: dict[int, str] = field(default_factory=dict[int, str])
    gone: dict[NativeKey, Link] = field(default_factory=dict[NativeKey, Link])
    rehired: dict[int, Link] = field(default_factory=dict[int, Link])
    contested: set[int] = field(default_factory=set[int])


def correlate(
    records: Iterable[Record],
    index: TargetIndex,
    correlators: Sequence[Correlator],
    links: Mapping[NativeKey, Link],
) -> Pairing:
    """Return the pairing of source *records* with the indexed target; nobody is ever guessed.

    Two candidates for one record, or two records for one account, are disputed. An account that is linked to another
    source object is a candidate only when that object was not seen: its person came back as a new object.
    """
    pairing = Pairing(target_of=array("q"), gone=dict(links))
    owner = {link.target_key: link for link in links.values()}
    linked_position = {index.by_key[key]: link for key, link in owner.items() if key in index.by_key}
    claims: dict[int, int] = {}
    contested: dict[int, list[int]] = {}
    for position, record in enumerate(records):
        link = pairing.gone.pop(record.key, None)
        if link is not None:
            pairing.target_of.append(index.by_key.get(link.target_key, NOBODY))
            continue
        found = _first_match(record, index, correlators)
        pairing.target_of.append(found[0] if len(found) == 1 else NOBODY)
        if len(found) > 1:
            pairing.disputed[position] = f"{len(found)} accounts match; link one of them by hand"
            pairing.contested.update(found)
        elif found:
            first = claims.setdefault(found[0], position)
            if first != position:
                contested.setdefault(found[0], [first]).append(position)
    _settle_claims(pairing, claims, contested, linked_position)
    return pairing


def _first_match(record: Record, index: TargetIndex, correlators: Sequence[Correlator]) -> list[int]:
    for i, rule in enumerate(correlators):
        values = record.attributes.get(rule.source)
        if values and (found := index.candidates(i, rule.target.comparable(values))):
            return found
    return []


def _settle_claims(
    pairing: Pairing,
    claims: Mapping[int, int],
    contested: Mapping[int, list[int]],
    linked_position: Mapping[int, Link],
) -> None:
    for target, positions in contested.items():
        pairing.contested.add(target)
        for position in positions:
            pairing.target_of[position] = NOBODY
            pairing.disputed[position] = f"{len(positions)} source objects match the same account"
    for target, link in linked_position.items():
        position = claims.get(target)
        if position is None or position in pairing.disputed:
            continue  # nobody else asks for this account, or a dispute keeps it as it is
        if link.source_key in pairing.gone:
            pairing.rehired[position] = pairing.gone.pop(link.source_key)
        else:
            pairing.target_of[position] = NOBODY
            pairing.disputed[position] = "the account that matches is linked to another source object"
