"""Tags and custom attributes of a person, checked against their definitions.

Source: Infobip reference, sections 3.5, 3.6 and 11 line 4.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from keepstep.emulator.definitions import Attribute, Definitions
from keepstep.emulator.replies import Json
from keepstep.emulator.rules import Rules

Problems = list[tuple[str, str]]
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Checks:
    """What a body is checked against."""

    rules: Rules
    definitions: Definitions
    now: str


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_decimal(value: Json) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool)


def _is_date(value: Json) -> bool:
    try:
        return isinstance(value, str) and bool(_DATE.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_time(value: Json) -> bool:
    try:
        return (
            isinstance(value, str) and bool(_DATE.match(value)) and "T" in value and bool(datetime.fromisoformat(value))
        )
    except ValueError:
        return False


_TYPES: Final[Mapping[str, Callable[[Json], bool]]] = {
    "STRING": _is_text,
    "INTEGER": _is_integer,
    "DECIMAL": _is_decimal,
    "BOOLEAN": _is_boolean,
    "DATE": _is_date,
    "DATE_TIME": _is_time,
}


def read_tags(value: Json, checks: Checks, path: str, problems: Problems) -> list[str]:
    """Return the tag names in *value*, each once and as they were defined; note what is wrong in *problems*."""
    if value is None:
        return []
    if not isinstance(value, list):
        problems.append((path, "Must be a list"))
        return []
    names: dict[str, str] = {}
    for index, name in enumerate(value):
        where = f"{path}[{index}]"
        if not isinstance(name, str) or not name.strip():
            problems.append((where, "Must be a text"))
        elif len(name) > 256:
            problems.append((where, "Must not be longer than 256 characters"))
        elif checks.rules.undefined_tag == "refuse" and checks.definitions.tag(name) is None:
            problems.append((where, f"Tag {name} does not exist"))
        else:
            known = checks.definitions.tag(name)
            names.setdefault(name.lower(), known.name if known else name)
    return list(names.values())


def define_tags(names: list[str], checks: Checks) -> None:
    """Create the tags among *names* that nobody defined."""
    for name in names:
        checks.definitions.define_tag(name, checks.now)


def read_attributes(value: Json, checks: Checks, path: str, problems: Problems) -> dict[str, Json]:
    """Return the custom attributes in *value* under their defined names; null clears one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append((path, "Must be an object"))
        return {}
    found: dict[str, Json] = {}
    for name, item in value.items():
        where = f"{path}.{name}"
        attribute = _definition(name, item, checks)
        if attribute is None:
            if checks.rules.undefined_attribute == "refuse":
                problems.append((where, f"Custom attribute {name} does not exist"))
        elif item is None or item == "":
            _read_empty(found, attribute.name, item, (checks, where, problems))
        else:
            message = wrong_value(attribute, item, checks.rules)
            if message:
                problems.append((where, message))
            else:
                found[attribute.name] = item
    return found


def _definition(name: str, item: Json, checks: Checks) -> Attribute | None:
    known = checks.definitions.attribute(name)
    if known is None and checks.rules.undefined_attribute == "create" and len(name) <= 256 and item is not None:
        fitting = ("BOOLEAN", "INTEGER", "DECIMAL", "DATE", "STRING")
        kind = next((kind for kind in fitting if _TYPES[kind](item)), "LIST_OF_OBJECTS")
        return checks.definitions.define_attribute(name, kind, checks.now, {})
    return known


def _read_empty(found: dict[str, Json], name: str, item: Json, notes: tuple[Checks, str, Problems]) -> None:
    checks, where, problems = notes
    policy = checks.rules.null_value if item is None else checks.rules.empty_text
    if policy == "refuse":
        problems.append((where, "Must not be null" if item is None else "Must not be empty"))
    elif policy == "clear":
        found[name] = None
    elif policy == "store":
        found[name] = ""


def wrong_value(attribute: Attribute, item: Json, rules: Rules) -> str:
    """Return why *item* cannot be a value of *attribute*; an empty text when it can."""
    if isinstance(item, str) and len(item) > _LONGEST:
        return f"Must not be longer than {_LONGEST} characters"
    if rules.wrong_attribute_type == "accept":
        return ""
    if attribute.data_type != "LIST_OF_OBJECTS":
        fits = _TYPES[attribute.data_type](item)
        return "" if fits else f"Value of {attribute.name} must be of type {attribute.data_type}"
    if not isinstance(item, list):
        return f"Value of {attribute.name} must be a list of objects"
    for entry in item:
        if not isinstance(entry, dict):
            return f"Value of {attribute.name} must be a list of objects"
        for key, inner in entry.items():
            kind = attribute.object_schema.get(key)
            if kind is None:
                return f"{attribute.name} has no field {key}"
            if inner is not None and not _TYPES[kind](inner):
                return f"Field {key} of {attribute.name} must be of type {kind}"
    return ""
