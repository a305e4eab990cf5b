"""What happened to one object of a connected system, told by how it was before and how it is now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keepstep.core.sync_rule import Side
from keepstep.core.values import NO_ATTRIBUTES, NativeKey, Values


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
    before: Mapping[str, Values] = NO_ATTRIBUTES
    after: Mapping[str, Values] = NO_ATTRIBUTES
    changed: tuple[str, ...] = ()
    group: str = ""
    cause: Mapping[str, str] = field(default_factory=dict[str, str])
