"""The calls on one person: get, create, replace, patch, delete, and its contact information.

Source: Infobip reference, sections 3.1 and 3.2, and lines 3 to 6 of section 11.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from keepstep.emulator import writes
from keepstep.emulator.admission import Desk, Refused, already_exists, keep, remove
from keepstep.emulator.attributes import Problems
from keepstep.emulator.call import Call, Outcome
from keepstep.emulator.change import Change, Invalid, read_contacts_v2, read_v2
from keepstep.emulator.person import IDENTIFIER_TYPES, SENDERLESS, Contact, Person, pack, view_v2
from keepstep.emulator.replies import Refusal, Reply
from keepstep.emulator.world import World
from keepstep.emulator.writes import Author

_OLD_IDENTIFIERS: Final = (("externalId", "EXTERNAL_ID"), ("email", "EMAIL"), ("phone", "PHONE"))


def desk_of(world: World, call: Call) -> Desk:
    """Return the account that *call* works on; a fault can make it somebody else's."""
    tenant = world.tenant if call.tenant_size is None else world.other_tenant(call.tenant_size)
    return Desk(world, tenant, Author(world.now(), call.source))


def names_one(query: Mapping[str, str], world: World) -> bool:
    """Say whether the query of a GET asks for one person, not for a list."""
    old = world.rules.old_identifiers and any(name in query for name, _ in _OLD_IDENTIFIERS)
    return old or "identifier" in query or "type" in query


def find_by_query(desk: Desk, query: Mapping[str, object]) -> Person | None:
    """Return the person that type, identifier and sender name, or None; raise Refusal (400) when they make no sense."""
    kind, identifier, sender = query.get("type"), query.get("identifier"), query.get("sender", "")
    if kind is None and identifier is None and desk.world.rules.old_identifiers:
        kind, identifier = next(((k, query[name]) for name, k in _OLD_IDENTIFIERS if name in query), (None, None))
    if not isinstance(kind, str) or kind not in IDENTIFIER_TYPES:
        raise Refusal(400, "type is missing or unknown", details={"type": ["Invalid value"]})
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    if not isinstance(identifier, str) or not identifier:
        raise Refusal(400, "identifier is missing", details={"identifier": ["Must not be empty"]})
    if kind not in SENDERLESS and not (isinstance(sender, str) and sender):
        raise Refusal(400, "sender is missing", details={"sender": ["Must not be empty"]})
    if kind == "PHONE" and desk.world.rules.phone_plus == "strip":
        identifier = identifier.strip().removeprefix("+")  # an unescaped + of a URL arrives as a space
    found = desk.tenant.people.find(kind, identifier, str(sender) if kind not in SENDERLESS else "")
    return None if found is None else desk.tenant.people.get(found)


def addressed(desk: Desk, call: Call) -> Person:
    """Return the person that the query names; raise Refusal when there is none."""
    person = find_by_query(desk, call.query)
    if person is None:
        call.settle(0, "refused")
        raise Refusal(desk.world.rules.not_found_status, "There is no person matching the query")
    return person


def get_person(world: World, call: Call) -> Reply:
    """Answer the v2 view of one person."""
    return _shown(addressed(desk_of(world, call), call))


def create_person(world: World, call: Call) -> Reply:
    """Create a person; answer its v2 view with 200, as the service does."""
    desk = desk_of(world, call)

    def build() -> tuple[Person | None, Person]:
        change = read_v2(call.json(), desk.checks)
        return None, writes.create(change, desk.tenant.people.new_id(), desk.author)

    return _written(desk, call, build)


def replace_person(world: World, call: Call) -> Reply:
    """Replace everything that can be written of one person."""
    desk = desk_of(world, call)

    def build() -> tuple[Person | None, Person]:
        before = addressed(desk, call)
        return before, writes.replace(before, read_v2(call.json(), desk.checks), world.rules)

    return _written(desk, call, build)


def patch_person(world: World, call: Call) -> Reply:
    """Change what the body names; tags, phones and emails are added."""
    desk = desk_of(world, call)

    def build() -> tuple[Person | None, Person]:
        before = addressed(desk, call)
        return before, writes.patch(before, read_v2(call.json(), desk.checks))

    return _written(desk, call, build)


def delete_person(world: World, call: Call) -> Reply:
    """Delete one person; answer without a body."""
    desk = desk_of(world, call)
    person = addressed(desk, call)
    remove(desk, person)
    call.settle(0, "deleted", person.id)
    return Reply(200, b"")


def put_contacts(world: World, call: Call) -> Reply:
    """Replace all phones and emails of one person."""
    return _change_contacts(world, call, lambda person, wanted: writes.set_contacts(person, wanted, append=False))


def patch_contacts(world: World, call: Call) -> Reply:
    """Add phones and emails to one person."""
    return _change_contacts(world, call, lambda person, wanted: writes.set_contacts(person, wanted, append=True))


def delete_contacts(world: World, call: Call) -> Reply:
    """Remove the listed phones and emails from one person."""
    return _change_contacts(world, call, writes.remove_contacts)


def _change_contacts(world: World, call: Call, apply: Callable[[Person, list[Contact]], None]) -> Reply:
    desk = desk_of(world, call)

    def build() -> tuple[Person | None, Person]:
        before = addressed(desk, call)
        after = writes.patch(before, Change())
        apply(after, read_contacts_v2(call.json(), desk.checks))
        return before, after

    return _written(desk, call, build)


def _written(desk: Desk, call: Call, build: Callable[[], tuple[Person | None, Person]]) -> Reply:
    """Keep what *build* makes, and answer it; a body or person that breaks a rule becomes a Refusal."""
    try:
        before, after = build()
        changed = keep(desk, before, after)
    except (Invalid, Refused) as error:
        call.settle(0, "refused")
        raise refusal(error, desk.world) from error
    outcome: Outcome = "created" if before is None else "updated" if changed else "not_modified"
    call.settle(0, outcome, after.id)
    return _shown(after)


def refusal(error: Invalid | Refused, world: World) -> Refusal:
    """Return how a single v2 call refuses a body or person."""
    if isinstance(error, Refused) and error.claims:
        rules = world.rules
        family = "F" if rules.duplicate_shape == "F" else "A"
        text = "Duplicate" if family == "F" else already_exists(error.claims[0])
        return Refusal(409 if rules.duplicate_status == 409 else 400, text, family=family, code=40002)
    details: dict[str, list[str]] = {}
    for path, message in error.problems:
        details.setdefault(path, []).append(message)
    return Refusal(400, details=details)


def problems_text(problems: Problems) -> str:
    """Return problems in one line, for the items of a v2 batch."""
    return "; ".join(f"{path}: {message}" for path, message in problems)


def _shown(person: Person) -> Reply:
    return Reply(200, view_v2(pack(person)))


def shown_v2(person: Person) -> dict[str, object]:
    """Return the v2 view of *person* as data."""
    return msgspec.json.decode(view_v2(pack(person)))
