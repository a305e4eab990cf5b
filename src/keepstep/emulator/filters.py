"""The filter language of `GET /people/2/persons`: parse it once, then test a person's v2 view with it.

    {"firstName": "Mira"}                                  equality
    {"#startsWith": {"lastName": "Kov"}}                   operator, then field
    {"tags": {"#contains": "Staff"}}                       field, then operator (seen in the wild)
    {"#and": [{...}, {...}]}, {"#or": [{...}, {...}]}      both, either
    {"customAttributes": {"Department": "Finance"}}        nested names are nested objects
    {"#any": {"customAttributes": {"Cars": {"make": "X"}}}}   one object of a list fits as a whole

Source: Infobip reference, section 3.2 "Filter grammar". On tags, `#contains` matches a whole name.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from keepstep.emulator.person import CHANNELS
from keepstep.emulator.replies import Json

Path = tuple[str, ...]
Document = dict[str, Json]
_DEEPEST: Final = 20
_FIELDS: Final = frozenset({
    "id", "externalId", "type", "firstName", "lastName", "middleName", "address", "city", "country", "gender",
    "birthDate", "preferredLanguage", "profilePicture", "tags", "customAttributes", "contactInformation", "origin",
    "modifiedFrom", "createdAt", "modifiedAt",
})  # fmt: skip
TIMES: Final = frozenset({"createdAt", "modifiedAt"})
_TEXT_ONLY: Final = frozenset({"firstName", "lastName", "middleName", "address", "city", "country", "tags"})
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "#gt": operator.gt,
    "#gte": operator.ge,
    "#lt": operator.lt,
    "#lte": operator.le,
}
_TEXTUAL: Final = frozenset({"#contains", "#notContain", "#startsWith", "#endsWith"})
_LISTED: Final = frozenset({"#in", "#notIn"})
_PRESENCE: Final = frozenset({"#exists", "#notExist"})
OPERATORS: Final = frozenset({"#eq", "#ne", *_ORDERED, *_TEXTUAL, *_LISTED, *_PRESENCE})


class BadFilter(ValueError):
    """The filter cannot be understood; the message says why."""


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison: the field's path, the operator, and the value."""

    path: Path
    operator: str
    value: Json


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions, of which all or any must hold."""

    every: bool
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyItem:
    """One object of the list at *path* must meet *condition* by itself."""

    path: Path
    condition: "Condition"


Condition = Test | Group | AnyItem


def parse_filter(text: str, *, times: bool = True) -> Condition:
    """Return the condition that *text* says; raise BadFilter. *times*: createdAt and modifiedAt may be named."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BadFilter("the filter is not JSON") from error
    condition = _object(value, 0)
    for path in paths(condition):
        if path[0] not in _FIELDS or (not times and path[0] in TIMES):
            raise BadFilter(f"persons cannot be filtered by {path[0]}")
        if path[0] == "contactInformation" and len(path) > 1 and path[1] not in CHANNELS.values():
            raise BadFilter(f"persons cannot be filtered by {'.'.join(path)}")
    return condition


def paths(condition: Condition) -> list[Path]:
    """Return the path of every field that *condition* looks at, outermost name first."""
    if isinstance(condition, Test):
        return [condition.path]
    if isinstance(condition, AnyItem):
        return [condition.path]
    return [path for part in condition.parts for path in paths(part)]


def _object(value: Json, depth: int) -> Condition:
    if not isinstance(value, dict) or not value:
        raise BadFilter("a condition is an object with at least one member")
    if depth > _DEEPEST:
        raise BadFilter("the filter is nested too deeply")
    parts = tuple(_member(name, inner, depth + 1) for name, inner in value.items())
    return parts[0] if len(parts) == 1 else Group(every=True, parts=parts)


def _member(name: str, value: Json, depth: int) -> Condition:
    if name in {"#and", "#or"}:
        if not isinstance(value, list) or not value:
            raise BadFilter(f"{name} takes a list of conditions")
        return Group(every=name == "#and", parts=tuple(_object(part, depth) for part in value))
    if name == "#any":
        return _any_item((), value, depth)
    if name in OPERATORS:
        if not isinstance(value, dict) or not value:
            raise BadFilter(f"{name} takes an object with a field")
        return _fields((), name, value, depth)
    if name.startswith("#"):
        raise BadFilter(f"there is no operator {name}")
    return _field((name,), "#eq", value, depth)


def _fields(path: Path, operator_name: str, value: Mapping[str, Json], depth: int) -> Condition:
    parts = tuple(_field((*path, name), operator_name, inner, depth) for name, inner in value.items())
    return parts[0] if len(parts) == 1 else Group(every=True, parts=parts)


