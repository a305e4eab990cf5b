"""What was ever done to an account, looked up by its key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from keepstep.core.history import BlockDone, ReadDone, StepDone, VersionInForce
from keepstep.core.run import EffectState, RunId, StepResult
from keepstep.core.values import NativeKey
from keepstep.store import runs
from keepstep.store.block_steps import block_step
from keepstep.store.database import Database
from keepstep.store.tables import BLOCK_STEPS, CONFIGS, READS, RUNS, STEPS, SUBJECTS, TEMPLATE_RUNS
from keepstep.store.template_runs import SqlTemplateRuns

_STEP: Final = ("action", "state", "target_key", "detail", "calls", "ended_at")


class SqlHistory:
    """The history in the database."""

    def __init__(self, database: Database, templates: SqlTemplateRuns) -> None:
        self._database = database
        self._templates = templates

    def steps_of(self, keys: Sequence[NativeKey], limit: int = 200) -> list[StepDone]:
        """Return the steps of plans that ended in one of the accounts *keys*, newest first."""
        statement = (
            select(RUNS.c.id, *(STEPS.c[name] for name in _STEP))
            .join(RUNS, RUNS.c.number == STEPS.c.run)
            .where(STEPS.c.target_key.in_(list(keys)), STEPS.c.ended_at.is_not(None))
            .order_by(STEPS.c.ended_at.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                StepDone(
                    run=runs.find(connection, row.id),
                    result=StepResult(
                        action=row.action,
                        state=EffectState(row.state),
                        target_key=row.target_key,
                        detail=row.detail,
                        calls=row.calls or "",
                    ),
                    at=datetime.fromisoformat(row.ended_at),
                )
                for row in connection.execute(statement)
            ]

    def blocks_of(self, keys: Sequence[NativeKey], limit: int = 200) -> list[BlockDone]:
        """Return the blocks of templates that were carried out for *keys*, newest first."""
        statement = (
            select(BLOCK_STEPS, TEMPLATE_RUNS.c.id)
            .join(
                SUBJECTS,
                (SUBJECTS.c.run == BLOCK_STEPS.c.run) & (SUBJECTS.c.position == BLOCK_STEPS.c.position),
            )
            .join(TEMPLATE_RUNS, TEMPLATE_RUNS.c.number == BLOCK_STEPS.c.run)
            .where(SUBJECTS.c.subject_key.in_(list(keys)))
            .order_by(BLOCK_STEPS.c.begun_at.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        heads = {run: self._templates.head(RunId(run)) for run in {row.id for row in rows}}
        return [
            BlockDone(
                run=heads[row.id],
                position=row.position,
                step=block_step(row),
                at=datetime.fromisoformat(row.begun_at),
            )
            for row in rows
        ]

    def read_before(self, side: str, at: datetime) -> ReadDone | None:
        """Return the last read of *side*, written `connection.objects`, that had ended by *at*."""
        statement = (
            select(READS)
            .where(READS.c.side.startswith(f"{side}@", autoescape=True), READS.c.at <= at)
            .order_by(READS.c.number.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        return ReadDone(at=row.at, completeness=row.completeness, reason=row.reason, records=row.records)

    def version_at(self, at: datetime) -> VersionInForce | None:
        """Return the version of the configuration that had been put in force by *at*."""
        statement = select(CONFIGS).where(CONFIGS.c.at <= at).order_by(CONFIGS.c.number.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        return VersionInForce(number=row.number, digest=row.digest, at=row.at, operator=row.operator)
