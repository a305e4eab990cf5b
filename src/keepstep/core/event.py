"""What happened to one object of a connected system, told by how it was before and how it is now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple

from keepstep.core.sync_rule import Side
from keepstep.core.values import ENABLED, NativeKey, Record, Values

LOCKED: Final = "lockedOut"
CONTAINER: Final = "container"
NAME: Final = "cn"
GROUPS_OF: Final = "memberOf"
MEMBERS: Final = "member"
EXPIRES: Final = "accountExpires"

ALWAYS: Final = (ENABLED, LOCKED, CONTAINER, "distinguishedName", NAME, "displayName", GROUPS_OF, MEMBERS, EXPIRES)
"""What is watched of every object, as far as it has it: what the kinds of events are told by."""

_FOLLOWS: Final = frozenset({"distinguishedName", "name"})
"""What changes by itself when a name or a container does; who reads the event sees it, but it is no news."""


class EventKind(StrEnum):
    """What happened; written `user_created`, `group_deleted`, with the kind of object in front."""

    CREATED = "created"
    MODIFIED = "modified"
    ENABLED = "enabled"
    DISABLED = "disabled"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    MOVED = "moved"
    RENAMED = "renamed"
    JOINED_GROUP = "joined_group"
    LEFT_GROUP = "left_group"
    EXPIRED = "expired"
    DELETED = "deleted"
    RESTORED = "restored"


class Origin(StrEnum):
    """Who made the change: somebody else, or Keepstep, whose own writes start nothing (no echo)."""

    OUTSIDE = "outside"
    KEEPSTEP = "keepstep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one object.

    *id*: the same however often the change is seen. *number*: the order in which events became known on the
    connection. *before* and *after*: the object's watched attributes; before is empty for one that was made, after for
    one that is gone. *changed*: the attributes that differ. *group*: the group that was joined or left (DN).
    """

    id: str
    number: int
    kind: EventKind
    side: Side
    key: NativeKey
    name: str
    at: datetime
    origin: Origin
    before: Mapping[str, Values] = field(default_factory=dict[str, Values])
    after: Mapping[str, Values] = field(default_factory=dict[str, Values])
    changed: tuple[str, ...] = ()
    group: str = ""


class Happening(NamedTuple):
    """One thing that happened, told by two states of an object. *decided_by*: the attributes it is told by."""

    kind: EventKind
    decided_by: tuple[str, ...] = ()
    group: str = ""


def happenings(before: Mapping[str, Values] | None, after: Mapping[str, Values] | None) -> Iterator[Happening]:
    """Yield what happened between *before* (None: it was not there) and *after* (None: it is gone), in a fixed order.

    Nothing where both are the same. An attribute that is absent and one without values are the same here.
    """
    if before is None or after is None:
        if after is not None:
            yield Happening(EventKind.CREATED)
        elif before is not None:
            yield Happening(EventKind.DELETED)
        return
    changed = differing(before, after)
    told: set[str] = set(_FOLLOWS)
    if NAME in changed:
        told.add(NAME)
        yield Happening(EventKind.RENAMED, (NAME,))
    if CONTAINER in changed:
        told.add(CONTAINER)
        yield Happening(EventKind.MOVED, (CONTAINER,))
    for name, on, off in _SWITCHES:
        if name in changed and (after.get(name) or before.get(name)):
            told.add(name)
            yield Happening(on if after.get(name) == ("true",) else off, (name,))
    if GROUPS_OF in changed:
        told.add(GROUPS_OF)
        old, new = (set(side.get(GROUPS_OF, ())) for side in (before, after))
        yield from (Happening(EventKind.JOINED_GROUP, (GROUPS_OF,), group) for group in sorted(new - old))
        yield from (Happening(EventKind.LEFT_GROUP, (GROUPS_OF,), group) for group in sorted(old - new))
    if rest := tuple(name for name in changed if name not in told):
        yield Happening(EventKind.MODIFIED, rest)


_SWITCHES: Final = (
    (ENABLED, EventKind.ENABLED, EventKind.DISABLED),
    (LOCKED, EventKind.LOCKED, EventKind.UNLOCKED),
)


def differing(before: Mapping[str, Values], after: Mapping[str, Values]) -> tuple[str, ...]:
    """Return the attributes whose values are not the same, in whatever order they stand, by name."""
    names = sorted(before.keys() | after.keys())
    return tuple(name for name in names if sorted(before.get(name, ())) != sorted(after.get(name, ())))


def event_id(side: Side, key: NativeKey, version: int, happening: Happening) -> str:
    """Return the id of what happened to the object when it came to its state number *version*."""
    text = "\n".join((str(side), key, str(version), happening.kind, happening.group))
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def event_name(objects: str, kind: EventKind) -> str:
    """Return what an event is called where it is written: `user_created` for one of the `users`."""
    return f"{objects.removesuffix('s')}_{kind}"


def shown_name(attributes: Mapping[str, Values]) -> str:
    """Return what a person calls the object."""
    for name in ("displayName", NAME, "name", "userPrincipalName", "sAMAccountName", "email"):
        if held := attributes.get(name):
            return held[0]
    first, last = (attributes.get(name, ("",))[:1] or ("",) for name in ("firstName", "lastName"))
    return " ".join(part for part in (*first, *last) if part)


def watched(record: Record) -> dict[str, Values]:
    """Return what is remembered of *record*: what has values."""
    return {name: values for name, values in record.attributes.items() if values}
