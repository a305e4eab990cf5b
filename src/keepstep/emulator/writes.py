"""What a change makes of a person: the write semantics of v2 and v3.

| Call | Absent from the body | Tags | Phones and emails |
| --- | --- | --- | --- |
| create | unset | set | set |
| replace (PUT) | cleared | replaced | replaced |
| patch (PATCH) | kept | appended | appended |

Source: Infobip reference, section 3.2 "Write semantics".
"""

from typing import Final, NamedTuple

import msgspec

from keepstep.emulator.change import Change
from keepstep.emulator.person import Contact, Person, V3Only, contact_key, contacts, with_contacts
from keepstep.emulator.rules import Rules

_V3_TEXTS: Final = frozenset({"nick_name"})


class Author(NamedTuple):
    """When somebody writes (a v2 time), and from where."""

    now: str
    source: str = "API"


def create(change: Change, person_id: int, author: Author) -> Person:
    """Return a new person as *change* describes it."""
    person = Person(
        created_at=author.now,
        modified_at=author.now,
        id=person_id,
        type="CUSTOMER",
        origin=author.source,
        modified_from=author.source,
    )
    _set_texts(person, change)
    person.tags = list(change.tags or [])
    person.custom_attributes = {name: value for name, value in (change.attributes or {}).items() if value is not None}
    with_contacts(person, change.contacts or [])
    return person


def replace(before: Person, change: Change, rules: Rules) -> Person:
    """Return *before* with everything that can be written replaced by *change*."""
    after = Person(
        created_at=before.created_at,
        modified_at=before.modified_at,
        id=before.id,
        type="CUSTOMER",
        origin=before.origin,
        modified_from=before.modified_from,
        external_id=None if rules.put_clears_external_id else before.external_id,
    )
    _set_texts(after, change)
    after.tags = _in_old_order(before.tags, change.tags or [])
    after.custom_attributes = {name: value for name, value in (change.attributes or {}).items() if value is not None}
    kept = [contact for contact in contacts(before) if contact.kind not in {"PHONE", "EMAIL"}]
    with_contacts(after, kept + (change.contacts or []))
    return after


def patch(before: Person, change: Change, *, append: bool = True) -> Person:
    """Return *before* with what *change* names; tags and contacts are added, or replaced where named."""
    after = msgspec.structs.replace(before)
    after.v3 = None if before.v3 is None else msgspec.structs.replace(before.v3)
    _set_texts(after, change)
    if change.tags is not None:
        after.tags = add_tags(before.tags, change.tags) if append else _in_old_order(before.tags, change.tags)
    if change.attributes is not None:
        merged = {**before.custom_attributes, **change.attributes}
        after.custom_attributes = {name: value for name, value in merged.items() if value is not None}
    if change.contacts is not None:
        set_contacts(after, change.contacts, append=append)
    return after


def set_contacts(person: Person, wanted: list[Contact], *, append: bool) -> None:
    """Add *wanted* to the phones and emails of *person*, or put them in their place."""
    old = contacts(person)
    if append:
        preferred = {contact.kind for contact in wanted if contact.primary}
        if preferred:
            old = [contact._replace(primary=contact.primary and contact.kind not in preferred) for contact in old]
        with_contacts(person, old + wanted)
        return
    with_contacts(person, [contact for contact in old if contact.kind not in {"PHONE", "EMAIL"}] + wanted)


def remove_contacts(person: Person, unwanted: list[Contact]) -> None:
    """Take the phones and emails in *unwanted* from *person*."""
    keys = {contact_key(contact) for contact in unwanted}
    with_contacts(person, [contact for contact in contacts(person) if contact_key(contact) not in keys])


def add_tags(old: list[str], new: list[str]) -> list[str]:
    """Return *old* and those of *new* that are not in it, whatever their case."""
    known = {name.lower() for name in old}
    return old + [name for name in new if name.lower() not in known]


def drop_tags(old: list[str], name: str) -> list[str]:
    """Return *old* without the tag *name*, whatever its case."""
    return [tag for tag in old if tag.lower() != name.lower()]


def _in_old_order(old: list[str], new: list[str]) -> list[str]:
    return list(old) if set(old) == set(new) else list(new)


def _set_texts(person: Person, change: Change) -> None:
    for attribute, value in change.texts.items():
        if attribute in _V3_TEXTS:
            only = person.v3 or V3Only()
            setattr(only, attribute, value)
            person.v3 = None if only == V3Only() else only
        elif attribute == "type":
            person.type = value or "CUSTOMER"
        else:
            setattr(person, attribute, value)
