"""JSON decoded into exactly the members that were asked for.

A type of these members is made for the decoder, so that the rest of a page costs a scan and no objects (msgspec;
structs with `gc=False` are not walked by the garbage collector). It knows members and whole lists; `Columns` reads
the rest from the decoded tree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from keepstep.core.field_path import FieldPath
from keepstep.core.value_text import text_of_value
from keepstep.core.values import Values
from keepstep.errors import ConfigurationError, ResponseInvalid

Getter = Callable[[Any], Values | None]
_LEAF: Final[Any] = Any
_RECORDS: Final = ""


@dataclass(slots=True)
class _Node:
    """One member of the type to be made: a leaf, or an object, or a list of objects (*many*)."""

    many: bool = False
    leaf: Any = None
    children: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])


class ColumnDecoder:
    """Decodes pages and single objects; *key* and *getters* give the values of a decoded item.

    The first column is the key. *said*: the places of a page that are looked at beside its records. *single*: the page
    may be one record itself.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, FieldPath]],
        records: FieldPath,
        said: Mapping[str, FieldPath],
        *,
        single: bool,
    ) -> None:
        root = _Node()
        for name, path in columns:
            _plant(root, path, name)
        item, names = _struct("Item", root)
        (_, self.key), *self.getters = [(name, _getter(path, names)) for name, path in columns]
        self._one = msgspec.json.Decoder(item)
        self._bare = msgspec.json.Decoder(list[item])
        node: Any = list[item] | item if single else list[item]
        self._page: msgspec.json.Decoder[Any] = msgspec.json.Decoder(node)
        self._labels: dict[str, tuple[str, ...]] = {}
        if records:
            self._page, self._labels = _page_decoder({_RECORDS: records, **said}, node)

    def page(self, body: bytes) -> tuple[list[Any] | None, dict[str, object]]:
        """Return the items of a page, None if they are not where they should be, and what stands at the places.

        A bare list is taken as the records of a page that says nothing about itself.
        """
        try:
            if body[:64].lstrip()[:1] == b"[":
                return self._bare.decode(body), {}
            page = self._page.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise ResponseInvalid(f"a page of records cannot be read: {_place(exc)}") from exc
        if not self._labels:
            return [page], {}
        said = {what: _dig(page, path) for what, path in self._labels.items()}
        items = said.pop(_RECORDS)
        if items is None or items is UNSET:
            return None, said
        return cast("list[Any]", items if isinstance(items, list) else [items]), said

    def one(self, body: bytes) -> Any:
        """Return the decoded object that *body* is; ResponseInvalid if it is not one."""
        try:
            return self._one.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise ResponseInvalid(f"an object cannot be read: {_place(exc)}") from exc


def as_values(value: object) -> Values | None:
    """Return a value as texts: missing is None, null is `()`, a list gives one text an item."""
    if isinstance(value, str):
        return (value,)
    if value is UNSET:
        return None
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple([text_of_value(item) for item in cast("list[object]", value) if item is not None])
    return (text_of_value(value),)


def _plant(root: _Node, path: FieldPath, name: str, leaf: Any = _LEAF) -> None:
    node = root
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        found = node.children.get(step.name)
        if found is None:
            # A list of plain texts is a leaf: its items need no type of their own.
            found = node.children[step.name] = _Node(many=step.many and not last, leaf=leaf if last else None)
        elif (found.leaf is not None) != last or found.many != (step.many and not last):
            raise ConfigurationError(f'the path of "{name}" crosses the path of another column')
        node = found


def _struct(title: str, root: _Node) -> tuple[Any, "dict[str, Any]"]:
    """Return a struct type for *root*, and its field names: member -> (field, names below)."""
    fields: list[tuple[str, Any, Any]] = []
    rename: dict[str, str] = {}
    names: dict[str, Any] = {}
    for number, (member, node) in enumerate(root.children.items()):
        label = f"f{number}"
        below: dict[str, Any] = {}
        if node.leaf is not None:
            kind = node.leaf
        else:
            inner, below = _struct(f"{title}{number}", node)
            kind = list[inner] if node.many else inner
        # An untyped member is left open: a number where a text was expected is read as its text.
        fields.append((label, kind if kind is Any else kind | None | UnsetType, UNSET))
        rename[label] = member
        names[member] = (label, below)
    return msgspec.defstruct(title, fields, gc=False, frozen=True, rename=rename), names


def _getter(path: FieldPath, names: "dict[str, Any]") -> Getter:
    step, rest = path[0], path[1:]
    label, below = names[step.name]
    if not rest:

        def leaf(item: Any) -> Values | None:
            value = getattr(item, label)
            return (value,) if value.__class__ is str else as_values(value)

        return leaf
    inner = _getter(rest, below)
    many = step.many

    def nested(item: Any) -> Values | None:
        value = getattr(item, label)
        if value is UNSET:
            return None
        if value is None:
            return ()
        if not many:
            return inner(value)
        if len(value) == 1:
            return inner(value[0]) or ()
        return tuple([text for child in value for text in inner(child) or ()])

    return nested


def _page_decoder(paths: Mapping[str, FieldPath], node: Any) -> "tuple[msgspec.json.Decoder[Any], dict[str, Any]]":
    """Return the decoder of a page, and for each place the field names that lead to it."""
    root = _Node()
    for what, path in paths.items():
        _plant(root, path, what or "the records", node if what == _RECORDS else Any)
    struct, names = _struct("Page", root)
    labels: dict[str, tuple[str, ...]] = {}
    for what, path in paths.items():
        found: list[str] = []
        level = names
        for step in path:
            label, level = level[step.name]
            found.append(label)
        labels[what] = tuple(found)
    return msgspec.json.Decoder(struct), labels


def _dig(struct: Any, labels: tuple[str, ...]) -> Any:
    """Return what stands there; UNSET if it is absent."""
    for label in labels:
        if struct is None or struct is UNSET:
            return UNSET
        struct = getattr(struct, label)
    return struct


def _place(exc: Exception) -> str:
    """Return what is wrong and where, without the text that was read."""
    if isinstance(exc, msgspec.ValidationError):
        if str(exc) == "Expected `array`, got `object`":
            return "it is no list: is `records` right?"
        # msgspec names types and the place, never the value.
        return str(exc)
    return "it is not JSON, or is cut off"
