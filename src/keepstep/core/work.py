"""Work that somebody asked a server for and that takes long: what is wanted, how far it is, what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from keepstep.core.authority import NOTHING, Reach
from keepstep.core.report import ReportFormat, ReportKind
from keepstep.core.right import Right
from keepstep.core.row_choice import RowChoice
from keepstep.core.run import RunId
from keepstep.core.spec import Name, Spec
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Values

Text = Annotated[str, Field(max_length=1000)]


class PlanWanted(Spec):
    """Read both sides of a rule and make a plan. *retry_refused*: plan again what the target refused before."""

    kind: Literal["plan"]
    rule: Name
    accept_size: bool = False
    retry_refused: bool = False


class ApplyWanted(Spec):
    """Apply a plan, named by its whole digest. *override*: why the guards are overridden; empty: they are not."""

    kind: Literal["apply"]
    plan: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    override: Text = ""
    ask_again: bool = False


class UndoWanted(Spec):
    """Make the plan that takes back what a run did."""

    kind: Literal["undo"]
    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9\-]{4,64}$")]
    disable_created: bool = False


class ReportWanted(Spec):
    """Make a report as a file, which is kept for a day. *since*: how far back history, runs and the audit log go."""

    kind: Literal["report"]
    report: ReportKind
    rule: Annotated[str, Field(max_length=64)] = ""
    since: Annotated[str, Field(min_length=1, max_length=40)] = "30d"
    choice: RowChoice = RowChoice()
    format: ReportFormat = ReportFormat.HTML


class ConfiguredReportWanted(Spec):
    """Make a report of the configuration now, and bring it where it goes."""

    kind: Literal["configured_report"]
    name: Name


class RowWanted(Spec):
    """One row of a comparison by its keys; an empty text for a side where there is nobody."""

    source: Text = ""
    target: Text = ""


class PlanRowsWanted(Spec):
    """Make a plan that does one thing for chosen people of a comparison, and nothing else."""

    kind: Literal["plan_rows"]
    rule: Name
    action: Literal["create", "update", "disable", "delete"]
    rows: Annotated[list[RowWanted], Field(min_length=1, max_length=1000)]


class CompareWanted(Spec):
    """Compare both sides of a rule; the rows are kept for a day."""

    kind: Literal["compare"]
    rule: Name
    choice: RowChoice = RowChoice()


class PeopleWanted(Spec):
    """List the objects of a connection; the rows are kept for a day. *attributes*: empty: a few."""

    kind: Literal["people"]
    connection: Name
    objects: Annotated[str, Field(max_length=64)] = ""
    attributes: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)] = []


Wanted = Annotated[
    PlanWanted
    | PlanRowsWanted
    | ApplyWanted
    | UndoWanted
    | CompareWanted
    | PeopleWanted
    | ReportWanted
    | ConfiguredReportWanted,
    Field(discriminator="kind"),
]

WANTED: Final[TypeAdapter[Wanted]] = TypeAdapter(Wanted)

NEEDS: Final[Mapping[str, Right]] = {
    "plan": Right.MAKE_PLANS,
    "plan_rows": Right.MAKE_PLANS,
    "apply": Right.APPLY_PLANS,
    "undo": Right.MAKE_PLANS,
    "compare": Right.READ_PEOPLE,
    "people": Right.READ_PEOPLE,
    "report": Right.MAKE_REPORTS,
    "configured_report": Right.MAKE_REPORTS,
}
"""The right without which a kind of work is not even accepted; how far it reaches is judged when it is done."""


def reaches(wanted: Wanted, rules: Mapping[str, SyncRule]) -> list[Reach]:
    """Return what somebody has to reach to see what came of *wanted*; *rules*: those of the configuration."""
    match wanted:
        case PeopleWanted():
            return [Reach(connection=wanted.connection)]
        case CompareWanted() | ReportWanted():
            rule = rules.get(wanted.rule)
            sides = () if rule is None else (rule.source_side, rule.target_side)
            return [Reach(rule=wanted.rule), *(Reach(rule=wanted.rule, connection=side.connection) for side in sides)]
        case PlanWanted() | PlanRowsWanted():
            return [Reach(rule=wanted.rule)]
        case ApplyWanted() | UndoWanted() | ConfiguredReportWanted():
            return [NOTHING]


class WorkState(StrEnum):
    """QUEUED: nobody has begun. RUNNING: at work, or begun by a worker that died and taken up again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why work failed."""

    code: str
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing that was asked for. *key*: given by whoever asks, so that asking twice does it once.

    *only*, *fresh*: what whoever asked could show for it then; their roles are judged again when it is done.
    *result*: where what came of it is found. *rows*: how many are kept.
    """

    id: RunId
    wanted: Wanted
    operator: str
    only: frozenset[Right] | None = None
    fresh: bool = False
    key: str = ""
    correlation: str = ""
    state: WorkState = WorkState.QUEUED
    created: datetime
    begun: datetime | None = None
    ended: datetime | None = None
    at: str = ""
    done: int = 0
    total: int | None = None
    rows: int = 0
    result: Mapping[str, str] = field(default_factory=dict[str, str])
    trouble: Trouble | None = None

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.state in {WorkState.QUEUED, WorkState.RUNNING}


class RowOrder(StrEnum):
    """The order of rows: as they were found, by name, or by tag; with `-` from the last to the first."""

    NUMBER = "number"
    NUMBER_DOWN = "-number"
    NAME = "name"
    NAME_DOWN = "-name"
    TAG = "tag"
    TAG_DOWN = "-tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """One row of a list of people."""

    key: str
    name: str
    attributes: Mapping[str, Values | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """One row that work gave. *tag*: by which it is counted and chosen; *name*: by which it is found. *data*: JSON."""

    number: int
    tag: str
    name: str
    data: bytes
