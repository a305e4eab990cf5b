"""Pages of persons: ordered, filtered, counted, and quick at any depth.

A list in order of creation is a slice of ids and a join of bytes. Other orders and filters are worked out once and kept
until anybody is written: a kept order is never older than the population it describes.
Source: Infobip reference, sections 2.3 and 3.2.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from keepstep.emulator.filters import TIMES, Condition, Test, matches, paths
from keepstep.emulator.people import People
from keepstep.emulator.person import CREATED_AT, MODIFIED_AT, view_v2
from keepstep.emulator.replies import Json

ORDERS: Final = tuple(
    f"{name}:{way}" for name in ("firstName", "lastName", "createdAt", "modifiedAt") for way in ("asc", "desc")
)
_KEPT_ORDERS: Final = 4
_KEYED: Final[Mapping[tuple[str, ...], str]] = {
    ("externalId",): "EXTERNAL_ID",
    ("contactInformation", "email", "address"): "EMAIL",
    ("contactInformation", "phone", "number"): "PHONE",
}


class Query(NamedTuple):
    """What a list asks for."""

    page: int
    limit: int
    order: str
    condition: Condition | None
    filter_text: str
    total: bool


class Page(NamedTuple):
    """One page, before it is put into its envelope."""

    persons: list[bytes]
    total: int
    query: Query


class _Names(msgspec.Struct, rename="camel", gc=False):
    first_name: str = ""
    last_name: str = ""


_NAMES: Final = msgspec.json.Decoder(_Names)


class Listing:
    """Lists the persons of one population."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._version = -1
        self._orders: OrderedDict[tuple[str, str], Sequence[int]] = OrderedDict()

    def page(self, query: Query) -> Page:
        """Return one page of the population as it is now."""
        people = self._people
        if query.condition is None and query.order == "createdAt:asc":
            return cut_page(people.records, people.order(), query)
        if people.version != self._version:
            self._orders.clear()
            self._version = people.version
        key = (query.order, query.filter_text)
        ids = self._orders.get(key)
        if ids is None:
            ids = self._orders[key] = ordered_ids(people.records, query, self._candidates(query.condition))
            if len(self._orders) > _KEPT_ORDERS:
                self._orders.popitem(last=False)
        return cut_page(people.records, ids, query)

    def _candidates(self, condition: Condition | None) -> list[int] | None:
        """Return the only ids that can meet *condition*, when an index knows them."""
        if isinstance(condition, Test) and condition.operator == "#eq" and isinstance(condition.value, str):
            kind = _KEYED.get(condition.path)
            if kind is not None:
                found = self._people.find(kind, condition.value)
                return [] if found is None else [found]
        return None


def ordered_ids(records: Mapping[int, bytes], query: Query, candidates: list[int] | None = None) -> Sequence[int]:
    """Return the ids that meet the query's condition, in its order; equal ones in order of creation."""
    ids = list(records) if candidates is None else candidates
    if query.condition is not None:
        ids = _filtered(records, ids, query.condition)
    field, _, way = query.order.partition(":")
    if field == "createdAt":
        return ids if way == "asc" else ids[::-1]
    key: Callable[[int], bytes | str]
    if field == "modifiedAt":
        key = {person_id: records[person_id][MODIFIED_AT] for person_id in ids}.__getitem__
    else:
        names = {person_id: _NAMES.decode(records[person_id]) for person_id in ids}
        first = field == "firstName"
        key = {i: (n.first_name if first else n.last_name).casefold() for i, n in names.items()}.__getitem__
    return sorted(ids, key=key, reverse=way == "desc")


def cut_page(records: Mapping[int, bytes], ids: Sequence[int], query: Query) -> Page:
    """Return the page of *ids* that *query* asks for."""
    start = (query.page - 1) * query.limit
    return Page([view_v2(records[i]) for i in ids[start : start + query.limit]], len(ids), query)


def _filtered(records: Mapping[int, bytes], ids: list[int], condition: Condition) -> list[int]:
    if all(path[0] in TIMES for path in paths(condition)):
        return [i for i in ids if matches(condition, _times(records[i]))]
    decode = msgspec.json.decode
    return [i for i in ids if matches(condition, decode(records[i]))]


def _times(kept: bytes) -> dict[str, Json]:
    return {"createdAt": kept[CREATED_AT].decode(), "modifiedAt": kept[MODIFIED_AT].decode()}


def envelope(page: Page, style: str, *, without_persons: bool = False) -> bytes:
    """Return the body of a list: an object with `persons`, or a bare array."""
    persons = b"[" + b",".join(page.persons) + b"]"
    if style == "bare" and not without_persons:
        return persons
    query = page.query
    head = f'{{"limit":{query.limit},"page":{query.page},"orderBy":"{query.order}"'
    if query.total:
        head += f',"totalCount":{page.total}'
    if without_persons:
        return head.encode() + b"}"
    return head.encode() + b',"persons":' + persons + b"}"
