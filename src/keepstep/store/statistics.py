"""Numbers about a database: how much of everything there is, and how it stands; nothing of what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Table, func, select, text

from keepstep.core.automation_run import AutomationState
from keepstep.core.run import EffectState, RunState
from keepstep.core.template_run import SubjectState, TemplateRunState
from keepstep.store.database import Database
from keepstep.store.tables import RUNS, STEPS, SUBJECTS, TEMPLATE_RUNS
from keepstep.store.tables_events import AUTOMATION_RUNS, METADATA

_STANDING: Final[tuple[tuple[Table, type[StrEnum]], ...]] = (
    (RUNS, RunState),
    (STEPS, EffectState),
    (TEMPLATE_RUNS, TemplateRunState),
    (SUBJECTS, SubjectState),
    (AUTOMATION_RUNS, AutomationState),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """*engine*: the database and its version. *rows*: by table. *states*: how many rows of a table are in which."""

    engine: str
    schema: str
    rows: Mapping[str, int]
    states: Mapping[str, Mapping[str, int]]


def statistics(database: Database) -> Statistics:
    """Return the numbers of one moment."""
    version = text("SHOW server_version") if database.postgres else text("SELECT sqlite_version()")
    kind = "PostgreSQL" if database.postgres else "SQLite"
    with database.read() as connection:
        engine = f"{kind} {connection.execute(version).scalar_one()}"
        rows = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }
        states: dict[str, dict[str, int]] = {}
        for table, known in _STANDING:
            found = connection.execute(select(table.c.state, func.count()).group_by(table.c.state)).all()
            states[table.name] = {state: count for state, count in found if state in set(known)}
    return Statistics(engine=engine, schema=database.revision, rows=rows, states=states)
