"""How many values one filter asks for."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

BATCH: Final = 100
"""How many values one OR filter holds."""

T = TypeVar("T")


def chunks(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Yield *items* in order, *size* at a time."""
    for at in range(0, len(items), size):
        yield items[at : at + size]
