"""`GET /people/2/persons`: one person, or a page of the list, with the faults that make pages lie.

Source: Infobip reference, sections 2.3 and 3.2, and line 9 of section 11.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from keepstep.emulator import writes
from keepstep.emulator.admission import Desk, keep, remove
from keepstep.emulator.call import MANY, Call, whole_number
from keepstep.emulator.change import Change
from keepstep.emulator.faults import Fault
from keepstep.emulator.filters import BadFilter, Condition, parse_filter
from keepstep.emulator.listing import ORDERS, Page, Query, cut_page, envelope, ordered_ids
from keepstep.emulator.replies import Refusal, Reply
from keepstep.emulator.rules import Rules
from keepstep.emulator.singles import desk_of, get_person, names_one
from keepstep.emulator.world import World

_DEFAULT_LIMIT: Final = 20


def get_or_list(world: World, call: Call) -> Reply:
    """Answer one person when the query names one, else a page of the list."""
    return get_person(world, call) if names_one(call.query, world) else list_persons(world, call)


def list_persons(world: World, call: Call) -> Reply:
    """Answer one page of the list."""
    query = _read_query(call.query, world.rules)
    desk = desk_of(world, call)
    page = _page(desk, query, call.page_faults)
    lost = False
    for fault in call.page_faults:
        page = _bent(desk, page, fault, call.page_faults)
        if fault.name == "shifting-list":
            _shift(desk, fault)
        lost = lost or fault.name == "missing-list"
    return Reply(200, envelope(page, world.rules.list_envelope, without_persons=lost))


def read_paging(query: Mapping[str, str], rules: Rules) -> tuple[int, int]:
    """Return page (from 1) and limit (20 unless asked, at most 1000); raise Refusal (400)."""
    page = whole_number(query.get("page"), 1, name="page", least=1)
    limit = whole_number(query.get("limit"), _DEFAULT_LIMIT, name="limit", least=1)
    if limit > MANY:
        if rules.page_over_limit == "refuse":
            raise Refusal(400, f"limit must not be above {MANY}", details={"limit": [f"Must not be above {MANY}"]})
        limit = MANY
    return page, limit


def read_flag(query: Mapping[str, str], name: str) -> bool:
    """Return a true or false of the query; raise Refusal (400) for anything else."""
    value = query.get(name, "false").lower()
    if value not in {"true", "false"}:
        raise Refusal(400, f"{name} must be true or false", details={name: ["Invalid value"]})
    return value == "true"


def _read_query(query: Mapping[str, str], rules: Rules) -> Query:
    page, limit = read_paging(query, rules)
    order = query.get("orderBy") or rules.default_order
    order = order if ":" in order else f"{order}:asc"
    order = order.partition(":")[0] + ":" + order.partition(":")[2].lower()
    if order not in ORDERS:
        raise Refusal(400, "orderBy is not a known field and direction", details={"orderBy": ["Invalid value"]})
    text = query.get("filter", "")
    condition: Condition | None = None
    if text:
        try:
            condition = parse_filter(text, times=rules.filter_times)
        except BadFilter as error:
            if rules.bad_filter == "refuse":
                raise Refusal(400, f"Invalid filter: {error}", details={"filter": [str(error)]}) from error
            text = ""
    return Query(page, limit, order, condition, text, read_flag(query, "includeTotalCount"))


def _page(desk: Desk, query: Query, faults: list[Fault]) -> Page:
    """Return the page, of the population as it is or as a fault shows it."""
    people = desk.tenant.people
    for fault in faults:
        records: Mapping[int, bytes] | None = None
        if fault.name == "stale":
            records = fault.frozen
        elif fault.name == "index-delay":
            records = people.as_of(desk.world.clock() - fault.number("ms") / 1000)
        if records is not None:
            return cut_page(records, ordered_ids(records, query), query)
    return desk.tenant.listing.page(query)


def _bent(desk: Desk, page: Page, fault: Fault, faults: list[Fault]) -> Page:
    """Return *page* as *fault* makes it look."""
    name, persons = fault.name, page.persons
    if name == "empty-page-midway":
        return page._replace(persons=[])
    if name == "short-page":
        dropped = fault.number("items") or (len(persons) + 1) // 2
        return page._replace(persons=persons[: max(0, len(persons) - dropped)])
    if name == "shrinking-total":
        return page._replace(total=max(0, page.total - fault.hits * fault.number("by")))
    if name == "lying-total":
        return page._replace(total=max(0, page.total + fault.number("by")))
    if name in {"repeated-page", "duplicate-person"} and page.query.page > 1:
        earlier = _page(desk, page.query._replace(page=page.query.page - 1), faults).persons
        if name == "repeated-page":
            return page._replace(persons=earlier)
        if earlier and persons:
            return page._replace(persons=[_other_name(earlier[-1]), *persons[1:]])
    return page


def _shift(desk: Desk, fault: Fault) -> None:
    """Delete the first persons, as somebody else; create as many if the fault says so."""
    elsewhere = desk._replace(author=desk.author._replace(source="PORTAL"))
    people = desk.tenant.people
    for person_id in people.order()[: fault.number("by")]:
        person = people.get(person_id)
        if person is not None:
            remove(elsewhere, person)
        if fault.number("create"):
            number = people.new_id()
            newcomer = Change(texts={"external_id": f"newcomer-{number}", "first_name": "Newcomer"})
            keep(elsewhere, None, writes.create(newcomer, number, elsewhere.author))


def _other_name(shown: bytes) -> bytes:
    person = msgspec.json.decode(shown, type=dict[str, object])
    person["lastName"] = f"{person.get('lastName', '')}-Elsewhere"
    return msgspec.json.encode(person)
