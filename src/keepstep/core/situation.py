"""How an account stands to its counterpart on the other side, and what may be done about it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Situation(StrEnum):
    """The situations of one person across both sides. Every pair is in exactly one of the first eight.

    SOURCE_DISABLED refines `linked` and `unlinked`: the counterpart exists and the source account is disabled.
    """

    LINKED = "linked"
    TARGET_MISSING = "target_missing"
    SOURCE_DELETED = "source_deleted"
    STALE = "stale"
    UNMATCHED = "unmatched"
    UNLINKED = "unlinked"
    DISPUTED = "disputed"
    ORPHANED = "orphaned"
    SOURCE_DISABLED = "source_disabled"


class Reaction(StrEnum):
    """What a rule does about a situation."""

    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    DISABLE = "disable"
    DELETE = "delete"
    MARK = "mark"
    FORGET = "forget"
    REPORT = "report"
    IGNORE = "ignore"


REACTIONS: Final[Mapping[Situation, tuple[Reaction, ...]]] = MappingProxyType(
    {
        Situation.UNMATCHED: (Reaction.CREATE, Reaction.REPORT, Reaction.IGNORE),
        Situation.UNLINKED: (Reaction.UPDATE, Reaction.LINK, Reaction.REPORT, Reaction.IGNORE),
        Situation.LINKED: (Reaction.UPDATE, Reaction.REPORT, Reaction.IGNORE),
        Situation.TARGET_MISSING: (Reaction.REPORT, Reaction.CREATE, Reaction.FORGET, Reaction.IGNORE),
        Situation.SOURCE_DELETED: (
            Reaction.DISABLE,
            Reaction.DELETE,
            Reaction.MARK,
            Reaction.REPORT,
            Reaction.FORGET,
            Reaction.IGNORE,
        ),
        Situation.SOURCE_DISABLED: (
            Reaction.DISABLE,
            Reaction.DELETE,
            Reaction.MARK,
            Reaction.UPDATE,
            Reaction.REPORT,
            Reaction.IGNORE,
        ),
        Situation.STALE: (Reaction.FORGET, Reaction.REPORT, Reaction.IGNORE),
        Situation.DISPUTED: (Reaction.REPORT, Reaction.IGNORE),
        Situation.ORPHANED: (
            Reaction.REPORT,
            Reaction.DISABLE,
            Reaction.DELETE,
            Reaction.MARK,
            Reaction.IGNORE,
        ),
    }
)
"""The reactions that make sense for each situation; the first is the usual one, used when a rule names none."""


def classify(*, linked: bool, source: bool, target: bool, matches: int) -> Situation:
    """Return the situation; total over every combination that can be seen.

    *source* and *target* say whether the objects exist (for a link: the objects it remembers);
    *matches* counts the candidates that correlation found for a source object without a link.
    """
    if linked:
        if source:
            return Situation.LINKED if target else Situation.TARGET_MISSING
        return Situation.SOURCE_DELETED if target else Situation.STALE
    if not source:
        return Situation.ORPHANED
    if matches == 0:
        return Situation.UNMATCHED
    return Situation.UNLINKED if matches == 1 else Situation.DISPUTED
