"""Runs of templates as they are looked at: how each stands, its subjects, and what was carried out for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from keepstep.core.run import RunId
from keepstep.core.template_run import (
    BlockCount,
    BlockStep,
    SubjectRun,
    SubjectState,
    TemplateRun,
    TemplateRunState,
    Vote,
)
from keepstep.core.template_version import TemplateVersion
from keepstep.errors import NotKept
from keepstep.store import block_steps, subjects
from keepstep.store.database import Database
from keepstep.store.tables import TEMPLATE_RUNS, TEMPLATE_VERSIONS, storable


class RunReads:
    """What the database tells of runs of templates; nothing is written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, prefix: str) -> TemplateRun:
        """Return the run whose id starts with *prefix*, with its counts; StoreError if there is none or several."""
        with self._database.read() as connection:
            row = found(connection, prefix)
            return run_of(row, subjects.counts(connection, row.number))

    def head(self, run: RunId) -> TemplateRun:
        """Return *run* without its counts, which take longer the more subjects it has."""
        with self._database.read() as connection:
            return run_of(found(connection, run), {})

    def runs(self, *, limit: int = 50, template: str = "", before: str = "") -> list[TemplateRun]:
        """Return the newest runs first, with their counts; only those of *template*, and begun *before* a run."""
        statement = select(TEMPLATE_RUNS).order_by(TEMPLATE_RUNS.c.number.desc()).limit(limit)
        if template:
            statement = statement.where(TEMPLATE_RUNS.c.template == storable(template))
        with self._database.read() as connection:
            if before:
                statement = statement.where(TEMPLATE_RUNS.c.number < number_of(connection, before))
            rows = connection.execute(statement).all()
            return [run_of(row, subjects.counts(connection, row.number)) for row in rows]

    def version(self, digest: str) -> TemplateVersion:
        """Return the version that a run pinned."""
        statement = select(TEMPLATE_VERSIONS.c.document).where(TEMPLATE_VERSIONS.c.digest == digest)
        with self._database.read() as connection:
            document = connection.execute(statement).scalar_one()
        return TemplateVersion.model_validate_json(document)

    def where(self, run: RunId, position: int) -> SubjectRun:
        """Return where one subject stands."""
        with self._database.read() as connection:
            return next(subjects.pages(connection, number_of(connection, run), after=position - 1, limit=1))

    def begun(self, run: RunId, positions: Sequence[int]) -> dict[int, BlockStep]:
        """Return the executions that were begun and have no end, by position."""
        with self._database.read() as connection:
            return block_steps.begun(connection, number_of(connection, run), positions)

    def executions(self, run: RunId, positions: Sequence[int]) -> dict[tuple[int, str], int]:
        """Return how often each block was begun for each of *positions*."""
        with self._database.read() as connection:
            return block_steps.executions(connection, number_of(connection, run), positions)

    def votes(self, run: RunId, positions: Sequence[int]) -> list[Vote]:
        """Return what people decided about *positions*."""
        with self._database.read() as connection:
            return block_steps.votes(connection, number_of(connection, run), positions)

    def failed_at(self, run: RunId, positions: Sequence[int]) -> dict[int, str]:
        """Return the block that last failed, or came to nothing known, for each of *positions*."""
        with self._database.read() as connection:
            return block_steps.failed_at(connection, number_of(connection, run), positions)

    def subjects(
        self, run: RunId, *, states: Sequence[SubjectState] = (), after: int = -1, limit: int = 1000
    ) -> list[SubjectRun]:
        """Return the subjects of *run* behind position *after*, at most *limit* of them."""
        with self._database.read() as connection:
            number = number_of(connection, run)
            return list(subjects.pages(connection, number, states=states, after=after, limit=limit))

    def named(self, run: RunId, who: str) -> list[SubjectRun]:
        """Return the subjects of *run* that are called *who*, or have it as key or as position."""
        with self._database.read() as connection:
            return subjects.named(connection, number_of(connection, run), who)

    def progress(self, run: RunId) -> tuple[list[BlockCount], list[BlockCount]]:
        """Return how many subjects of *run* are at each block, by state; and how often each ended, by result."""
        with self._database.read() as connection:
            number = number_of(connection, run)
            return subjects.at_blocks(connection, number), block_steps.of_blocks(connection, number)

    def steps(self, run: RunId, position: int) -> list[BlockStep]:
        """Return the executions of one subject, in order."""
        with self._database.read() as connection:
            return block_steps.of_subject(connection, number_of(connection, run), position)


def found(connection: Connection, prefix: str) -> Row[*tuple[Any, ...]]:
    """Return the run whose id starts with *prefix*; StoreError if there is none or several."""
    statement = select(TEMPLATE_RUNS).where(TEMPLATE_RUNS.c.id.startswith(prefix, autoescape=True)).limit(2)
    rows = connection.execute(statement).all()
    if not prefix or len(rows) != 1:
        problem = "several runs start" if len(rows) > 1 and prefix else "no run starts"
        raise NotKept(f'{problem} with "{storable(prefix)}"', hint="`keepstep run list` shows the runs")
    return rows[0]


def number_of(connection: Connection, run: str) -> int:
    """Return the number that other tables know *run* by."""
    return found(connection, run).number


def run_of(row: Row[*tuple[Any, ...]], counts: Mapping[SubjectState, int]) -> TemplateRun:
    """Return the run of *row*."""
    return TemplateRun(
        id=RunId(row.id),
        template=row.template,
        version=row.version,
        state=TemplateRunState(row.state),
        operator=row.operator,
        started=row.started,
        ended=row.ended,
        note=row.note,
        counts=counts,
        canary=row.canary,
    )
