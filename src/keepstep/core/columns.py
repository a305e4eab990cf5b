"""Records out of an answer, in whatever format it is written.

A column is an attribute name and the path it is read from. JSON with paths of members and whole lists is decoded into
exactly those (`ColumnDecoder`, quick); every other answer is decoded to a tree, and the paths are followed in it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard, cast

from keepstep.core.answer_format import Format, decode, format_of, json_bytes, table_of
from keepstep.core.column_decoder import ColumnDecoder, as_values
from keepstep.core.field_path import HEADER, FieldPath, is_header, parse_path, select
from keepstep.core.values import NativeKey, Record, Values
from keepstep.core.xml_tree import TEXT
from keepstep.errors import ResponseInvalid

_NO_HEADERS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where in a page the records are and what it says about itself. An empty path: the page is the list; not said.

    *said*: further places that are looked at. A place is a path in the body, or a header after `header:`.
    *single*: an object where the list should be is the one record. *may_lack*: a total of 0 needs no list.
    """

    records: str
    total: str = ""
    cursor: str = ""
    said: tuple[str, ...] = ()
    single: bool = False
    may_lack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: its records, and what it says. *records* is None when the list is not where it should be.

    *said*: what stands at each place that was to be looked at; None if it is absent, `()` if it is null.
    """

    records: list[Record] | None
    total: int | None = None
    cursor: str | None = None
    said: Mapping[str, Values | None] = field(default_factory=dict[str, Values | None])


class Columns:
    """The attributes to read and the paths they stand at; decodes pages and single objects into Records."""

    def __init__(
        self,
        columns: Mapping[str, str] | Mapping[str, FieldPath],
        *,
        key: str,
        envelope: Envelope,
        format: Format = Format.AUTO,  # noqa: A002 - the word of the spec
    ) -> None:
        paths = {name: parse_path(path) if isinstance(path, str) else path for name, path in columns.items()}
        self._format = format
        self._envelope = envelope
        self._key = parse_path(key)
        self._paths = tuple(paths.items())
        self._records: FieldPath = parse_path(envelope.records) if envelope.records else ()
        places = dict.fromkeys(place for place in (envelope.total, envelope.cursor, *envelope.said) if place)
        self._headers = tuple(place for place in places if is_header(place))
        self._places = {place: parse_path(place) for place in places if not is_header(place)}
        self._quick: ColumnDecoder | None = None
        plain = all(step.plain for path in (self._key, self._records, *paths.values()) for step in path)
        members = all(
            step.plain and not step.many for path in (self._records[:-1], *self._places.values()) for step in path
        )
        if plain and members and self._records not in self._places.values():
            wanted = ((key, self._key), *self._paths)
            self._quick = ColumnDecoder(wanted, self._records, self._places, single=envelope.single)

    def page(self, body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Page:
        """Return the records of a page and what the page says; ResponseInvalid if it is no such page.

        A bare list is taken as the records of a page that says nothing about itself; it is none if it is empty where
        `records` has a name, or if it should say how the list goes on.
        """
        content_type = headers.get("content-type", "")
        kind = format_of(self._format, body, content_type)
        told: dict[str, Values | None] = {}
        if kind is Format.JSON and (quick := self._quick) is not None:
            text = json_bytes(body, content_type)
            items, found = quick.page(text)
            if text[:64].lstrip()[:1] == b"[" and not self._stands_alone(items or ()):
                items = None
            told = {place: as_values(value) for place, value in found.items()}
            records = None if items is None else _records(items, quick.key, quick.getters)
        elif kind is Format.CSV:
            table = table_of(body, content_type)
            # Whatever text has no comma is a table too: it is ours only if it has the key.
            records = self._read(table.rows) if self._key[0].name in table.names else None
        else:
            tree = decode(kind, body, content_type)
            if _is_object(tree):
                told = {place: texts_at(tree, path) for place, path in self._places.items()}
            nodes = self._nodes(tree, kind, _whole(told.get(self._envelope.total)))
            records = None if nodes is None else self._read(nodes)
        return self._page(records, told, headers)

    def look(self, body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> tuple[object, list[object] | None, Page]:
        """Return the decoded answer, the records in it as they came (None: no list where it should be), and its page.

        The page is without records: they need no key to be looked at. ResponseInvalid if the answer is no such page.
        """
        content_type = headers.get("content-type", "")
        kind = format_of(self._format, body, content_type)
        tree = decode(kind, body, content_type)
        told: dict[str, Values | None] = {}
        if _is_object(tree):
            told = {place: texts_at(tree, path) for place, path in self._places.items()}
        nodes = self._nodes(tree, kind, _whole(told.get(self._envelope.total)))
        page = self._page(None if nodes is None else [], told, headers)
        return tree, [] if nodes is None and page.records is not None else nodes, page

    def _page(self, records: list[Record] | None, told: dict[str, Values | None], headers: Mapping[str, str]) -> Page:
        for place in self._headers:
            held = headers.get(place.removeprefix(HEADER).strip().lower())
            told[place] = None if held is None else (held.strip(),)
        total = _whole(told.get(self._envelope.total))
        cursor = told.get(self._envelope.cursor)
        if records is None and total == 0 and self._envelope.may_lack:
            records = []
        return Page(
            records=records,
            total=total,
            cursor=cursor[0] if cursor and len(cursor) == 1 and cursor[0] else None,
            said={place: told.get(place) for place in self._envelope.said},
        )

    def one(self, body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Record:
        """Return the object that the answer is; ResponseInvalid if it is not one."""
        content_type = headers.get("content-type", "")
        kind = format_of(self._format, body, content_type)
        if kind is Format.JSON and (quick := self._quick) is not None:
            return _records([quick.one(json_bytes(body, content_type))], quick.key, quick.getters)[0]
        tree = decode(kind, body, content_type)
        if kind is Format.XML:
            # The root element is the object.
            tree = next(iter(cast("dict[str, object]", tree).values()))
        elif _is_list(tree) and kind is not Format.JSON and len(tree) == 1:
            tree = tree[0]
        return self._read([tree])[0]

    def _nodes(self, tree: object, kind: Format, total: int | None) -> list[object] | None:
        """Return the records of a decoded page, or None if the list is not where it should be."""
        records = self._records
        if _is_list(tree) and (kind is Format.JSONL or not records or records[0].name):
            return tree if kind is not Format.JSON or self._stands_alone(tree) else None
        if not records:
            return [tree] if self._envelope.single and _is_object(tree) else None
        found = select(tree, records, whole=True)
        if kind is Format.XML:
            return self._lacking(tree, total) if found is None else _flat(found)
        if found is None:
            return None
        if self._envelope.single and len(found) == 1 and _is_object(found[0]):
            return found
        if records[-1].many:
            return found
        return _flat(found) if all(_is_list(node) for node in found) else None

    def _stands_alone(self, items: Sequence[object]) -> bool:
        """Whether a bare list of *items* can be a page: an empty one may stand for nothing, or for an error."""
        return not self._records or (bool(items) and self._places.keys() <= {self._envelope.total})

    def _lacking(self, tree: object, total: int | None) -> list[object] | None:
        """Return an empty list if XML says that there are no records, by an empty element or by a total; or None."""
        around = select(tree, self._records[:-1], whole=True) if len(self._records) > 1 else None
        if not around:
            return None
        for node in around:
            if node != "" and not (_is_object(node) and (total is not None or _is_bare(node))):
                return None
        return []

    def _read(self, nodes: Sequence[object]) -> list[Record]:
        if not all(_is_object(node) for node in nodes):
            raise ResponseInvalid("a record is not an object", hint="is `records` the path of the list?")
        getters = [(name, _getter(path)) for name, path in self._paths]
        return _records(nodes, _getter(self._key), getters)


def texts_at(tree: object, path: FieldPath) -> Values | None:
    """Return the texts that *path* leads to in a decoded *tree*: None if absent, `()` if null or an empty list."""
    found = select(tree, path)
    if found is None:
        return None
    if len(found) == 1:
        return as_values(found[0])
    return tuple([text for value in found for text in as_values(value) or ()])


def _is_object(node: object) -> TypeGuard[dict[str, object]]:
    return isinstance(node, dict)


def _is_list(node: object) -> TypeGuard[list[object]]:
    return isinstance(node, list)


def _is_bare(element: Mapping[str, object]) -> bool:
    """Whether an element of XML has attributes only."""
    return all(name[:1] == "@" or name == TEXT for name in element)


def _getter(path: FieldPath) -> Callable[[object], Values | None]:
    return lambda item: texts_at(item, path)


def _flat(nodes: Iterable[object]) -> list[object]:
    """Return the items of lists, and what stands alone."""
    flat: list[object] = []
    for node in nodes:
        flat += node if _is_list(node) else [node]
    return flat


def _records(
    items: Sequence[Any],
    key: Callable[[Any], Values | None],
    getters: Sequence[tuple[str, Callable[[Any], Values | None]]],
) -> list[Record]:
    records: list[Record] = []
    for item in items:
        attributes: dict[str, Values] = {}
        for name, get in getters:
            values = get(item)
            if values is not None:
                attributes[name] = values
        native = key(item)
        if not native or not native[0]:
            raise ResponseInvalid("a record has nothing where its key should be: is `key` right?")
        records.append(Record(NativeKey(native[0]), attributes))
    return records


def _whole(values: Values | None) -> int | None:
    """Return the number that one text is, or None."""
    text = values[0].strip() if values and len(values) == 1 else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
