"""A report that is made again and again: of what, as what, and where it goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from keepstep.core.duration import Duration, parse_duration
from keepstep.core.report import ReportFormat, ReportKind
from keepstep.core.row_choice import RowChoice
from keepstep.core.spec import Name, Spec

OF_A_RULE: Final = frozenset({ReportKind.COMPARISON, ReportKind.UNAUTHORISED, ReportKind.HISTORY})
"""The kinds that are of one rule."""


def _list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWish:
    """What a report is to be of: which rule, since when, and whom a comparison is about."""

    kind: ReportKind
    rule: str
    since: datetime
    choice: RowChoice

    @property
    def chosen(self) -> RowChoice:
        """Whom it is about."""
        if self.kind is ReportKind.UNAUTHORISED:
            return self.choice.model_copy(update={"situation": ["unauthorised"]})
        return self.choice


class ReportSpec(Spec):
    """One report. *since*: how far back history, runs and the audit log go. *choose*: whom a comparison is about.

    *folder*: the folder below `reports` of the home where files are put. *mail*: the e-mail channel by which they are
    sent. At least one of the two.
    """

    kind: ReportKind
    rule: Name | None = None
    since: Duration = "30d"
    choose: RowChoice = RowChoice()
    formats: Annotated[list[ReportFormat], BeforeValidator(_list), Field(min_length=1)] = [ReportFormat.HTML]
    folder: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_\-]{0,63})?$")] = ""
    mail: Name | None = None
    description: str = ""

    @model_validator(mode="after")
    def _goes_somewhere(self) -> "ReportSpec":
        if self.kind in OF_A_RULE and not self.rule:
            raise ValueError(f"a report of {self.kind} is of a rule: say which")
        if not (self.folder or self.mail):
            raise ValueError("say where it goes: folder, mail, or both")
        return self

    def wish(self, now: datetime) -> ReportWish:
        """Return what it is to be of, made *now*."""
        since = now - parse_duration(self.since)
        return ReportWish(kind=self.kind, rule=self.rule or "", since=since, choice=self.choose)
