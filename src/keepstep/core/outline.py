"""The outline of a configuration: how it is built, without one value that a person wrote."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, Literal, cast, get_args, get_origin
from urllib.parse import urlsplit

from keepstep.core.secret import MASK, SecretRef
from keepstep.core.spec import Spec

_SHORTEST: Final = 3


def outline(spec: Spec) -> dict[str, object]:
    """Return the keys of *spec* that somebody set: numbers, switches and words of Keepstep's own stay, texts do not.

    Names of parts stay; keys that are anybody's text are counted.
    """
    found: dict[str, object] = {}
    for name in sorted(spec.model_fields_set):
        field = type(spec).model_fields[name]
        found[field.alias or name] = _outlined(getattr(spec, name), field.annotation)
    return found


def _outlined(value: object, annotation: Any) -> object:
    match value:
        case SecretRef():
            return dict.fromkeys(value.model_dump(), MASK)
        case Spec():
            return outline(value)
        case Enum() | bool() | int() | float() | None:
            return value
        case str():
            return value if value in _words(annotation) else MASK
        case dict():
            return _entries(cast("dict[str, object]", value), annotation)
        case list() | tuple():
            items = cast("list[object]", value)
            kept = [_outlined(item, annotation) for item in items]
            return kept if any(item != MASK for item in kept) else f"{len(items)} entries"
        case _:
            return MASK


def _entries(value: dict[str, object], annotation: Any) -> object:
    """Return the entries of a mapping by name, where its keys have to be names; else how many there are."""
    keys = [get_args(kind)[0] for kind in (annotation, *get_args(annotation)) if get_origin(kind) is dict]
    if keys == [str] or not keys:
        return f"{len(value)} entries"
    return {name: _outlined(one, annotation) for name, one in value.items()}


def _words(annotation: Any) -> set[object]:
    """Return the words that *annotation* allows, where it allows only some."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {word for part in get_args(annotation) for word in _words(part)}


def values_of(part: object) -> Iterator[str]:
    """Yield every text that a person wrote into *part*, and the hosts in it: what must not be told."""
    match part:
        case Enum():
            return
        case str():
            yield from (text for text in (part, _host(part)) if len(text) >= _SHORTEST)
        case Spec():
            for name, field in type(part).model_fields.items():
                value = getattr(part, name)
                if name in part.model_fields_set and not (isinstance(value, str) and value in _words(field.annotation)):
                    yield from values_of(value)
        case dict():
            for key, value in cast("dict[str, object]", part).items():
                if not isinstance(value, Spec):
                    yield from values_of(key)
                yield from values_of(value)
        case list() | tuple():
            for item in cast("list[object]", part):
                yield from values_of(item)
        case _:
            return


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""
