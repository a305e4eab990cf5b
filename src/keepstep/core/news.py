"""What a change of an object means, by how the object was last seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from keepstep.core.change import Change
from keepstep.core.event import EXPIRES, EventKind, Happening, differing, happenings, watched
from keepstep.core.values import NO_ATTRIBUTES, NativeKey, Values

Own = Callable[[NativeKey, Happening, Mapping[str, Values]], bool]
"""Says whether Keepstep did what happened to the object, by its attributes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An object as it was last seen. *version* counts its states.

    *attributes* of one that is gone are the last it had. *expires*: when the account ends; None if never, or told.
    """

    key: NativeKey
    version: int = 0
    gone: bool = False
    attributes: Mapping[str, Values] = field(default_factory=dict[str, Values])
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, by which states of the object, and whether Keepstep did it."""

    happening: Happening
    before: Mapping[str, Values]
    after: Mapping[str, Values]
    changed: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How changes are read. *settled*: everything was seen once, so that what differs is news.

    *common*: the attributes that were watched before and are watched now; None: they are the same.
    """

    now: datetime
    settled: bool
    common: frozenset[str] | None
    own: Own


def news(reading: Reading, known: Known | None, change: Change) -> tuple[list[Told], Known | None]:
    """Return what *change* tells, and how the object is known from now on; None if it was never there."""
    after = watched(change.record) if change.record is not None else None
    there = known is not None and not known.gone
    if known is None and after is None:
        return [], None
    if known is not None and not there and after is None:
        return [], known
    told = list(_told(reading, known, change.key, after)) if reading.settled else []
    seen = after if after is not None else known.attributes if known else NO_ATTRIBUTES
    return told, Known(
        key=change.key,
        version=(known.version if known else 0) + 1 if told or known is None else known.version,
        gone=after is None,
        attributes=seen,
        expires=_expires(reading, known, seen) if after is not None else None,
    )


def _told(reading: Reading, known: Known | None, key: NativeKey, after: Mapping[str, Values] | None) -> Iterator[Told]:
    last = known.attributes if known is not None else NO_ATTRIBUTES
    now = after if after is not None else NO_ATTRIBUTES
    if known is not None and known.gone:
        found = [Happening(EventKind.RESTORED)]
    elif known is None or after is None:
        found = list(happenings(None if known is None else last, after))
    else:
        found = list(happenings(_narrow(reading, last), _narrow(reading, now)))
    changed = differing(last, now) if known is not None and after is not None else ()
    for happening in found:
        own = reading.own(key, happening, now)
        yield Told(happening, last, now, happening.decided_by or changed, own)


def _narrow(reading: Reading, attributes: Mapping[str, Values]) -> Mapping[str, Values]:
    if reading.common is None:
        return attributes
    return {name: values for name, values in attributes.items() if name in reading.common}


def _expires(reading: Reading, known: Known | None, seen: Mapping[str, Values]) -> datetime | None:
    """Return when the account ends; what had ended when it was first seen is no news."""
    if known is not None and not known.gone and known.attributes.get(EXPIRES) == seen.get(EXPIRES):
        return known.expires
    try:
        moment = datetime.fromisoformat((seen.get(EXPIRES) or ("",))[0])
    except ValueError:
        return None
    if moment.tzinfo is None or (known is None and moment <= reading.now):
        return None
    return moment
