"""What changed in a connected system since it was last asked."""

from dataclasses import dataclass

from keepstep.core.values import NativeKey, Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object that is not as it was: as it is now, or None where it is gone (deleted, or out of the scope)."""

    key: NativeKey
    record: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since a cursor, each object once, and the cursor to go on from.

    *more*: there is more to be had at once. *whole*: the earlier cursor was of no use (there was none, another server
    answers, it was restored from a backup), so these are all the objects that there are, and who is not among them is
    gone if *verdict* is complete. *reason* says why.
    """

    changes: tuple[Change, ...]
    cursor: str
    more: bool = False
    whole: bool = False
    verdict: Verdict | None = None
    reason: str = ""
