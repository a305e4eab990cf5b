"""Values that must be free when an account is made: the next variant that nobody has."""

from collections.abc import Iterator, Mapping
from typing import Final

from keepstep.core.basis import Basis
from keepstep.core.identity import Claim
from keepstep.core.mapping import Clash
from keepstep.core.schema import AttributeType
from keepstep.core.values import NativeKey, Values

VARIANTS: Final = 30
"""How many variants of one value are tried; a directory with more namesakes needs a better format."""


def variants_of(basis: Basis, desired: Mapping[str, Values]) -> Iterator[Claim]:
    """Yield every identifier that `choose_free` might choose for a new account."""
    for kind, value in _suffixed(basis, desired):
        for variant in _variants(kind, value):
            yield kind.name, kind.comparable((variant,))[0]


def choose_free(
    basis: Basis, desired: dict[str, Values], held: Mapping[Claim, NativeKey], taken: set[Claim]
) -> dict[str, Values]:
    """Return *desired* with every `on_clash: suffix` value in its first free variant, and add those to *taken*.

    If every variant is in use the value stays as it is, and is disputed like any other identifier.
    """
    chosen = dict(desired)
    for kind, value in _suffixed(basis, desired):
        for variant in _variants(kind, value):
            claim = (kind.name, kind.comparable((variant,))[0])
            if claim not in held and claim not in taken:
                chosen[kind.name] = (variant,)
                taken.add(claim)
                break
    return chosen


def _suffixed(basis: Basis, desired: Mapping[str, Values]) -> Iterator[tuple[AttributeType, str]]:
    for kind in basis.schema.unique:
        values = desired.get(kind.name)
        if values and kind.name in basis.mapping.target_names and basis.mapping.clash(kind.name) is Clash.SUFFIX:
            yield kind, values[0]


def _variants(kind: AttributeType, value: str) -> Iterator[str]:
    """Yield *value*, then with 2, 3, … appended: before the @ of an address, and within the longest length."""
    yield value
    stem, at, domain = value.partition("@")
    for number in range(2, VARIANTS + 1):
        room = (kind.max_length or len(value) + 2) - len(at + domain) - len(str(number))
        yield f"{stem[: max(room, 1)]}{number}{at}{domain}"
