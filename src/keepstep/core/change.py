"""What changed in a connected system since it was last asked."""

from dataclasses import dataclass

from keepstep.core.values import NativeKey, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object that is not as it was: as it is now, or None where it is gone (deleted, or out of the scope)."""

    key: NativeKey
    record: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since a cursor, each object once, and the cursor to go on from.

    *more*: there is more to be had at once. *whole*: the earlier cursor was of no use (there was none, another server
    answers, it was restored from a backup), so that everything has to be read, and compared with what is remembered;
    *changes* are empty then, and the cursor was taken before, so that what changes meanwhile is told again. *reason*
    says why.
    """

    changes: tuple[Change, ...]
    cursor: str
    more: bool = False
    whole: bool = False
    reason: str = ""
