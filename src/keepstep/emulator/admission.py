"""The last door before a person is kept: what no single property can break by itself.

Every write of a person, by whatever call, ends in `keep`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from keepstep.emulator.attributes import Checks, Problems, define_tags
from keepstep.emulator.people import Claim
from keepstep.emulator.person import Person, contacts, same
from keepstep.emulator.world import Tenant, World
from keepstep.emulator.writes import Author

_MOST_CONTACTS: Final = 100


class Desk(NamedTuple):
    """The account that a call writes to, and who writes."""

    world: World
    tenant: Tenant
    author: Author

    @property
    def checks(self) -> Checks:
        """Return what bodies are checked against."""
        return Checks(self.world.rules, self.tenant.definitions, self.author.now)


class Refused(Exception):
    """A person that cannot be kept: `problems` of its own, or `claims` of others on its identifiers."""

    def __init__(self, problems: Problems, claims: list[Claim]) -> None:
        super().__init__("refused")
        self.problems = problems
        self.claims = claims


def keep(desk: Desk, before: Person | None, after: Person, absorbed: Sequence[Person] = ()) -> bool:
    """Keep *after* in the place of *before*; say whether anything changed. Raise Refused and keep nothing.

    The *absorbed* (of a merge) are forgotten, and their identifiers free for *after*.
    """
    rules = desk.world.rules
    problems = _objections(after, contact_required=rules.contact_required)
    gone = {person.id for person in absorbed}
    claims = [claim for claim in desk.tenant.people.claims(after) if claim.owner not in gone]
    if problems or claims:
        raise Refused(problems, claims)
    changed = before is None or not same(before, after)
    if not changed and rules.modified_at == "change":
        return False
    if before is not None:
        after.modified_at, after.modified_from = desk.author.now, desk.author.source
    define_tags(after.tags, desk.checks)
    for person in absorbed:
        remove(desk, person)
    desk.tenant.people.commit(before, after)
    return changed


def remove(desk: Desk, person: Person) -> None:
    """Forget *person*; its identifiers are free at once."""
    person.modified_from = desk.author.source
    desk.tenant.people.commit(person, None)


def _objections(person: Person, *, contact_required: bool) -> Problems:
    problems: Problems = []
    found = contacts(person)
    if contact_required and person.external_id is None and not found:
        problems.append(("person", "A person needs at least one of phone, email or external ID"))
    for kind, member in (("PHONE", "phone"), ("EMAIL", "email")) if len(found) > _MOST_CONTACTS else ():
        if sum(contact.kind == kind for contact in found) > _MOST_CONTACTS:
            problems.append((f"contactInformation.{member}", f"Must not have more than {_MOST_CONTACTS} items"))
    return problems


def already_exists(claim: Claim) -> str:
    """Return the words of the service for an identifier that somebody else holds."""
    name = {"PHONE": "phone", "EMAIL": "email", "EXTERNAL_ID": "externalId"}.get(claim.kind, claim.kind.lower())
    return f"Destination({name}) {claim.identifier} already exists."
