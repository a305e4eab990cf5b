"""v3 upsert and merge: up to 1000 persons in one call, each with its own outcome, always 207.

An item finds its person by external id and by every phone and email it names; none found: created. One found by any
of them is taken, even when its other identifiers differ: that is how the service works, and why a client
has to look first.
Source: Infobip reference, section 3.4 and line 8 of section 11.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from keepstep.emulator import writes
from keepstep.emulator.admission import Desk, Refused, already_exists, keep
from keepstep.emulator.attributes import Problems
from keepstep.emulator.batch import people_of
from keepstep.emulator.call import Call, Outcome
from keepstep.emulator.change import Change, Invalid, read_v3
from keepstep.emulator.person import Person, contact_key, contacts
from keepstep.emulator.replies import Json, Refusal, Reply, json_reply
from keepstep.emulator.singles import desk_of
from keepstep.emulator.world import World

_INVALID: Final = (400100, "One or more properties of the person are invalid")
_CONFLICT: Final = 409100
_BROKEN: Final = (500100, "Something went wrong. Please contact support.")
Mode = Literal["put", "patch"]


class _ItemFailed(Exception):
    """One item cannot be done; the others can."""

    def __init__(self, code: int, message: str, details: Problems | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details or []


@dataclass(slots=True)
class _Request:
    """One upsert or merge call while it is worked through."""

    desk: Desk
    call: Call
    touched: set[int] = field(default_factory=set[int])
    errors: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    results: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])

    def fail(self, index: int, failed: _ItemFailed) -> None:
        """Note that item *index* failed."""
        as_text = self.desk.world.rules.code_type == "text"
        error: dict[str, Json] = {"code": str(failed.code) if as_text else failed.code, "message": failed.message}
        if failed.details:
            error["details"] = [{"property": path, "message": message} for path, message in failed.details]
        error["index"] = index
        self.errors.append(error)
        self.call.settle(index, "refused")


def upsert_put(world: World, call: Call) -> Reply:
    """Create or replace up to 1000 persons."""
    return _work(world, call, lambda request, index, item: _upsert_one(request, index, item, "put"))


def upsert_patch(world: World, call: Call) -> Reply:
    """Create or update up to 1000 persons."""
    return _work(world, call, lambda request, index, item: _upsert_one(request, index, item, "patch"))


def merge(world: World, call: Call) -> Reply:
    """Merge every person that an item's identifiers name into the oldest of them; create one when there is none."""
    return _work(world, call, _merge_one)


def _work(world: World, call: Call, apply: Callable[[_Request, int, Json], None]) -> Reply:
    request = _Request(desk_of(world, call), call)
    items = people_of(call, world, "persons")
    if not items:
        raise Refusal(400, _INVALID[1], details={"persons": ["Must not be empty"]}, code=_INVALID[0])
    for index, item in enumerate(items):
        if index < call.fail_items:
            request.fail(index, _ItemFailed(*_BROKEN))
            continue
        try:
            apply(request, index, item)
        except _ItemFailed as failed:
            request.fail(index, failed)
        except Invalid as error:
            request.fail(index, _ItemFailed(*_INVALID, error.problems))
        except Refused as error:
            request.fail(index, _refused(error, index))
    return json_reply({"errors": request.errors, "results": request.results}, 207)


def _refused(error: Refused, index: int) -> _ItemFailed:
    if error.claims:
        return _ItemFailed(_CONFLICT, already_exists(error.claims[0]))
    return _ItemFailed(*_INVALID, [(f"persons[{index}]", message) for _, message in error.problems])


def _found(desk: Desk, change: Change) -> list[int]:
    """Return the ids of the persons that the identifiers in *change* name: by external id first, then in order."""
    people = desk.tenant.people
    external = change.texts.get("external_id")
    found = [] if external is None else [people.find("EXTERNAL_ID", external)]
    found += [people.find(contact.kind, contact.identifier, contact.sender) for contact in change.contacts or []]
    return list(dict.fromkeys(person_id for person_id in found if person_id is not None))


