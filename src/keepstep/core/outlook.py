"""What a real read by an endpoint would run into, told by its first pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.core.application import ObjectSpec
from keepstep.core.columns import texts_at
from keepstep.core.endpoint import EndpointSpec
from keepstep.core.exchange import Remark
from keepstep.core.field_path import parse_path
from keepstep.core.field_tree import list_nodes
from keepstep.core.paging import Cursor, End, Next, NextUrl, NoPaging, PageFacts, Paging
from keepstep.core.values import Values
from keepstep.errors import ResponseInvalid

_NAMED: Final = 8
"""How many names one remark lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPage:
    """One page: the decoded answer, its records (None: no list where it should be), what it said, and what follows."""

    tree: object
    records: Sequence[object] | None
    facts: PageFacts
    following: Next | None = None


def outlook(
    name: str, spec: EndpointSpec, pages: Sequence[SeenPage], objects: Mapping[str, ObjectSpec]
) -> tuple[Remark, ...]:
    """Return what a read of *objects* by endpoint *name* would run into; nothing: it can be expected to be complete."""
    return (*_lists(spec, pages), *_paging(spec, pages), *_keys(name, pages, objects))


def _lists(spec: EndpointSpec, pages: Sequence[SeenPage]) -> Iterator[Remark]:
    for number, page in enumerate(pages, 1):
        if page.records is None and spec.records:
            found = ", ".join(f'"{node.path}"' for node in list_nodes(page.tree)[:_NAMED]) or "none"
            yield Remark(text=f'page {number} has no list of records at "{spec.records}"; lists in it: {found}')
    if not spec.records and pages and (nodes := list_nodes(pages[0].tree)) and nodes[0].path:
        names = ", ".join(f'"{node.path}"' for node in nodes[:_NAMED])
        yield Remark(text=f"`records` is not set; the list of records can be {names}", severe=False)
    if pages and pages[0].records == []:
        yield Remark(text="there is no record in the answer, so its fields cannot be told", severe=False)


def _paging(spec: EndpointSpec, pages: Sequence[SeenPage]) -> Iterator[Remark]:
    paging = spec.paging
    for number, page in enumerate(pages, 1):
        if paging.total and page.facts.total is None and page.records is not None:
            yield Remark(text=f'page {number} does not declare how many records there are at "{paging.total}"')
    for number, page in enumerate(pages, 1):
        if isinstance(page.following, End) and page.following.wrong:
            yield Remark(text=f"page {number}: {page.following.wrong}")
    if isinstance(paging, NoPaging):
        yield from _all_at_once(pages)
        return
    if len(pages) > 1 and pages[0].records and pages[0].records == pages[1].records:
        yield Remark(text="page 2 repeats page 1: is the paging parameter the one that the application knows?")
    yield from _ends_early(pages)
    yield from _ends_at_once(paging, pages)


def _all_at_once(pages: Sequence[SeenPage]) -> Iterator[Remark]:
    for facts in (page.facts for page in pages if page.facts.total is not None):
        if facts.total != facts.count:
            yield Remark(text=f"{facts.count} records came where {facts.total} are declared, and no paging is set")


def _ends_early(pages: Sequence[SeenPage]) -> Iterator[Remark]:
    if not pages:
        return
    last, came = pages[-1], sum(page.facts.count for page in pages)
    total = last.facts.total
    if total is None or not isinstance(last.following, End) or last.following.wrong:
        return
    if came < total:
        yield Remark(text=f"the list ends after {came} records although {total} are declared")
    if came > total:
        yield Remark(text=f"{came} records came where {total} are declared")


def _ends_at_once(paging: Paging, pages: Sequence[SeenPage]) -> Iterator[Remark]:
    """Yield that the first page is taken for everything, where nothing but a missing cursor says so."""
    if len(pages) != 1 or not isinstance(paging, Cursor | NextUrl) or pages[0].facts.total is not None:
        return
    if isinstance(pages[0].following, End) and not pages[0].following.wrong and pages[0].facts.cursor is None:
        text = f'page 1 holds nothing at "{paging.cursor}", so its {pages[0].facts.count} records are taken for all'
        yield Remark(text=text, severe=False)


def _keys(name: str, pages: Sequence[SeenPage], objects: Mapping[str, ObjectSpec]) -> Iterator[Remark]:
    records = [record for page in pages for record in page.records or ()]
    if not records:
        return
    for kind, spec in objects.items():
        key = spec.key if spec.list == name else next((join.key for join in spec.join if join.endpoint == name), "")
        if key:
            yield from _key(kind, key, records)
        if spec.list == name or key:
            yield from _columns(kind, name, spec, records)


def _key(kind: str, key: str, records: Sequence[object]) -> Iterator[Remark]:
    held = [_held(record, key) for record in records]
    if missing := held.count(None):
        yield Remark(text=f'{missing} of {len(records)} records have no key at "{key}" ({kind})')
    known = [texts for texts in held if texts is not None]
    if repeated := len(known) - len(set(known)):
        yield Remark(text=f'{repeated} of {len(records)} records repeat the key of another at "{key}" ({kind})')


def _columns(kind: str, name: str, spec: ObjectSpec, records: Sequence[object]) -> Iterator[Remark]:
    of = "" if spec.list == name else name
    paths = {attribute: column.path or attribute for attribute, column in spec.attributes.items() if column.of == of}
    absent = [
        attribute for attribute, path in paths.items() if not any(_held(record, path) is not None for record in records)
    ]
    if absent:
        more = f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else ""
        yield Remark(
            text=f"no record here has these columns of {kind}: {', '.join(absent[:_NAMED])}{more}", severe=False
        )


def _held(record: object, path: str) -> Values | None:
    """Return the texts at *path* of a record; None where it holds nothing there."""
    try:
        return texts_at(record, parse_path(path)) or None
    except ResponseInvalid:
        return None
