"""Values that must be free when an account is made: the next variant that nobody has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from keepstep.core.basis import Basis
from keepstep.core.distinguished_name import dn_key
from keepstep.core.identity import WRITES, Claim
from keepstep.core.mapping import Clash, CompiledRow
from keepstep.core.plan import Action, ActionKind
from keepstep.core.schema import CONTAINER, AttributeType, UniqueScope
from keepstep.core.values import NULL, NativeKey, Record, Values
from keepstep.errors import InvalidName

VARIANTS: Final = 30
"""How many variants of one value are tried; a directory with more namesakes needs a better format."""

_NUMBER: Final = re.compile(r"[0-9]{1,12}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a new account is to hold, its free values chosen. *why_not*: why it cannot be made."""

    attributes: dict[str, Values]
    why_not: str = ""


def variants_of(basis: Basis, source: Record, desired: Mapping[str, Values]) -> Iterator[Claim]:
    """Yield every identifier that `choose_free` might choose for a new account."""
    for row, value in _choosing(basis, desired):
        for variant in _variants(row, source, value):
            yield claim_of(basis, row, variant, desired)


def choose_free(
    basis: Basis, source: Record, desired: dict[str, Values], held: Mapping[Claim, NativeKey], taken: set[Claim]
) -> Choice:
    """Return *desired* with every value that is to be free in its first free variant, and add those to *taken*.

    If every variant of a unique attribute is in use it stays as it is, and is disputed like any other identifier.
    """
    chosen = dict(desired)
    for row, value in _choosing(basis, desired):
        for variant in _variants(row, source, value):
            claim = claim_of(basis, row, variant, desired)
            if claim not in held and claim not in taken:
                chosen[row.kind.name] = (variant,)
                taken.add(claim)
                break
        else:
            if why_not := _why_not(row):
                return Choice(attributes=chosen, why_not=why_not)
    return Choice(attributes=chosen)


def _why_not(row: CompiledRow) -> str:
    last = row.row.otherwise if row.row.on_clash is Clash.NEXT else row.row.on_clash
    name, scope = row.kind.name, row.scope
    if last is Clash.SKIP:
        return f'left out: its "{name}" belongs to another account of the {scope}, and the row says skip'
    if row.kind.unique:
        return ""
    if last is Clash.REFUSE:
        return f'its "{name}" belongs to another account of the {scope}'
    return f'left out: no free value for attribute "{name}" in {VARIANTS} tries; use a better format'


def claim_of(basis: Basis, row: CompiledRow, value: str, attributes: Mapping[str, Values]) -> Claim:
    """Return the identifier that *value* of *row* is for an object with *attributes*, in the scope of the row."""
    comparable = row.kind.comparable((value,))
    text = comparable[0] if comparable else ""
    if row.scope is not UniqueScope.CONTAINER:
        return row.kind.name, text
    return row.kind.name, f"{_place(container_of(basis, attributes))}\0{text}"


def container_of(basis: Basis, attributes: Mapping[str, Values]) -> str:
    """Return the container of an object with *attributes*, a new one's where they name none."""
    return next(iter(attributes.get(CONTAINER) or ()), "") or basis.schema.home


def _place(name: str) -> str:
    try:
        return dn_key(name)
    except InvalidName:
        return name


def scoped(basis: Basis) -> tuple[CompiledRow, ...]:
    """Return the rows whose values are unique by their word only: the schema lets many share them."""
    return tuple(row for row in basis.mapping.choosing if not row.kind.unique)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What to look for on the target before an account gets *value*: within *scope*, in *container* if it is that."""

    kind: AttributeType
    value: str
    scope: UniqueScope
    container: str = ""


def new_identifiers(basis: Basis, action: Action) -> dict[Claim, Sought]:
    """Return what *action* gives its account that nobody else may have, and where to look for it."""
    found: dict[Claim, Sought] = {}
    if action.kind not in WRITES:
        return found
    after = {delta.name: delta.after for delta in action.deltas}
    for kind in basis.schema.unique:
        row = basis.mapping.row(kind.name) if kind.name in after else None
        scope = (row.scope if row else None) or UniqueScope.DOMAIN
        for value in kind.comparable(after.get(kind.name, NULL)):
            found[kind.name, value] = Sought(kind=kind, value=value, scope=scope)
    if action.kind is ActionKind.CREATE:
        for row in scoped(basis):
            scope = row.scope or UniqueScope.DOMAIN
            container = container_of(basis, after) if scope is UniqueScope.CONTAINER else ""
            for value in after.get(row.kind.name, NULL):
                one = Sought(kind=row.kind, value=value, scope=scope, container=container)
                found[claim_of(basis, row, value, after)] = one
    return found


def claims_at(basis: Basis, name: str, values: Values, container: str) -> Iterator[Claim]:
    """Yield the identifiers that an object found in *container* (anywhere, if empty) with *values* of *name* holds."""
    row = next((row for row in scoped(basis) if row.kind.name == name), None)
    kind = basis.schema.attribute(name)
    for value in values:
        if row is not None:
            yield claim_of(basis, row, value, {CONTAINER: (container,)})
        elif kind is not None:
            yield from ((name, comparable) for comparable in kind.comparable((value,)))


def _choosing(basis: Basis, desired: Mapping[str, Values]) -> Iterator[tuple[CompiledRow, str]]:
    for row in basis.mapping.choosing:
        values = desired.get(row.kind.name)
        if values and not (row.kind.unique and row.row.on_clash is Clash.REFUSE):
            yield row, values[0]


def _variants(row: CompiledRow, source: Record, value: str) -> Iterator[str]:
    yield value
    clash = row.row.on_clash
    if clash is Clash.NEXT:
        yield from (values[0] for values in row.other_values(source))
        clash = row.row.otherwise
    if clash is Clash.SUFFIX:
        yield from _suffixed(row.kind, value)
    elif clash is Clash.INCREMENT:
        yield from _raised(row.kind, value)


def _suffixed(kind: AttributeType, value: str) -> Iterator[str]:
    """Yield *value* with 2, 3, … appended: before the @ of an address, and within the longest length."""
    stem, at, domain = value.partition("@")
    for number in range(2, VARIANTS + 1):
        yield _fitted(kind, stem, str(number), at + domain, len(value))


def _raised(kind: AttributeType, value: str) -> Iterator[str]:
    """Yield *value* with the number at its end, before the @ of an address, one higher each time; 1 if there is none.

    A number keeps its width: 0099 is followed by 0100.
    """
    whole, at, domain = value.partition("@")
    found = _NUMBER.search(whole)
    first = found[0] if found else "1"
    stem = whole[: found.start()] if found else whole
    for number in range(int(first) + 1, int(first) + VARIANTS):
        yield _fitted(kind, stem, str(number).zfill(len(first)), at + domain, len(value))


def _fitted(kind: AttributeType, stem: str, number: str, ending: str, length: int) -> str:
    room = (kind.max_length or length + len(number) + 1) - len(ending) - len(number)
    return f"{stem[: max(room, 1)]}{number}{ending}"
