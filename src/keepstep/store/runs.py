"""Runs: started, ended, found."""

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from keepstep.core.run import Run, RunChoice, RunId, RunState
from keepstep.errors import NotKept, RunLocked, StoreError
from keepstep.store.tables import RUNS, storable

_RUNS: Final = select(RUNS)


def new_id(now: datetime) -> RunId:
    """Return an id that sorts by time and that no other run has: `20260304T050607123-9f8e7d6c`, UTC."""
    moment = now.astimezone(UTC)
    return RunId(f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}-{secrets.token_hex(4)}")


def start(connection: Connection, run: Run) -> None:
    """Write down a run that begins."""
    row = {
        "id": run.id,
        "rule": run.rule,
        "plan": run.plan,
        "state": run.state.value,
        "operator": storable(run.operator),
        "started": run.started,
        "note": "",
        "results": 0,
    }
    connection.execute(insert(RUNS), row)


def end(connection: Connection, run: RunId, state: RunState, *, note: str, at: datetime) -> None:
    """Write down how a run ended; how it ended first is what counts."""
    unended = update(RUNS).where(RUNS.c.id == run, RUNS.c.state == RunState.RUNNING.value)
    connection.execute(unended.values(state=state.value, ended=at, note=storable(note)))


def unfinished(connection: Connection, rule: str) -> Run | None:
    """Return the run of *rule* that has not ended, or None."""
    statement = _RUNS.where(RUNS.c.rule == rule, RUNS.c.state == RunState.RUNNING.value)
    row = connection.execute(statement).first()
    return None if row is None else _run(row)


def all_unfinished(connection: Connection) -> list[Run]:
    """Return the runs that have not ended, oldest first."""
    statement = _RUNS.where(RUNS.c.state == RunState.RUNNING.value).order_by(RUNS.c.number)
    return [_run(row) for row in connection.execute(statement)]


def newest(connection: Connection, limit: int, plan: str = "") -> list[Run]:
    """Return the newest runs first, of the plan with the digest *plan* or of all."""
    wanted = _RUNS.where(RUNS.c.plan == plan) if plan else _RUNS
    return [_run(row) for row in connection.execute(wanted.order_by(RUNS.c.number.desc()).limit(limit))]


def chosen(connection: Connection, choice: RunChoice, limit: int) -> list[Run]:
    """Return the newest runs first that *choice* means."""
    wanted = _RUNS.order_by(RUNS.c.number.desc()).limit(limit)
    if choice.rules is not None:
        wanted = wanted.where(RUNS.c.rule.in_(choice.rules))
    if choice.state is not None:
        wanted = wanted.where(RUNS.c.state == choice.state.value)
    if choice.operator:
        wanted = wanted.where(RUNS.c.operator == storable(choice.operator))
    if choice.before:
        wanted = wanted.where(RUNS.c.number < number(connection, RunId(choice.before)))
    return [_run(row) for row in connection.execute(wanted)]


def rules(connection: Connection) -> list[str]:
    """Return the rules that ever ran."""
    return list(connection.execute(select(RUNS.c.rule).distinct().order_by(RUNS.c.rule)).scalars())


def cancel(connection: Connection, run: RunId, *, note: str, at: datetime) -> bool:
    """End a run that has not ended; False if it has."""
    unended = update(RUNS).where(RUNS.c.id == run, RUNS.c.state == RunState.RUNNING.value)
    changed = unended.values(state=RunState.CANCELLED.value, ended=at, note=storable(note))
    return connection.execute(changed).rowcount == 1


def find(connection: Connection, prefix: str) -> Run:
    """Return the run whose id starts with *prefix*; StoreError if there is none or several."""
    statement = _RUNS.where(RUNS.c.id.startswith(prefix, autoescape=True)).limit(2)
    rows = connection.execute(statement).all()
    if not prefix or len(rows) != 1:
        problem = "several runs start" if len(rows) > 1 and prefix else "no run starts"
        raise NotKept(f'{problem} with "{storable(prefix)}"', hint="`keepstep run list` shows the runs")
    return _run(rows[0])


def number(connection: Connection, run: RunId) -> int:
    """Return the number of *run*; StoreError if there is none."""
    found = connection.execute(select(RUNS.c.number).where(RUNS.c.id == run)).scalar()
    if found is None:
        raise _unknown(run)
    return found


def number_at_work(connection: Connection, run: RunId) -> int:
    """Return the number of *run*, which has not ended. RunLocked if it was ended meanwhile."""
    row = connection.execute(select(RUNS.c.number, RUNS.c.state).where(RUNS.c.id == run)).first()
    if row is None:
        raise _unknown(run)
    found, state = row
    if state != RunState.RUNNING.value:
        raise RunLocked(f"run {run} was ended meanwhile: {state}", hint="nothing more is written; make a new plan")
    return found


def count_results(connection: Connection, run: RunId, more: int) -> tuple[int, int]:
    """Return the number of *run* and how many results it had, and note that there are *more*."""
    statement = (
        update(RUNS)
        .where(RUNS.c.id == run)
        .values(results=RUNS.c.results + more)
        .returning(RUNS.c.number, RUNS.c.results)
    )
    row = connection.execute(statement).first()
    if row is None:
        raise _unknown(run)
    found, results = row
    return found, results - more


def _run(row: Row[*tuple[Any, ...]]) -> Run:
    return Run(
        id=row.id,
        rule=row.rule,
        plan=row.plan,
        state=RunState(row.state),
        operator=row.operator,
        started=row.started,
        ended=row.ended,
        note=row.note,
        results=row.results,
    )


def _unknown(run: RunId) -> StoreError:
    return NotKept(f'there is no run "{storable(run)}"', hint="`keepstep run list` shows the runs")
