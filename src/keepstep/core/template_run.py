"""A run of a template: its subjects, where each stands, and the blocks that were carried out for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keepstep.core.block_result import BlockResult, BlockState
from keepstep.core.run import RunId
from keepstep.core.values import NativeKey, Values


class TemplateRunState(StrEnum):
    """PAUSED: nothing is begun until somebody says so. PARTIAL: over, and some did not succeed."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


class SubjectState(StrEnum):
    """READY: to be gone on with. WAITING: for a moment or a condition. APPROVAL: for people. UNKNOWN: a person decides.

    The others are ends.
    """

    READY = "ready"
    WAITING = "waiting"
    APPROVAL = "approval"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (SubjectState.READY, SubjectState.WAITING, SubjectState.APPROVAL)
"""Whom a worker goes on with by itself."""

ENDS = (SubjectState.SUCCEEDED, SubjectState.FAILED, SubjectState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a run begins. *id*: that of what started it, so that it begins once; without one, it has one of its own.

    *given*: what its blocks can read of what started it. *canary*: how many go ahead; None: as the template says.
    """

    operator: str
    id: RunId | None = None
    given: Mapping[str, Values] = field(default_factory=dict[str, Values])
    canary: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRun:
    """One run: which version of which template, who began it, and how many subjects are in which state.

    *canary*: so many subjects go ahead, and nothing is known of them yet; 0: all may go on; below 0: it went badly.
    """

    id: RunId
    template: str
    version: str
    state: TemplateRunState
    operator: str
    started: datetime
    ended: datetime | None = None
    note: str = ""
    counts: Mapping[SubjectState, int] = field(default_factory=dict[SubjectState, int])
    canary: int = 0

    @property
    def total(self) -> int:
        """How many subjects it has."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRun:
    """One subject of a run: where it stands.

    *block*: the block it is at. *given*: what earlier blocks gave, as macros name it. *executions*: how many blocks
    were begun. *wake_at*: when what it waits for is looked at again; *since*: since when it waits at this block.
    """

    position: int
    side: str
    key: NativeKey
    name: str
    state: SubjectState
    block: str
    given: Mapping[str, Values] = field(default_factory=dict[str, Values])
    executions: int = 0
    wake_at: datetime | None = None
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockStep:
    """One execution of a block for one subject."""

    position: int
    execution: int
    block: str
    state: BlockState
    cause: str = ""
    detail: str = ""
    request: str = ""
    answer: str = ""
    attempts: int = 0
    seconds: float = 0.0
    begun_at: str = ""
    ended_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCount:
    """How many of a run are in one state at a block."""

    block: str
    state: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What came of one execution, and where the subject stands after it."""

    execution: int
    block: str
    result: BlockResult
    after: SubjectRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One decision about a subject that waits for approval at an execution of a block."""

    position: int
    execution: int
    operator: str
    approved: bool
    note: str = ""


def ended_as(counts: Mapping[SubjectState, int]) -> TemplateRunState | None:
    """Return how a run whose subjects stand so has ended; None while any is open, or waits for a person."""
    if any(counts.get(state) for state in (*OPEN, SubjectState.UNKNOWN)):
        return None
    if counts.get(SubjectState.FAILED) or counts.get(SubjectState.CANCELLED):
        return TemplateRunState.PARTIAL
    return TemplateRunState.DONE
