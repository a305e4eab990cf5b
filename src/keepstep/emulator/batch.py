"""Batch calls of v2: up to 1000 persons created, updated or deleted; and match.

Results list the failures only, with 200 when there is none and 207 otherwise (switches `batch_results` and
`batch_status`). Nobody matching a query is 409 there, not 404.
Source: Infobip reference, section 3.3 and line 7 of section 11.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from keepstep.emulator import writes
from keepstep.emulator.admission import Desk, Refused, already_exists, keep, remove
from keepstep.emulator.call import MANY, Call, Outcome, list_member, object_body
from keepstep.emulator.change import Invalid, read_v2
from keepstep.emulator.person import Person
from keepstep.emulator.replies import Json, Refusal, Reply, Shown, json_reply
from keepstep.emulator.singles import desk_of, find_by_query, problems_text
from keepstep.emulator.world import World

_NOBODY = "There is no person matching the query"


class ItemResult(NamedTuple):
    """How one item ended: an HTTP-like status, a message when it failed, and what became of the person."""

    status: int
    message: str = ""
    outcome: Outcome = "refused"
    person_id: int | None = None


ApplyItem = Callable[[Desk, Json], ItemResult]


def create_batch(world: World, call: Call) -> Reply:
    """Create up to 1000 persons; no ids come back."""
    return _batch(world, call, _create_one)


def update_batch(world: World, call: Call) -> Reply:
    """Patch up to 1000 persons."""
    return _batch(world, call, _update_one)


def delete_batch(world: World, call: Call) -> Reply:
    """Delete up to 1000 persons."""
    return _batch(world, call, _delete_one)


def people_of(call: Call, world: World, name: str = "people", most: int = MANY) -> list[Json]:
    """Return the items of a batch body; raise Refusal (400) when they are too many or no list."""
    found = list_member(call.json(), name)
    if len(found) > most and world.rules.over_limit == "refuse":
        raise Refusal(
            400,
            f"At most {most} items are allowed",
            details={name: [f"Must not have more than {most} items"]},
            code=400100,
        )
    return found


def _batch(world: World, call: Call, apply: ApplyItem) -> Reply:
    desk = desk_of(world, call)
    results: list[Shown] = []
    failures = 0
    for index, item in enumerate(people_of(call, world)):
        result = ItemResult(500, "General error") if index < call.fail_items else _safely(desk, item, apply)
        call.settle(index, result.outcome, result.person_id)
        failures += result.status >= 400
        if result.status >= 400 or world.rules.batch_results == "all":
            results.append(_shown(index, item, result))
    return json_reply({"results": results}, _status(world.rules.batch_status, failures))


def _status(rule: str, failures: int) -> int:
    if rule == "mixed":
        return 207 if failures else 200
    return int(rule.removeprefix("always-"))


def _safely(desk: Desk, item: Json, apply: ApplyItem) -> ItemResult:
    try:
        return apply(desk, item)
    except Invalid as error:
        return ItemResult(400, problems_text(error.problems))
    except Refusal as error:
        return ItemResult(400, error.text)
    except Refused as error:
        if error.claims:
            return ItemResult(409, already_exists(error.claims[0]))
        return ItemResult(400, problems_text(error.problems))


def _shown(index: int, item: Json, result: ItemResult) -> Shown:
    shown: Shown = {"status": result.status}
    query = item.get("query") if isinstance(item, dict) else None
    if query is None:
        shown["index"] = index
    else:
        shown["query"] = query
    if result.message:
        shown["errors"] = [{"message": result.message}]
    if isinstance(item, dict) and "update" in item:
        shown["isModified"] = result.outcome == "updated"
    return shown


def _create_one(desk: Desk, item: Json) -> ItemResult:
    change = read_v2(item, desk.checks)
    person = writes.create(change, desk.tenant.people.new_id(), desk.author)
    keep(desk, None, person)
    return ItemResult(200, "", "created", person.id)


def _update_one(desk: Desk, item: Json) -> ItemResult:
    before = find_item(desk, item)
    if before is None:
        return ItemResult(409, _NOBODY)
    after = writes.patch(before, read_v2(object_body(item).get("update"), desk.checks))
    changed = keep(desk, before, after)
    return ItemResult(200, "", "updated" if changed else "not_modified", before.id)


def _delete_one(desk: Desk, item: Json) -> ItemResult:
    person = find_item(desk, item)
    if person is None:
        return ItemResult(409, _NOBODY)
    remove(desk, person)
    return ItemResult(200, "", "deleted", person.id)


def find_item(desk: Desk, item: Json) -> Person | None:
    """Return the person that an item's query names, or None; raise Refusal (400) when the query makes no sense."""
    query = item.get("query") if isinstance(item, dict) else None
    if not isinstance(query, dict):
        raise Refusal(400, "query is missing")
    return find_by_query(desk, query)


def match(world: World, call: Call) -> Reply:
    """Answer the ids of the persons that identities name; unknown ones are left out, repeated ones come once."""
    desk = desk_of(world, call)
    found: dict[tuple[str, str, str], dict[str, Json]] = {}
    for entry in list_member(call.json(), "identities"):
        identity: Mapping[str, Json] = object_body(entry, "an identity must be an object")
        person = find_by_query(desk, identity)
        if person is not None:
            shown = {name: identity[name] for name in ("type", "identifier", "sender") if name in identity}
            found[(str(identity["type"]), str(identity["identifier"]), str(identity.get("sender", "")))] = {
                **shown,
                "personId": person.id,
            }
    return json_reply({"matches": list(found.values())})
