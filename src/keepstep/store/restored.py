"""What a database that was put back to an earlier moment says wrongly, and what goes on in it by itself."""

from sqlalchemy import delete, select

from keepstep.core.automation_run import AutomationState
from keepstep.core.run import RunState
from keepstep.core.template_run import TemplateRunState
from keepstep.store.database import Database
from keepstep.store.tables import RUNS, TEMPLATE_RUNS
from keepstep.store.tables_events import AUTOMATION_RUNS
from keepstep.store.tables_operators import INVITATIONS, SESSIONS


def end_sign_ins(database: Database) -> None:
    """End every session and open invitation: which of them were ended or used since is not known any more."""
    with database.write() as connection:
        connection.execute(delete(SESSIONS))
        connection.execute(delete(INVITATIONS).where(INVITATIONS.c.used.is_(None)))


def unfinished(database: Database) -> list[str]:
    """Return the ids of the runs that a worker goes on with, of plans, templates and automations."""
    running = (
        select(RUNS.c.id).where(RUNS.c.state == RunState.RUNNING.value),
        select(TEMPLATE_RUNS.c.id).where(TEMPLATE_RUNS.c.state == TemplateRunState.RUNNING.value),
        select(AUTOMATION_RUNS.c.id).where(
            AUTOMATION_RUNS.c.state.in_([AutomationState.QUEUED.value, AutomationState.RUNNING.value])
        ),
    )
    with database.read() as connection:
        return [str(one) for statement in running for one in connection.execute(statement).scalars()]
