"""One list of all runs: those of plans and those of templates, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from keepstep.core.run import RunId, RunState
from keepstep.core.template_run import SubjectState, TemplateRunState

AnyState = RunState | TemplateRunState


class RunKind(StrEnum):
    """What was run."""

    PLAN = "plan"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunListed:
    """One run. *of*: the rule of its plan, or its template. *automation*: what started it; empty: a person did.

    *count*: how many results it has, or how many subjects; *counts*: how many of the subjects are in which state.
    """

    kind: RunKind
    id: RunId
    of: str
    state: AnyState
    operator: str
    started: datetime
    automation: str = ""
    ended: datetime | None = None
    note: str = ""
    count: int = 0
    counts: Mapping[SubjectState, int] = field(default_factory=dict[SubjectState, int])

    @property
    def place(self) -> "Place":
        """Where it stands in the order of all runs."""
        return self.started, self.id


Place = tuple[datetime, RunId]
"""When a run began, and its id for those that began in the same moment: by this all runs are in one order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsWanted:
    """Which runs somebody wants to see: those for which all holds that is said. *text*: a part of the rule or template.

    *states*: they stand in one of these. *before*: a run; only those that began before it.
    """

    kind: RunKind | None = None
    states: Sequence[AnyState] = ()
    operator: str = ""
    text: str = ""
    before: str = ""

    def states_of(self, kind: RunKind) -> frozenset[str] | None:
        """Return the states that are meant of runs of *kind*; None: any."""
        known = RunState if kind is RunKind.PLAN else TemplateRunState
        return frozenset(self.states) & frozenset(known) if self.states else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsOfKind:
    """Runs of one kind. *names*: of these rules or templates, in small letters (None: of all), or of operator *own*."""

    names: frozenset[str] | None = None
    own: str = ""
    states: frozenset[str] | None = None
    operator: str = ""
    text: str = ""
    before: Place | None = None


def newest(plans: Sequence[RunListed], templates: Sequence[RunListed], limit: int) -> list[RunListed]:
    """Return the first *limit* of both together, the newest first; each begins with its newest *limit*, or is whole."""
    return list(islice(sorted([*plans, *templates], key=lambda one: one.place, reverse=True), limit))
