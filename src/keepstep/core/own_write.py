"""What Keepstep itself wrote, so that it does not come back as news: no echo."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Protocol

from keepstep.core.effect import Effect
from keepstep.core.event import EventKind, Happening
from keepstep.core.plan import ActionKind
from keepstep.core.values import ENABLED, NativeKey, Values

GONE: Final = "*gone"
"""Stands for an attribute in the note of a deletion."""

UNNAMED: Final = NativeKey("")
"""The key in the note of a new object, which has none yet; it is known by what identifies it."""

IDENTIFYING: Final = ("sAMAccountName", "userPrincipalName", "cn", "externalId", "email", "phone", "mail")
"""What tells a new object from others."""


@dataclass(frozen=True, slots=True)
class OwnWrite:
    """One attribute of one object that Keepstep gives a value, or has given it; only a digest of the value is kept."""

    connection: str
    key: NativeKey
    attribute: str
    digest: str


class OwnWrites(Protocol):
    """Where what Keepstep writes is noted before it is written."""

    def note(self, writes: Sequence[OwnWrite]) -> None:
        """Keep *writes*, on disk when this returns."""
        ...

    def withdraw(self, writes: Sequence[OwnWrite]) -> None:
        """Forget *writes*: they were certainly not made."""
        ...


def digest(values: Iterable[str]) -> str:
    """Return what tells *values* from others, in whatever order and case a system gives them back."""
    text = "\x00".join(sorted(value.strip().casefold() for value in values if value))
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def own_writes(connection: str, effect: Effect) -> Iterator[OwnWrite]:
    """Yield what *effect* is going to write."""
    key = effect.target or UNNAMED
    match effect.kind:
        case ActionKind.DELETE:
            yield OwnWrite(connection, key, GONE, "")
        case ActionKind.ENABLE | ActionKind.DISABLE:
            yield OwnWrite(connection, key, ENABLED, digest(["true" if effect.kind is ActionKind.ENABLE else "false"]))
        case ActionKind.UPDATE:
            for name, values in effect.attributes.items():
                yield OwnWrite(connection, key, name, digest(values))
        case ActionKind.CREATE:
            for name in IDENTIFYING:
                if values := effect.attributes.get(name):
                    yield OwnWrite(connection, UNNAMED, name, digest(values))


def is_own(
    happening: Happening, after: Mapping[str, Values], noted: Collection[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """Return the notes that show that Keepstep did all of what happened; none if it did not.

    *noted* is what Keepstep wrote of the object, attribute and digest; of a new one, what it wrote of new objects.
    """
    match happening.kind:
        case EventKind.DELETED:
            return frozenset({(GONE, "")} & set(noted))
        case EventKind.CREATED:
            given = {(name, digest(after[name])) for name in IDENTIFYING if after.get(name)}
            return frozenset(given & set(noted))
        case EventKind.EXPIRED | EventKind.RESTORED:
            return frozenset()
        case _:
            given = {(name, digest(after.get(name, ()))) for name in happening.decided_by}
            return frozenset(given) if given and given <= set(noted) else frozenset()
