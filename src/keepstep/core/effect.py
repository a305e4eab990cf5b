"""One change to carry out in a connected system, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keepstep.core.plan import REMOVALS, Action, ActionKind
from keepstep.core.values import NULL, NativeKey, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One change to carry out. *key* is the same whenever the same action of the same run is tried again.

    CREATE: *attributes* are all that is wanted; with a *target*, that object was begun by an interrupted create of
    this key and is to be finished, not made again. UPDATE: *attributes* are only the changed ones (`()` clears),
    *before* holds what they were. ENABLE, DISABLE, DELETE: *target* only.
    """

    key: str
    kind: ActionKind
    target: NativeKey | None = None
    attributes: Mapping[str, Values] = field(default_factory=dict[str, Values])
    before: Mapping[str, Values] = field(default_factory=dict[str, Values])


def effect_of(action: Action, key: str) -> Effect:
    """Return what is sent for *action*, under *key*."""
    kind = ActionKind.UPDATE if action.kind is ActionKind.ENABLE else action.kind
    attributes: dict[str, Values] = {}
    before: dict[str, Values] = {}
    if kind not in REMOVALS:
        attributes = {delta.name: delta.after for delta in action.deltas}
        before = {delta.name: delta.before or NULL for delta in action.deltas}
    return Effect(key=key, kind=kind, target=action.target_key, attributes=attributes, before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What every outcome tells besides. *calls*: the writes that left for it, each with its answer; no values."""

    calls: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Done(Told):
    """The change is in force. *key* is the native key of the object. *made*: names of containers made for it."""

    key: NativeKey
    detail: str = ""
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent(Told):
    """The object is not there: good for a delete, a finding for everything else."""


@dataclass(frozen=True, slots=True)
class Conflict(Told):
    """Another object holds an identifier that was to be written, or the object exists already."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused(Told):
    """The system understood and said no; the same request will be refused again.

    *lasting*: False if not the change was at fault but what stands around it (a missing right, a container that is
    not there): once a person has mended that, the same change can be made.
    """

    reason: str
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Unknown(Told):
    """It is not known whether the change was made: read before anything else is done."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent(Told):
    """The change was certainly not made, and may be tried again later."""

    reason: str


Outcome = Done | Absent | Conflict | Refused | Unknown | NotSent


def joined(*calls: str) -> str:
    """Return the calls of one effect, in the order they were sent, as one text."""
    return "; ".join(filter(None, calls))
