"""What was done to an account, as it was written down."""

from dataclasses import dataclass
from datetime import datetime

from keepstep.core.run import Run, StepResult
from keepstep.core.template_run import BlockStep, TemplateRun


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """One step of a run of a plan that ended in the account."""

    run: Run
    result: StepResult
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDone:
    """One block of a template that was carried out for the account."""

    run: TemplateRun
    position: int
    step: BlockStep
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDone:
    """One read of a side."""

    at: datetime
    completeness: str
    reason: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInForce:
    """The version of the configuration that was in force."""

    number: int
    digest: str
    at: datetime
    operator: str
