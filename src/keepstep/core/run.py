"""The states of a run and of its steps."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

RunId = NewType("RunId", str)


class RunState(StrEnum):
    """RUNNING: at work or interrupted. DONE: all applied. PARTIAL: some refused. STOPPED: by canary, or superseded."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class EffectState(StrEnum):
    """BEGUN: intended, outcome not known. The others are final."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One durable execution of a plan."""

    id: RunId
    rule: str
    plan: str
    state: RunState
    operator: str
    started: datetime
    ended: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What came of one action. *target_key*: the object it ended in; *detail*: why, without values."""

    action: str
    state: EffectState
    target_key: str = ""
    detail: str = ""
