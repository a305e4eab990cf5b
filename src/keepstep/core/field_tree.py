"""The fields that an answer holds: where each stands, of what type it is, an example, and which lists hold records.

However large or odd an answer is, looking at it is bounded: in items of a list, in fields, in depth.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, cast

from keepstep.core.field_path import parse_path
from keepstep.core.masking import masked
from keepstep.core.secret import MASK, Secret

MOST_FIELDS: Final = 500
MOST_ITEMS: Final = 1_000
DEEPEST: Final = 12
LONGEST_EXAMPLE: Final = 60
MOST_PATHS: Final = 200
LONGEST_PATH: Final = 200
_LOOKED_AT: Final = 8_192

_SECRET_NAME: Final = re.compile(r"passw|secret|token|credential|api_?key|private_?key|authorization", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerField:
    """One field. *path*: as a column or `records` names it; empty for the answer itself.

    *present* of the *looked* objects that could hold it do. *items*: how many a list holds, all together.
    *list_node*: its items are objects, so it can be the list of records. *usable*: its name can be written in a path.
    """

    path: str
    types: tuple[str, ...]
    example: str
    present: int
    looked: int
    depth: int
    items: int | None = None
    list_node: bool = False
    usable: bool = True


@dataclass(slots=True)
class _Node:
    """What was seen at one place: of which types, how often, an example, and what stands below."""

    types: dict[str, None] = field(default_factory=dict[str, None])
    seen: int = 0
    objects: int = 0
    items: int = 0
    example: str = ""
    members: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])
    item: "_Node | None" = None


def field_tree(answer: object, secrets: Sequence[Secret] = ()) -> tuple[AnswerField, ...]:
    """Return the fields of *answer*, each before those below it, in the order met.

    Of the items of a list that is the answer itself, paths begin at the item, as columns do.
    At most 500, not deeper than 12; of a list the first 1,000 items. A value that may be a secret is not shown, nor
    one of *secrets* in any other.
    """
    root = _Node()
    _Look(secrets).see(root, answer, "", 0)
    return tuple(_fields(root, "", (1, 0), through_list=False))


def list_nodes(answer: object) -> tuple[AnswerField, ...]:
    """Return the lists of *answer* whose items are objects: what `records` can name."""
    return tuple(found for found in field_tree(answer) if found.list_node)


def single_values(fields: Iterable[AnswerField]) -> tuple[str, ...]:
    """Return the paths of *fields* that hold texts, numbers or truths, as a column can name them; at most 200."""
    found = (
        one.path
        for one in fields
        if one.usable and one.path and MASK not in one.path and len(one.path) <= LONGEST_PATH and _is_single(one)
    )
    return tuple(islice(dict.fromkeys(found), MOST_PATHS))


def _is_single(one: AnswerField) -> bool:
    # a list of texts is named with [] behind it, and holds several
    return not {"object", "of object", "of list"} & set(one.types) and (one.items is None or one.path.endswith("[]"))


@dataclass(slots=True)
class _Look:
    """One look at an answer. *fields*: how many were met."""

    secrets: Sequence[Secret]
    fields: int = 0

    def see(self, node: _Node, value: object, name: str, depth: int) -> None:
        """Take in *value*, which stands at *node*."""
        node.seen += 1
        node.types[_type(value)] = None
        if depth > DEEPEST:
            return
        if isinstance(value, dict):
            node.objects += 1
            for member, inner in cast("dict[object, object]", value).items():
                child = self._child(node, str(member))
                if child is not None:
                    self.see(child, inner, str(member), depth + 1)
        elif isinstance(value, list):
            items = cast("list[object]", value)
            node.items += len(items)
            node.item = node.item or _Node()
            for item in items[:MOST_ITEMS]:
                self.see(node.item, item, name, depth + 1)
        elif not node.example and value is not None:
            node.example = MASK if _SECRET_NAME.search(name) else self._example(value)

    def _example(self, value: object) -> str:
        """Return how *value* is shown. It is masked before it is cut, as half a secret is not found."""
        text = _text(value)
        return _cut(masked(text[:_LOOKED_AT], self.secrets) if self.secrets else text)

    def _child(self, node: _Node, name: str) -> _Node | None:
        found = node.members.get(name)
        if found is None and self.secrets:
            # names come from outside too, and are kept with the test
            name = masked(name, self.secrets)
            found = node.members.get(name)
        if found is None and self.fields < MOST_FIELDS:
            self.fields += 1
            found = node.members[name] = _Node()
        return found


def _fields(node: _Node, path: str, where: tuple[int, int], *, through_list: bool) -> Iterator[AnswerField]:
    looked, depth = where
    item = node.item or _Node()
    scalars = node.item is not None and not item.objects
    yield AnswerField(
        path=f"{path}[]" if scalars and item.seen and path else path,
        types=(*node.types, *(f"of {kind}" for kind in item.types)),
        example=node.example or item.example,
        present=node.seen,
        looked=looked,
        depth=depth,
        items=node.items if node.item is not None else None,
        list_node=item.objects > 0 and not through_list,
        usable=_usable(path),
    )
    for name, child in node.members.items():
        below = f"{path}.{_step(name)}" if path else _step(name)
        yield from _fields(child, below, (node.objects, depth + 1), through_list=through_list)
    for name, child in item.members.items():
        below = f"{path}[].{_step(name)}" if path else _step(name)
        yield from _fields(child, below, (item.objects, depth + 1), through_list=True)


def _step(name: str) -> str:
    return f'"{name}"' if any(ch in name for ch in '.[]"') or not name else name


def _usable(path: str) -> bool:
    try:
        return not path or len(parse_path(path)) > 0
    except ValueError:
        return False


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str) -> str:
    line = " ".join(text[: LONGEST_EXAMPLE * 4].split())
    return line if len(line) <= LONGEST_EXAMPLE and len(text) <= LONGEST_EXAMPLE * 4 else line[:LONGEST_EXAMPLE] + "…"
