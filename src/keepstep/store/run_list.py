"""All runs in one order: a page of each kind, read by an index and never whole."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, Table, func, or_, select, tuple_

from keepstep.core.automation_run import automation_of
from keepstep.core.run import RunId, RunState
from keepstep.core.run_list import Place, RunKind, RunListed, RunsOfKind
from keepstep.core.template_run import SubjectState, TemplateRunState
from keepstep.errors import NotKept
from keepstep.store.database import Database
from keepstep.store.tables import RUNS, SUBJECTS, TEMPLATE_RUNS, storable
from keepstep.store.tables_events import AUTOMATION_RUNS

_KINDS: Final = (RUNS, TEMPLATE_RUNS)


class SqlRunList:
    """The runs of plans and of templates in the database, as a list tells them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def place(self, run: str) -> Place:
        """Return where *run* stands in the order of all; StoreError if there is none."""
        with self._database.read() as connection:
            for table in _KINDS:
                row = connection.execute(select(table.c.started, table.c.id).where(table.c.id == run)).first()
                if row is not None:
                    return row.started, RunId(row.id)
        raise NotKept(f'there is no run "{storable(run)}"', hint="`keepstep run list` shows the runs")

    def of_plans(self, asked: RunsOfKind, limit: int) -> list[RunListed]:
        """Return the newest runs of plans that *asked* means."""
        with self._database.read() as connection:
            rows = connection.execute(_page(RUNS, RUNS.c.rule, asked, limit)).all()
            automations = _automations(connection, [row.id for row in rows])
        return [_plan(row, automations.get(row.id, "")) for row in rows]

    def of_templates(self, asked: RunsOfKind, limit: int) -> list[RunListed]:
        """Return the newest runs of templates that *asked* means."""
        with self._database.read() as connection:
            rows = connection.execute(_page(TEMPLATE_RUNS, TEMPLATE_RUNS.c.template, asked, limit)).all()
            counts = _counts(connection, [row.number for row in rows])
        return [_template(row, counts[row.number]) for row in rows]


def _page(table: Table, name: Column[Any], asked: RunsOfKind, limit: int) -> Select[*tuple[Any, ...]]:
    statement = select(table).order_by(table.c.started.desc(), table.c.id.desc()).limit(limit)
    if asked.before is not None:
        place = tuple_(table.c.started, table.c.id)
        statement = statement.where(place < tuple_(*asked.before, types=[table.c.started.type, table.c.id.type]))
    if asked.names is not None:
        reached = func.lower(name).in_(sorted(asked.names))
        statement = statement.where(or_(reached, table.c.operator == storable(asked.own)) if asked.own else reached)
    if asked.states is not None:
        statement = statement.where(table.c.state.in_(sorted(asked.states)))
    if asked.operator:
        statement = statement.where(table.c.operator == storable(asked.operator))
    if asked.text:
        statement = statement.where(func.lower(name).contains(storable(asked.text).lower(), autoescape=True))
    return statement


def _automations(connection: Connection, runs: Sequence[str]) -> Mapping[str, str]:
    """Return the automation that started each of *runs*, for those that one did; it is known once a run is over."""
    columns = AUTOMATION_RUNS.c.run, AUTOMATION_RUNS.c.automation
    found = connection.execute(select(*columns).where(AUTOMATION_RUNS.c.run.in_(runs)))
    return {run: automation for run, automation in found}  # noqa: C416 - rows are no pairs


def _counts(connection: Connection, numbers: Sequence[int]) -> Mapping[int, dict[SubjectState, int]]:
    columns = SUBJECTS.c.run, SUBJECTS.c.state
    counted = select(*columns, func.count()).where(SUBJECTS.c.run.in_(numbers)).group_by(*columns)
    counts: defaultdict[int, dict[SubjectState, int]] = defaultdict(dict)
    for run, state, count in connection.execute(counted):
        counts[run][SubjectState(state)] = count
    return counts


def _plan(row: Row[*tuple[Any, ...]], automation: str) -> RunListed:
    return RunListed(
        kind=RunKind.PLAN,
        id=RunId(row.id),
        of=row.rule,
        state=RunState(row.state),
        operator=row.operator,
        automation=automation,
        started=row.started,
        ended=row.ended,
        note=row.note,
        count=row.results,
    )


def _template(row: Row[*tuple[Any, ...]], counts: Mapping[SubjectState, int]) -> RunListed:
    return RunListed(
        kind=RunKind.TEMPLATE,
        id=RunId(row.id),
        of=row.template,
        state=TemplateRunState(row.state),
        operator=row.operator,
        automation=automation_of(row.operator),
        started=row.started,
        ended=row.ended,
        note=row.note,
        count=sum(counts.values()),
        counts=counts,
    )
