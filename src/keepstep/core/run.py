"""The states of a run and of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

import msgspec

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
    """One durable execution of a plan. *results*: how many came of its actions, so that a look tells how far it is."""

    id: RunId
    rule: str
    plan: str
    state: RunState
    operator: str
    started: datetime
    ended: datetime | None = None
    note: str = ""
    results: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChoice:
    """Which runs are meant: those of one of *rules* (None: all), and of all else that is said. *before*: older ones."""

    rules: Sequence[str] | None = None
    state: RunState | None = None
    operator: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a run is: how many actions stand how, and how many came to an end *lately*, in so many *seconds*."""

    counts: Mapping[EffectState, int]
    lately: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """A plan that is kept, without what is in it. *at*: when its actions were last seen so."""

    digest: str
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What came of one action. *target_key*: the object it ended in; *detail*: why, without values.

    *calls*: the writes that left for it, each with its answer, without values; empty if nothing was sent.
    """

    action: str
    state: EffectState
    target_key: str = ""
    detail: str = ""
    calls: str = ""


def results_digest(results: Sequence[StepResult]) -> str:
    """Return the digest of what came of a run, by which the audit log holds it: SHA-256 of it as JSON, in order."""
    content = [(one.action, str(one.state), one.target_key, one.detail) for one in results]
    return sha256(msgspec.json.encode(content)).hexdigest()