def _field(path: Path, operator_name: str, value: Json, depth: int) -> Condition:
    if depth + len(path) > _DEEPEST:
        raise BadFilter("the filter is nested too deeply")
    if not isinstance(value, dict):
        return _test(path, operator_name, value)
    if not value:
        raise BadFilter(f"{'.'.join(path)} has an empty condition")
    parts: list[Condition] = []
    for name, inner in value.items():
        if name == "#any":
            parts.append(_any_item(path, inner, depth))
        elif name in OPERATORS:
            parts.append(_field(path, name, inner, depth) if isinstance(inner, dict) else _test(path, name, inner))
        elif name.startswith("#"):
            raise BadFilter(f"there is no operator {name}")
        else:
            parts.append(_field((*path, name), operator_name, inner, depth))
    return parts[0] if len(parts) == 1 else Group(every=True, parts=tuple(parts))


def _any_item(path: Path, value: Json, depth: int) -> Condition:
    """Read `#any`: follow single names to the attribute (two names under customAttributes), then one condition."""
    steps = (
        2
        if (path or ("",))[0] == "customAttributes"
        or (
            not path and isinstance(value, dict) and next(iter(value), "") in {"customAttributes", "contactInformation"}
        )
        else 1
    )
    while len(path) < steps:
        if not isinstance(value, dict) or len(value) != 1:
            raise BadFilter("#any takes one list attribute")
        name, value = next(iter(value.items()))
        path = (*path, name)
    return AnyItem(path, _object(value, depth + 1))


def _test(path: Path, name: str, value: Json) -> Test:
    dotted = ".".join(path)
    if name in _LISTED and not isinstance(value, list):
        raise BadFilter(f"{name} of {dotted} takes a list")
    if name not in _LISTED and isinstance(value, list):
        raise BadFilter(f"{name} of {dotted} does not take a list")
    if name in _TEXTUAL and not isinstance(value, str):
        raise BadFilter(f"{name} of {dotted} takes a text")
    if name in _ORDERED and (path[0] in _TEXT_ONLY or value is None or isinstance(value, bool)):
        raise BadFilter(f"{name} cannot be used on {dotted}")
    if name in _PRESENCE and value is not True:
        raise BadFilter(f"{name} of {dotted} takes true")
    return Test(path, name, value)


def matches(condition: Condition, document: Document) -> bool:
    """Say whether the v2 view *document* meets *condition*."""
    if isinstance(condition, Group):
        found = (matches(part, document) for part in condition.parts)
        return all(found) if condition.every else any(found)
    if isinstance(condition, AnyItem):
        items = _values(document, condition.path)
        return any(isinstance(item, dict) and matches(condition.condition, item) for item in items)
    return _holds(condition, _values(document, condition.path))


def _values(document: Json, path: Path) -> list[Json]:
    """Return every value at *path*, going into lists on the way."""
    if isinstance(document, list):
        return [value for item in document for value in _values(item, path)]
    if not path:
        return [] if document is None else [document]
    if not isinstance(document, dict):
        return []
    return _values(document.get(path[0]), path[1:])


def _holds(test: Test, values: list[Json]) -> bool:
    name, wanted = test.operator, test.value
    if name in _PRESENCE:
        return bool(values) == (name == "#exists")
    folded = test.path[0] == "tags" or (test.path[-1] == "address" and test.path[0] == "contactInformation")
    left = [_fold(value) for value in values] if folded else values
    right = _fold(wanted) if folded else wanted
    if name in {"#eq", "#ne"}:
        return any(_equal(value, right) for value in left) == (name == "#eq")
    if name in _LISTED and isinstance(right, list):
        return any(_equal(value, one) for value in left for one in right) == (name == "#in")
    if name in _ORDERED:
        return any(_ordered(name, value, right) for value in left)
    return _textual(test, left, right)


def _textual(test: Test, values: list[Json], wanted: Json) -> bool:
    texts = [value for value in values if isinstance(value, str)]
    part = str(wanted)
    if test.operator in {"#contains", "#notContain"}:
        whole = test.path[0] == "tags"
        found = any(part == text if whole else part in text for text in texts)
        return found == (test.operator == "#contains")
    test_one: Callable[[str, str], bool] = str.startswith if test.operator == "#startsWith" else str.endswith
    return any(test_one(text, part) for text in texts)


def _fold(value: Json) -> Json:
    if isinstance(value, list):
        return [_fold(item) for item in value]
    return value.lower() if isinstance(value, str) else value


def _equal(value: Json, wanted: Json) -> bool:
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _ordered(name: str, value: Json, wanted: Json) -> bool:
    compare = _ORDERED[name]
    if isinstance(value, str) and isinstance(wanted, str):
        return compare(value, wanted)
    if isinstance(value, int | float) and isinstance(wanted, int | float) and not isinstance(value, bool):
        return compare(value, wanted)
    return False
