"""The names of the fields that records of an answer hold, written as paths."""

from collections.abc import Iterable, Iterator
from typing import Final, cast

MOST_NAMES: Final = 500
_DEEPEST: Final = 8


def field_names(records: Iterable[object]) -> tuple[str, ...]:
    """Return the paths at which *records* hold a value, as `contactInformation.email[].address`, in order met.

    At most 500, and not deeper than 8 steps: enough to choose from, however odd the answer is.
    """
    found: dict[str, None] = {}
    for record in records:
        for path in _paths(record, "", 0):
            found[path] = None
            if len(found) >= MOST_NAMES:
                return tuple(found)
    return tuple(found)


def _paths(value: object, path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _paths(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list):
        items = cast("list[object]", value)
        for item in items:
            yield from _paths(item, f"{path}[]", depth + 1)
    elif path:
        yield path
