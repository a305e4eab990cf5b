"""Records out of a page of JSON, decoding only the members that were asked for.

A column is an attribute name and the path it is read from. A type of exactly these members is made for the decoder,
so that the rest of a page costs a scan and no objects (msgspec; structs with `gc=False` are not walked by the
garbage collector).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from keepstep.core.field_path import FieldPath, parse_path
from keepstep.core.values import NativeKey, Record, Values
from keepstep.errors import ConfigurationError, ResponseInvalid

Getter = Callable[[Any], Values | None]
_LEAF: Final[Any] = Any


@dataclass(slots=True)
class _Node:
    """One member of the type to be made: a leaf, or an object, or a list of objects (*many*)."""

    many: bool = False
    leaf: Any = None
    children: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where in a page the records are and what it says about itself. An empty path: the page is the list; not said."""

    records: str
    total: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: its records, and what it says. *records* is None when the list is not where it should be."""

    records: list[Record] | None
    total: int | None = None
    cursor: str | None = None


class Columns:
    """The attributes to read and the paths they stand at; decodes pages and single objects into Records."""

    def __init__(self, columns: Mapping[str, str] | Mapping[str, FieldPath], *, key: str, envelope: Envelope) -> None:
        paths = {name: parse_path(path) if isinstance(path, str) else path for name, path in columns.items()}
        root = _Node()
        for name, path in (*paths.items(), ("", parse_path(key))):
            _plant(root, path, name or key)
        item, names = _struct("Item", root)
        self._getters = tuple((name, _getter(path, names)) for name, path in paths.items())
        self._key = _getter(parse_path(key), names)
        self._one = msgspec.json.Decoder(item)
        self._bare = msgspec.json.Decoder(list[item])
        self._envelope = envelope
        self._page, self._page_names = _page_decoder(envelope, item)

    def page(self, body: bytes) -> Page:
        """Return the records of a page and what the page says; ResponseInvalid if it is not such JSON.

        A bare list is taken as the records of a page that says nothing about itself.
        """
        try:
            if self._page is None or body[:64].lstrip()[:1] == b"[":
                return Page(records=self._records(self._bare.decode(body)))
            envelope = self._page.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise ResponseInvalid(f"a page of records cannot be read: {_place(exc)}") from exc
        said = {what: _dig(envelope, path) for what, path in self._page_names.items()}
        items, total, cursor = said["records"], said.get("total"), said.get("cursor")
        return Page(
            records=self._records(cast("list[Any]", items)) if isinstance(items, list) else None,
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
            cursor=None if cursor is None or cursor == "" else str(cursor),
        )

    def one(self, body: bytes) -> Record:
        """Return the object that the answer is; ResponseInvalid if it is not one."""
        try:
            return self._records([self._one.decode(body)])[0]
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise ResponseInvalid(f"an object cannot be read: {_place(exc)}") from exc

    def _records(self, items: Sequence[Any]) -> list[Record]:
        records: list[Record] = []
        key, getters = self._key, self._getters
        for item in items:
            attributes: dict[str, Values] = {}
            for name, get in getters:
                values = get(item)
                if values is not None:
                    attributes[name] = values
            native = key(item)
            if not native or not native[0]:
                raise ResponseInvalid("a record has no key", hint="is the key of these objects named rightly?")
            records.append(Record(NativeKey(native[0]), attributes))
        return records


def as_values(value: object) -> Values | None:
    """Return a JSON value as texts: missing is None, null is `()`, a list gives one text an item."""
    if isinstance(value, str):
        return (value,)
    if value is UNSET:
        return None
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple([_text(item) for item in cast("list[object]", value) if item is not None])
    return (_text(value),)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value.__class__ is int:
        return str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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


def _page_decoder(envelope: Envelope, item: Any) -> tuple[Any, dict[str, tuple[str, ...]]]:
    if not envelope.records:
        return None, {}
    root = _Node()
    wanted = {"records": envelope.records, "total": envelope.total, "cursor": envelope.cursor}
    paths = {what: parse_path(path) for what, path in wanted.items() if path}
    for what, path in paths.items():
        _plant(root, path, what, list[item] if what == "records" else Any)
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
    for label in labels:
        struct = getattr(struct, label, None)
        if struct is None or struct is UNSET:
            return None
    return struct


def _place(exc: Exception) -> str:
    """Return what is wrong and where, without the text that was read."""
    if isinstance(exc, msgspec.ValidationError):
        # msgspec names types and the place, never the value.
        return str(exc)
    return "it is not JSON, or is cut off"
