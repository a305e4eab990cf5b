"""What is different between two states of a template as it is written, block by block and field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

Written = Mapping[str, object]
"""A template as it stands in the configuration: plain data."""

_LAYOUT = "blocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field before and after; None: it is not there.

    *block* empty: a field of the template; *field* empty: a whole block.
    """

    block: str
    field: str
    before: object
    after: object


def templates_of(document: object) -> dict[str, Written]:
    """Return the templates that stand in *document*, the plain data of a configuration; what is none is left out."""
    return _named(document, "templates")


def differences(before: Written | None, after: Written | None) -> list[Difference]:
    """Return what makes *after* of *before*, in the order it is written; None: the template is not there."""
    old, new = before or {}, after or {}
    found = list(_between("", _fields(old), _fields(new)))
    old_blocks, new_blocks = _blocks(old), _blocks(new)
    for name in dict.fromkeys((*new_blocks, *old_blocks)):
        was, now = old_blocks.get(name), new_blocks.get(name)
        if was == now:
            continue
        if was is None or now is None:
            found.append(Difference(block=name, field="", before=was, after=now))
        else:
            found += _between(name, was, now)
    return found


def _between(block: str, was: Written, now: Written) -> Iterator[Difference]:
    for field in dict.fromkeys((*now, *was)):
        if was.get(field) != now.get(field):
            yield Difference(block=block, field=field, before=was.get(field), after=now.get(field))


def _fields(template: Written) -> Written:
    return {key: value for key, value in template.items() if key != _LAYOUT}


def _blocks(template: Written) -> dict[str, Written]:
    return _named(template, _LAYOUT)


def _named(tree: object, key: str) -> dict[str, Written]:
    held = cast("dict[str, object]", tree).get(key) if isinstance(tree, dict) else None
    if not isinstance(held, dict):
        return {}
    named = cast("dict[str, object]", held).items()
    return {name: cast("Written", one) for name, one in named if isinstance(one, dict)}
