"""Where a value stands in a JSON document, written as `contactInformation.email[].address`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

_STEP: Final = re.compile(r"^(?P<name>[^.\[\]]+)(?P<many>\[(?P<where>[^\]=]+=[^\]]+)?\])?$")


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: a member, or (*many*) every item of a list; *where* names what each written item also holds."""

    name: str
    many: bool = False
    where: tuple[str, str] | None = None


FieldPath = tuple[Step, ...]


@lru_cache(maxsize=1024)
def parse_path(text: str) -> FieldPath:
    """Return the path written as *text*; ValueError says which part cannot be understood.

    `a.b` members · `a[]` the texts of a list · `a[].b` a member of each item · `a[type=EMAIL].b` the same, for
    items that hold that constant.
    """
    return tuple(_step(part, text) for part in text.split("."))


def _step(part: str, text: str) -> Step:
    match = _STEP.match(part)
    if match is None:
        raise ValueError(f'"{part}" in path "{text}" is not a name, name[] or name[key=value]')
    where = match["where"]
    pair = None if where is None else cast("tuple[str, str]", tuple(where.split("=", 1)))
    return Step(match["name"], many=match["many"] is not None, where=pair)


def put(document: dict[str, object], path: FieldPath, values: Sequence[object]) -> None:
    """Write *values* at *path*, beside what stands there: lists grow, a single value replaces.

    No values write null, or an empty list where the path leads through one.
    """
    step, rest = path[0], path[1:]
    if step.many:
        items = cast("list[object]", document.setdefault(step.name, []))
        for value in values:
            items.append(_item(step, rest, value) if rest else value)
    elif rest:
        inner = document.get(step.name)
        if not isinstance(inner, dict):
            inner = document[step.name] = dict[str, object]()
        put(cast("dict[str, object]", inner), rest, values)
    else:
        document[step.name] = values[0] if values else None


def _item(step: Step, rest: FieldPath, value: object) -> dict[str, object]:
    item: dict[str, object] = {step.where[0]: step.where[1]} if step.where else {}
    put(item, rest, (value,))
    return item


def drop(document: dict[str, object], path: FieldPath) -> None:
    """Take away what stands at *path*: the member, or the whole list that the path leads through."""
    step, rest = path[0], path[1:]
    if step.many or not rest:
        document.pop(step.name, None)
    elif isinstance(inner := document.get(step.name), dict):
        drop(cast("dict[str, object]", inner), rest)


def at(document: object, path: FieldPath) -> object | None:
    """Return what stands at *path* of a decoded document (members only), or None."""
    found = document
    for step in path:
        if not isinstance(found, dict):
            return None
        found = cast("dict[str, object]", found).get(step.name)
    return found
