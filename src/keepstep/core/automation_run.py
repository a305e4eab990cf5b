"""One start of an automation, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from keepstep.core.run import RunId


class AutomationState(StrEnum):
    """Where a start of an automation stands.

    GUARDED: its plan is beyond a guard. INCOMPLETE: a side was not read whole. STARTED: a template runs for subjects,
    whose run tells the rest. SKIPPED: another start was not over.
    """

    QUEUED = "queued"
    RUNNING = "running"
    APPROVAL = "waiting_for_approval"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    GUARDED = "guarded"
    INCOMPLETE = "incomplete"
    REJECTED = "rejected"
    SKIPPED = "skipped"


OPEN: Final = frozenset({AutomationState.QUEUED, AutomationState.RUNNING, AutomationState.APPROVAL})
GOOD: Final = frozenset({AutomationState.SUCCEEDED, AutomationState.STARTED})


_OPERATOR: Final = "automation "


def operator_of(automation: str) -> str:
    """Return as whom *automation* begins runs of templates."""
    return f"{_OPERATOR}{automation}"


def automation_of(operator: str) -> str:
    """Return the automation that *operator* is; empty: a person."""
    return operator.removeprefix(_OPERATOR) if operator.startswith(_OPERATOR) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationRun:
    """One start. *cause*: why, unique for the automation, so that the same cause starts it once.

    *event*: the number of the event that started it; 0 if none did. *upto*: the newest event when it began to read.
    *plan*: the digest of its plan; *run*: what it was applied by, or the run of the template. *plan_only*: nothing is
    applied. *reasons*: the first of them, in words.
    """

    id: RunId
    automation: str
    cause: str
    due: datetime
    state: AutomationState
    operator: str
    plan_only: bool = False
    event: int = 0
    upto: int = 0
    plan: str = ""
    run: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    reasons: tuple[str, ...] = ()
    begun: datetime | None = None
    ended: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationStanding:
    """What is remembered of an automation. *handled*: until when its schedule was looked at; *seen*: its events.

    *good*: the newest event before its last good run began to read; -1 if there was none. *basis*: what that run was
    made by. *full*: when everything was last compared.
    """

    handled: datetime
    seen: int
    good: int = -1
    basis: str = ""
    full: datetime | None = None
