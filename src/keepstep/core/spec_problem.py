"""What the validator found, in the words and at the places of the person who wrote the configuration."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from keepstep.core.configuration import Path, Problem
from keepstep.core.secret import SecretRef
from keepstep.core.suggest import did_you_mean

_WORDS: Final = {
    "string_type": "must be text; put it in quotes",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}

_INSIDE: Final = re.compile(r"([a-z_]+(?:\.[a-z_]+)*): (.+)", re.DOTALL)
"""How a check of several keys names the one that it is about."""

_SHAPES: Final = {
    "base_url": "must be an address such as https://xyz.api.infobip.com, without a user name in it",
    "url": "must be an address as ldaps://dc1.corp.example or {base_url}/users, without a user name in it",
    "global_catalog": "must be an address such as ldaps://dc1.corp.example",
    "source": "must name a side as connection.objects, such as corp.users",
    "target": "must name a side as connection.objects, such as infobip.persons",
    "value": "must be all, first, last, or a number counted from 1",
    "words": "must be all, first, last, first 2, last 2, or a number counted from 1",
    "characters": "must be all, first, last, first 2, last 2, or a number counted from 1",
    "into": "must name a side as connection.objects, such as infobip.persons",
    "secret": "must be a name: letters, digits, . - and _",
    "environment": "must be the name of an environment variable",
    "command": "must be a name of secret-commands.yaml: letters, digits, . - and _",
    "program": "must be an absolute path such as /usr/bin/program",
    "mapping": "must be a name: letters, digits, . - and _",
    "webhook": "must name a webhook as connection.webhook, such as infobip.send-sms",
    "separator": "must be auto, or one character such as ;",
}


def problems_of(error: ValidationError, spec: type[BaseModel], data: object) -> Iterator[Problem]:
    """Yield one problem for each mistake in *data* that *spec* does not take, in the order of the validator."""
    seen: set[tuple[Path, str]] = set()
    for detail in error.errors(include_url=False, include_context=True, include_input=True):
        path, skipped = _written_path(detail["loc"], data)
        if _is_of_another_form(detail, skipped, _at(data, path)):
            continue
        problem = _problem(detail, path, spec)
        if (problem.path, problem.text) not in seen:
            seen.add((problem.path, problem.text))
            yield problem


def _written_path(loc: tuple[int | str, ...], data: object) -> tuple[Path, list[str]]:
    """Return the part of *loc* that a person wrote, and the names of the forms that the validator tried."""
    path: list[str | int] = []
    forms: list[str] = []
    here: object = data
    told: object = None
    for step in loc:
        if isinstance(here, dict) and here is not told and step in _tags(cast("dict[str, object]", here)):
            # The validator names the form first, also where a key is called like it: `style: cursor` has a `cursor`.
            told = cast("object", here)
            forms.append(str(step))
        elif isinstance(here, dict) and step in here:
            here = cast("dict[object, object]", here)[step]
            path.append(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(cast("list[object]", here)):
            here = cast("list[object]", here)[step]
            path.append(step)
        else:
            forms.append(str(step))
    return tuple(path), forms


def _tags(part: dict[str, object]) -> list[object]:
    """Return what *part* says of its form, under the keys that tell forms apart."""
    return [part[name] for name in ("kind", "type", "style", "method") if name in part]


def _at(data: object, path: Path) -> object:
    here: Any = data
    for step in path:
        here = here[step]
    return here


def _is_of_another_form(detail: ErrorDetails, forms: Iterable[str], value: object) -> bool:
    """Whether this is about a form that was not meant: a row that is a text is not a bad row with keys."""
    if "str" in forms:
        return isinstance(value, dict)
    return any(_names(form, "Row") for form in forms) and detail["type"] in {"model_type", "dict_type"}


def _problem(detail: ErrorDetails, path: Path, spec: type[BaseModel]) -> Problem:
    kind, last = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    where = ".".join(map(str, path))
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        inside = ".".join(map(str, path[:-1])) or "the configuration"
        near = did_you_mean(last, _known_keys(spec, detail["loc"][:-1]))
        return Problem(path=path, text=f'unknown key "{last}" in {inside}{near}', at_key=True)
    if kind == "missing" and isinstance(detail["loc"][-1], int):
        return Problem(path=path, text=f"{where} must hold two names: [target attribute, source attribute]")
    if kind == "missing":
        return _missing(last, path)
    if kind == "union_tag_not_found":
        key = str(context.get("discriminator", "")).strip("'")
        return _missing(key, path)
    if kind == "union_tag_invalid":
        key = str(context.get("discriminator", "")).strip("'")
        known = [tag.strip("' ") for tag in str(context.get("expected_tags", "")).split(",")]
        near = did_you_mean(str(context.get("tag", "")), known)
        return Problem(path=(*path, key), text=f"{where}.{key} must be one of {', '.join(known)}{near}")
    if last == "[key]" and kind == "enum":
        known = [name.strip("' ") for name in str(context["expected"]).replace(" or ", ", ").split(",")]
        near = did_you_mean(str(path[-1]), known) or f"; it can be {', '.join(known)}"
        return Problem(path=path, text=f"{where}: there is no such name here{near}", at_key=True)
    if last == "[key]":
        return Problem(path=path, text=f"{where}: a name has letters, digits, - and _ only", at_key=True)
    if kind == "value_error" and (inner := _inside(str(context["error"]), _known_keys(spec, detail["loc"]))):
        key, told = inner
        return Problem(path=(*path, *key.split(".")), text=f"{where}.{key}".lstrip(".") + f": {told}", at_key=True)
    text = f"{where or 'the configuration'} {_words(detail, context)}"
    return Problem(path=path, text=text, at_key=kind == "value_error")


def _inside(text: str, known: Sequence[str]) -> tuple[str, str] | None:
    """Return the key below that *text* is about, and what it says of it; None if it is about the whole."""
    found = _INSIDE.fullmatch(text)
    return (found[1], found[2]) if found and found[1].partition(".")[0] in known else None


def _missing(key: str, path: Path) -> Problem:
    """Return that *key* is missing at *path*: in the text told at what should hold it, for a form at the key."""
    inside = ".".join(map(str, path)) or "the configuration"
    text = f'key "{key}" is missing in {inside}'
    return Problem(path=(*path, key), text=text, at_key=True, beside="is missing")


def _words(detail: ErrorDetails, context: Mapping[str, object]) -> str:
    match detail["type"]:
        case "enum" | "literal_error":
            return _choice(str(context["expected"]), str(detail["input"]))
        case "string_pattern_mismatch":
            return _SHAPES.get(str(detail["loc"][-1]), f"does not look right; it must match {context['pattern']}")
        case "value_error":
            return f"is not right: {context['error']}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "greater_than_equal" | "greater_than" | "less_than" | "less_than_equal" | "too_long":
            return detail["msg"].replace("Input should", "must")
        case "model_type" | "model_attributes_type" if SecretRef.__name__ in str(context.get("class_name", "")):
            return "must be {secret: NAME}: a secret is kept by `keepstep secret set NAME`, and never written here"
        case kind:
            message = _WORDS.get(kind) or detail["msg"].replace("Input should", "must")
            return message[0].lower() + message[1:]


def _choice(expected: str, given: str) -> str:
    known = [name.strip("' ") for name in expected.replace(" or ", ", ").split(",")]
    if len(known) == 1:
        return f"must be {known[0]}"
    return f"must be one of {', '.join(known)}{did_you_mean(given, known)}"


def _known_keys(annotation: object, loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that fit where *loc* leads from *annotation*; empty if it leads nowhere."""
    shape = _bare(annotation)
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        if not loc:
            return [info.alias or name for name, info in shape.model_fields.items()]
        named = {info.alias or name: info for name, info in shape.model_fields.items()}
        info = named.get(str(loc[0]))
        return _known_keys(info.annotation, loc[1:]) if info else []
    if get_origin(shape) in {Union, UnionType}:
        members = [member for member in get_args(shape) if member is not NoneType]
        if len(members) == 1:
            return _known_keys(members[0], loc)
        for member in members:
            if loc and _is_called(member, str(loc[0])):
                return _known_keys(member, loc[1:])
        return []
    if get_origin(shape) is dict and loc:
        return _known_keys(get_args(shape)[1], loc[1:])
    if get_origin(shape) in {list, tuple} and loc:
        return _known_keys(get_args(shape)[0], loc[1:])
    return []


def _bare(annotation: object) -> object:
    return _bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _names(tag: str, name: str) -> bool:
    """Whether the validator means the form *name* by *tag*: one with a check of its own is called by that too."""
    return tag == name or tag.endswith(f", {name}]")


def _is_called(member: object, tag: str) -> bool:
    """Whether *tag* is what the validator calls this form: its class name or the value of its discriminator."""
    shape = _bare(member)
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return False
    literals = (info.annotation for info in shape.model_fields.values() if get_origin(info.annotation) is Literal)
    return _names(tag, shape.__name__) or any(tag in get_args(literal) for literal in literals)
