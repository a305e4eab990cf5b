"""Two large sets compared by sketches of a fixed size: which elements does only one of them have?

An invertible Bloom lookup table (Eppstein, Goodrich, Uyeda, Varghese: What's the Difference? Efficient Set
Reconciliation without Prior Context, SIGCOMM 2011). Each element is added to one cell of each part; what both sets
have cancels out, and a cell with a single element left gives it away, which frees others.
"""

import base64
import struct
import zlib
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

ELEMENT: Final = 24
"""Bytes of an element."""

FEW: Final = 400
"""So many elements that only one of two sets has are found; bad luck, two elements in the same cells, is rarer than one
case in ten thousand, and is told as too much."""

_PARTS: Final = 4
_CELLS: Final = 256
_CELL: Final = struct.Struct(f">I{ELEMENT}s8s")
_SIZE: Final = _PARTS * _CELLS


def _zeros() -> list[int]:
    return [0] * _SIZE


@dataclass(frozen=True, slots=True)
class Difference:
    """The elements that only one of two sets has."""

    gone: frozenset[bytes]
    come: frozenset[bytes]


@dataclass(slots=True)
class SetSketch:
    """The sketch of a set: how many elements each cell has, and their texts and checks, each folded into one by XOR."""

    counts: list[int] = field(default_factory=_zeros)
    elements: list[int] = field(default_factory=_zeros)
    checks: list[int] = field(default_factory=_zeros)

    def __len__(self) -> int:
        """How many elements the set has."""
        return sum(self.counts[:_CELLS])

    def add(self, element: bytes) -> None:
        """Add *element*, of ELEMENT bytes, which is not in the set yet."""
        self._put(int.from_bytes(element), 1)

    def without(self, other: "SetSketch") -> Difference | None:
        """Return what this set has and *other* does not, as gone, and the reverse; None: too much to tell."""
        left = SetSketch(
            [mine - theirs for mine, theirs in zip(self.counts, other.counts, strict=True)],
            [mine ^ theirs for mine, theirs in zip(self.elements, other.elements, strict=True)],
            [mine ^ theirs for mine, theirs in zip(self.checks, other.checks, strict=True)],
        )
        found: dict[int, set[int]] = {1: set(), -1: set()}
        waiting = list(range(_SIZE))
        while waiting:
            cell = waiting.pop()
            sign, element = left.counts[cell], left.elements[cell]
            if sign not in found or left.checks[cell] != _hash(element)[0] or element in found[sign]:
                continue
            found[sign].add(element)
            waiting += left._put(element, -sign)
        if any(left.counts) or any(left.elements) or any(left.checks):
            return None
        return Difference(*(frozenset(one.to_bytes(ELEMENT) for one in found[sign]) for sign in (1, -1)))

    def _put(self, element: int, count: int) -> list[int]:
        """Add *element* so many times; return the cells that it is in."""
        check, places = _hash(element)
        cells = [part * _CELLS + place for part, place in enumerate(places)]
        for cell in cells:
            self.counts[cell] += count
            self.elements[cell] ^= element
            self.checks[cell] ^= check
        return cells

    def __str__(self) -> str:
        """Return it as one text."""
        cells = zip(self.counts, self.elements, self.checks, strict=True)
        packed = b"".join(
            _CELL.pack(count, element.to_bytes(ELEMENT), check.to_bytes(8)) for count, element, check in cells
        )
        return base64.b64encode(zlib.compress(packed, 1)).decode()

    @classmethod
    def read(cls, text: str) -> "SetSketch":
        """Return the sketch that *text* is; ValueError if it is none."""
        unpacker = zlib.decompressobj()
        try:
            packed = unpacker.decompress(base64.b64decode(text, validate=True), _SIZE * _CELL.size + 1)
        except (ValueError, zlib.error) as exc:
            raise ValueError("not a sketch of a set") from exc
        if len(packed) != _SIZE * _CELL.size or not unpacker.eof:
            raise ValueError("not a sketch of a set")
        counts, elements, checks = zip(*_CELL.iter_unpack(packed), strict=True)
        return cls(list(counts), list(map(int.from_bytes, elements)), list(map(int.from_bytes, checks)))


def _hash(element: int) -> tuple[int, bytes]:
    """Return the check of *element*, and its place in each part."""
    digest = blake2b(element.to_bytes(ELEMENT), digest_size=8 + _PARTS).digest()
    return int.from_bytes(digest[:8]), digest[8:]
