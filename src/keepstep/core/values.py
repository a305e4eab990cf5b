"""What one read of a system is made of: values, records, snapshots."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

NativeKey = NewType("NativeKey", str)
"""The immutable id of an object in its own system: objectGUID in AD, the person id in Infobip."""

Values = tuple[str, ...]
"""The values of one attribute, as text. Three different things are told apart everywhere:

absent: the attribute is not in the record · null: `()` · empty: `("",)`.
"""

NULL: Final[Values] = ()
EMPTY: Final[Values] = ("",)
NO_ATTRIBUTES: Final[Mapping[str, Values]] = MappingProxyType({})

ENABLED: Final = "enabled"
"""The attribute that says whether an account may sign in: "true" or "false". Systems without the notion lack it."""

PROTECTED: Final = "protected"
"""The attribute a connector adds to an account that no plan may touch; its value is the reason."""


def is_blank(values: Values | None) -> bool:
    """Return whether there is nothing to write: absent, null, or only empty texts."""
    return not values or not any(values)


@dataclass(frozen=True, slots=True)
class Record:
    """One object as it was read: its native key, and attribute name to values."""

    key: NativeKey
    attributes: Mapping[str, Values]

    def one(self, name: str) -> str:
        """Return the first value of *name*, or the empty text."""
        values = self.attributes.get(name)
        return values[0] if values else ""


class Completeness(StrEnum):
    """How a read ended. Only COMPLETE proves that what was not seen is not there.

    APPENDED: all that was added since the last applied read was read; it says nothing of the rest.
    PARTIAL: it broke off, moved while it was read, or does not add up; what was seen can be used.
    SUSPECT: what was seen may be of another system or scope; a person has to look.
    """

    COMPLETE = "complete"
    APPENDED = "appended"
    PARTIAL = "partial"
    SUSPECT = "suspect"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one read ended, why, and what it took.

    *reason* is a sentence for the operator: the proof of a complete read, or what was wrong.
    *mark*: how far it got, for a read of only what was appended; a later one goes on from there.
    """

    completeness: Completeness
    reason: str
    records: int = 0
    calls: int = 0
    mark: str = ""

    @property
    def complete(self) -> bool:
        """Whether absence from this read proves absence."""
        return self.completeness is Completeness.COMPLETE

    @property
    def whole(self) -> bool:
        """Whether all that was asked for was read: everything, or everything that was appended."""
        return self.completeness in {Completeness.COMPLETE, Completeness.APPENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The records of one read, each key once, and its verdict. *records* can be iterated many times."""

    side: str
    verdict: Verdict
    records: Collection[Record] = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether absence from this snapshot proves absence."""
        return self.verdict.complete
