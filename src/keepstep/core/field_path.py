"""Where a value stands in a tree of objects and lists, written as `contactInformation.email[type=work].address`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, cast

from pydantic import AfterValidator

from keepstep.core.value_text import text_of_value
from keepstep.errors import ConfigurationError, ResponseInvalid

HEADER: Final = "header:"
"""Begins a place in an answer that is one of its headers."""

_NAME: Final = re.compile(r'"([^"]+)"|([^.\[\]"]+)')
_BRACKET: Final = re.compile(r'\[(?:(-?\d{1,9})|([^\]="]+)=(?:"([^"]*)"|([^\]"]+)))?\]')


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: a member, every item of a list (*many*), or one item (*index*, from the end if negative).

    *where*: what an item has to hold to be read, and is given when it is written. Without a *name* it is a step inside
    the list that the way has come to.
    """

    name: str
    many: bool = False
    where: tuple[str, str] | None = None
    index: int | None = None

    @property
    def plain(self) -> bool:
        """Whether it is a member, or all items of one."""
        return bool(self.name) and self.where is None and self.index is None


FieldPath = tuple[Step, ...]


@lru_cache(maxsize=1024)
def parse_path(text: str) -> FieldPath:
    """Return the path written as *text*; ValueError says which part cannot be understood.

    `a.b` members · `a[]` the texts of a list · `a[].b` a member of each item · `a[0]` the first, `a[-1]` the last
    item · `a[type=work].b` the items that hold this text, `a[type=work][0].b` the first of them · `[0].a` from a
    list at the top · `"cost.centre"` a name with dots or brackets in it.
    """
    steps: list[Step] = []
    at = 0
    while True:
        name = _NAME.match(text, at)
        at = name.end() if name else at
        brackets: list[Step] = []
        while bracket := _BRACKET.match(text, at):
            brackets.append(_bracket(bracket))
            at = bracket.end()
        # Only a path that begins with a list has no name before the brackets.
        if not name and (steps or not brackets):
            raise _wrong(text, at)
        first = brackets[0] if brackets else Step("")
        held = (name[1] or name[2]) if name else ""
        steps += [Step(held, many=first.many, where=first.where, index=first.index), *brackets[1:]]
        if at == len(text):
            return tuple(steps)
        if text[at] != ".":
            raise _wrong(text, at)
        at += 1


def _bracket(match: re.Match[str]) -> Step:
    if match[1]:
        return Step("", index=int(match[1]))
    value = match[4] if match[3] is None else match[3]
    return Step("", many=True, where=(match[2], value) if match[2] else None)


def _wrong(text: str, at: int) -> ValueError:
    return ValueError(f'"{text[at:]}" in path "{text}" is not a name, name[], name[0] or name[key=value]')


def is_header(place: str) -> bool:
    """Return whether a place in an answer is one of its headers, as in `header:X-Next-Page`."""
    return place.startswith(HEADER)


def _understood(place: str) -> str:
    if place and not is_header(place):
        parse_path(place)
    return place


def _path(text: str) -> str:
    if text:
        parse_path(text)
    return text


PathText = Annotated[str, AfterValidator(_path)]
"""A path as it is written; empty: none."""

PlaceText = Annotated[str, AfterValidator(_understood)]
"""A place in an answer: a path in its body, or a header after `header:`; empty: none."""


def quoted(name: str) -> str:
    """Return *name* as it is written in a path."""
    return f'"{name}"' if re.search(r"[.\[\]]", name) else name


def put(document: dict[str, object], path: FieldPath, values: Sequence[object]) -> None:
    """Write *values* at *path*, beside what stands there: lists grow, a single value replaces.

    No values write null, or an empty list where the path leads through one. ConfigurationError for a path that only
    says where to read.
    """
    step, rest = _written(path[0]), path[1:]
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


def _written(step: Step) -> Step:
    if not step.name or step.index is not None:
        raise ConfigurationError(
            "a path with the number of an item says where to read, not where to write",
            hint="write it as name[] or name[key=value]",
        )
    return step


def drop(document: dict[str, object], path: FieldPath) -> None:
    """Take away what stands at *path*: the member, or the whole list that the path leads through."""
    step, rest = _written(path[0]), path[1:]
    if step.many or not rest:
        document.pop(step.name, None)
    elif isinstance(inner := document.get(step.name), dict):
        drop(cast("dict[str, object]", inner), rest)


def at(document: object, path: FieldPath) -> object | None:
    """Return what stands at *path* of a decoded document (members and items by number), or None."""
    found = document
    for step in path:
        if step.name:
            if not isinstance(found, dict):
                return None
            found = cast("dict[str, object]", found).get(step.name)
        if step.index is not None:
            items = cast("list[object]", found) if isinstance(found, list) else []
            found = items[step.index] if -len(items) <= step.index < len(items) else None
    return found


def select(node: object, path: FieldPath, *, whole: bool = False) -> list[object] | None:
    """Return every value that *path* leads to from *node*; None if a member is absent.

    What is null on the way, or an item that a list has not, leads to nothing. In a list, items that lack the member
    are passed over, unless *whole*: then one of them makes all absent. ResponseInvalid where an object should be.
    """
    if not path:
        return [node]
    step, rest = path[0], path[1:]
    if node is None:
        return None if whole else []
    if step.name:
        if node == "":  # an element of XML that holds nothing
            return None
        if not isinstance(node, dict):
            raise ResponseInvalid(f'no object stands where "{step.name}" should be in it', hint=_hint(node))
        members = cast("dict[str, object]", node)
        if step.name not in members:
            return None
        node = members[step.name]
    if step.many:
        return _each(step, node, rest, whole=whole)
    if step.index is not None:
        items = _items(node)
        if not -len(items) <= step.index < len(items):
            return None if whole else []
        node = items[step.index]
    return select(node, rest, whole=whole)


def _each(step: Step, node: object, rest: FieldPath, *, whole: bool) -> list[object] | None:
    items = _items(node)
    if step.where is not None:
        items = [item for item in items if _holds(item, *step.where)]
        if rest and not rest[0].name and rest[0].index is not None:
            # The number counts those that hold it.
            return select(items, rest, whole=whole)
    found: list[object] = []
    for item in items:
        inner = select(item, rest, whole=whole)
        if inner is None and whole:
            return None
        found += inner or ()
    return found


def _items(node: object) -> list[object]:
    """Return the items of a list; what stands alone is one item, as an element of XML that is there once."""
    if isinstance(node, list):
        return cast("list[object]", node)
    return [] if node is None else [node]


def _holds(item: object, name: str, text: str) -> bool:
    if not isinstance(item, dict):
        return False
    held = cast("dict[str, object]", item).get(name)
    return held is not None and text_of_value(held) == text


def _hint(node: object) -> str:
    return "a list stands there: write name[] for all of its items, name[0] for one" if isinstance(node, list) else ""