def _upsert_one(request: _Request, index: int, item: Json, mode: Mode) -> None:
    desk, rules = request.desk, request.desk.world.rules
    change = read_v3(item, desk.checks, f"persons[{index}]")
    found = _found(desk, change)
    if len(found) > 1 and rules.upsert_conflict == "refuse":
        raise _ItemFailed(_CONFLICT, "Identifiers belong to different persons")
    if found and found[0] in request.touched and rules.upsert_duplicates == "refuse":
        raise _ItemFailed(_CONFLICT, "The person is named more than once in the request")
    before = desk.tenant.people.get(_winner(desk, change, found)) if found else None
    if len(found) > 1 and before is not None:
        _leave_others_alone(desk, change, before)
    after = _written(desk, before, change, mode)
    changed = keep(desk, before, after)
    request.touched.add(after.id)
    status = "CREATED" if before is None else "UPDATED" if changed else "NOT_MODIFIED"
    request.results.append({"id": after.id, "index": index, "status": status})
    outcome: Outcome = "created" if before is None else "updated" if changed else "not_modified"
    request.call.settle(index, outcome, after.id)


def _written(desk: Desk, before: Person | None, change: Change, mode: Mode) -> Person:
    if before is None:
        return writes.create(change, desk.tenant.people.new_id(), desk.author)
    if mode == "put":
        return writes.replace(before, change, desk.world.rules)
    return writes.patch(before, change, append=desk.world.rules.upsert_patch == "append")


def _winner(desk: Desk, change: Change, found: list[int]) -> int:
    """Return who is written when several persons are named: by external id (found first), or by the first contact."""
    if desk.world.rules.upsert_conflict != "first-wins" or not change.contacts:
        return found[0]
    owners = (desk.tenant.people.find(c.kind, c.identifier, c.sender) for c in change.contacts)
    return next((owner for owner in owners if owner is not None), found[0])


def _leave_others_alone(desk: Desk, change: Change, before: Person) -> None:
    """Take out of *change* the identifiers that others hold, so that the winner can be written."""
    people = desk.tenant.people
    if people.find("EXTERNAL_ID", change.texts.get("external_id") or "") not in {None, before.id}:
        change.texts.pop("external_id")
    change.contacts = [
        contact
        for contact in change.contacts or []
        if people.find(contact.kind, contact.identifier, contact.sender) in {None, before.id}
    ]


def _merge_one(request: _Request, index: int, item: Json) -> None:
    desk = request.desk
    change = read_v3(item, desk.checks, f"persons[{index}]", merge=True)
    found = [person for i in sorted(_found(desk, change)) if (person := desk.tenant.people.get(i)) is not None]
    if not found:
        after = writes.create(change, desk.tenant.people.new_id(), desk.author)
        keep(desk, None, after)
        request.call.settle(index, "created", after.id)
    else:
        before, absorbed = found[0], found[1:]
        after = writes.patch(_folded(before, absorbed), change)
        keep(desk, before, after, absorbed)
        request.call.settle(index, "merged", after.id)
        if absorbed:
            desk.world.webhooks.merged(after)
    request.results.append({"id": after.id, "index": index})


def _folded(winner: Person, losers: list[Person]) -> Person:
    """Return *winner* with what it lacks taken from *losers*; its own values stay."""
    after = writes.patch(winner, Change())
    for loser in losers:
        for name in loser.__struct_fields__:
            if getattr(after, name) is None:
                setattr(after, name, getattr(loser, name))
        after.tags = writes.add_tags(after.tags, loser.tags)
        after.custom_attributes = {**loser.custom_attributes, **after.custom_attributes}
        keys = {contact_key(contact) for contact in contacts(after)}
        extra = [contact._replace(primary=False) for contact in contacts(loser) if contact_key(contact) not in keys]
        writes.set_contacts(after, extra, append=True)
    return after
