"""Attributes as the JSON that the application takes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from keepstep.core.application import ObjectSpec
from keepstep.core.field_path import drop, put
from keepstep.core.schema import AttributeType, Schema, Syntax
from keepstep.core.values import Values

_NUMBER: Final = re.compile(r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$")
_WHOLE: Final = re.compile(r"^-?(0|[1-9][0-9]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is known of one kind of object: how it is written, what it may hold, the data types of open attributes."""

    spec: ObjectSpec
    schema: Schema
    types: Mapping[str, Syntax]

    def syntax(self, kind: AttributeType) -> Syntax:
        """Return what the values of *kind* mean here: an open attribute has the type it was defined with."""
        return self.types.get(kind.name, kind.syntax)


def normalised(schema: Schema, attributes: Mapping[str, Values]) -> tuple[dict[str, Values], str]:
    """Return *attributes* as the application keeps them, and why it would refuse them; empty: it would not."""
    kept: dict[str, Values] = {}
    for name, values in attributes.items():
        kind = schema.attribute(name)
        if kind is None:
            return {}, f'there is no attribute "{name}"'
        kept[name] = kind.normalise(values)
        if reason := kind.refusal(kept[name]):
            return {}, reason
        if kind.required and not kept[name]:
            return {}, f'attribute "{name}" must not be empty'
    return kept, ""


def document(sheet: Sheet, attributes: Mapping[str, Values], shape: str) -> dict[str, object]:
    """Return the JSON object that holds *attributes* in *shape*; ValueError names one whose text is of another type."""
    made: dict[str, object] = {}
    for name, values in attributes.items():
        put(made, sheet.spec.path(name, shape), _encoded(sheet, name, values))
    return made


def overwrite(sheet: Sheet, whole: dict[str, object], attributes: Mapping[str, Values], shape: str) -> None:
    """Put *attributes* in the place of what *whole* holds of them; one without values is left out."""
    for name, values in attributes.items():
        path = sheet.spec.path(name, shape)
        drop(whole, path)
        if values:
            put(whole, path, _encoded(sheet, name, values))


def _encoded(sheet: Sheet, name: str, values: Values) -> list[object]:
    kind = sheet.schema.attribute(name)
    syntax = Syntax.TEXT if kind is None else sheet.syntax(kind)
    return [_json(name, text, syntax) for text in values]


def _json(name: str, text: str, syntax: Syntax) -> object:
    match syntax:
        case Syntax.INTEGER if _WHOLE.match(text):
            return msgspec.Raw(text.encode())
        case Syntax.DECIMAL if _NUMBER.match(text):
            # The digits go out as they are: no detour over a binary fraction.
            return msgspec.Raw(text.encode())
        case Syntax.BOOLEAN if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        case Syntax.INTEGER | Syntax.DECIMAL | Syntax.BOOLEAN | Syntax.JSON:
            raise ValueError(f'attribute "{name}" is defined as {syntax} there, and its value is not')
        case _:
            return text


def encode(tree: object) -> bytes:
    """Return *tree* as JSON; text that is no Unicode (a lone surrogate) is escaped as JSON can."""
    try:
        return msgspec.json.encode(tree)
    except UnicodeEncodeError:
        return json.dumps(tree, default=_raw).encode("ascii")


def _raw(value: object) -> object:
    if isinstance(value, msgspec.Raw):
        return json.loads(bytes(value))
    raise TypeError(type(value).__name__)
