"""The steps of a run: begun before the call, finished after it."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Connection, Text, func, literal_column, null, select

from keepstep.core.plan import Action
from keepstep.core.run import EffectState, RunId, StepResult
from keepstep.core.values import Record, Values
from keepstep.errors import StoreError
from keepstep.store import runs
from keepstep.store.database import Database
from keepstep.store.tables import STEPS, storable, utc_iso
from keepstep.store.tables_events import REMOVED

# Literals, as a parameter costs time for each of a million rows.
_BEGUN: Final = literal_column(f"'{EffectState.BEGUN.value}'", Text)
_NOTHING: Final = literal_column("''", Text)

_RESULT: Final = ("state", "position", "target_key", "detail", "ended_at", "calls")


def begin(database: Database, run: RunId, actions: Sequence[Action], at: datetime) -> None:
    """Write down, on disk when this returns, that *actions* are about to be carried out.

    An action that had a result is begun anew: until it has another, its outcome is not known.
    """
    fresh: dict[str, ColumnElement[Any]] = {
        "state": _BEGUN,
        "position": null(),
        "target_key": _NOTHING,
        "detail": _NOTHING,
        "ended_at": null(),
        "calls": null(),
    }
    statement = database.insert(STEPS).values(fresh)
    again = {**fresh, "begun_at": statement.excluded["begun_at"]}
    statement = statement.on_conflict_do_update(index_elements=["run", "action"], set_=again)
    begun_at = utc_iso(at)
    with database.write() as connection:
        number = runs.number_at_work(connection, run)
        rows = [{"run": number, "action": action.id, "begun_at": begun_at} for action in actions]
        connection.execute(statement, rows)


def finish(database: Database, run: RunId, results: Sequence[StepResult], at: datetime) -> None:
    """Write down what came of actions, in this order, behind all earlier results of the run."""
    statement = database.insert(STEPS)
    new = statement.excluded
    changed = {name: new[name] for name in _RESULT}
    statement = statement.on_conflict_do_update(index_elements=["run", "action"], set_=changed)
    ended_at = utc_iso(at)
    with database.write() as connection:
        number, earlier = runs.count_results(connection, run, len(results))
        rows = [
            {
                "run": number,
                "action": result.action,
                "state": str(result.state),
                "position": position,
                "target_key": storable(result.target_key),
                "detail": storable(result.detail),
                "ended_at": ended_at,
                "calls": result.calls or None,
            }
            for position, result in enumerate(results, earlier + 1)
        ]
        connection.execute(statement, rows)


def states(connection: Connection, run: RunId) -> dict[str, EffectState]:
    """Return the state of every action of *run* that was begun or has a result."""
    known = {state.value: state for state in EffectState}
    statement = select(STEPS.c.action, STEPS.c.state).where(STEPS.c.run == runs.number(connection, run))
    return {action: known[state] for action, state in connection.execute(statement)}


def results(connection: Connection, run: RunId) -> list[StepResult]:
    """Return what came of the actions of *run*, in the order they ended."""
    known = {state.value: state for state in EffectState}
    statement = (
        select(STEPS.c.action, STEPS.c.state, STEPS.c.target_key, STEPS.c.detail, STEPS.c.calls)
        .where(STEPS.c.run == runs.number(connection, run), STEPS.c.position.is_not(None))
        .order_by(STEPS.c.position)
    )
    return [
        StepResult(action=action, state=_known(known, state), target_key=target_key, detail=detail, calls=calls or "")
        for action, state, target_key, detail, calls in connection.execute(statement)
    ]


def page(
    connection: Connection, run: RunId, *, after: int, limit: int, states: Collection[EffectState]
) -> list[tuple[int, StepResult]]:
    """Return what came of actions that are in one of *states*, behind the place *after* in the order they ended."""
    known = {state.value: state for state in EffectState}
    statement = (
        select(STEPS.c.position, STEPS.c.action, STEPS.c.state, STEPS.c.target_key, STEPS.c.detail, STEPS.c.calls)
        .where(STEPS.c.run == runs.number(connection, run), STEPS.c.position > after)
        .where(STEPS.c.state.in_([state.value for state in states]))
        .order_by(STEPS.c.position)
        .limit(limit)
    )
    return [
        (
            place,
            StepResult(
                action=action, state=_known(known, state), target_key=target_key, detail=detail, calls=calls or ""
            ),
        )
        for place, action, state, target_key, detail, calls in connection.execute(statement)
    ]


def progress(connection: Connection, run: RunId, since: datetime) -> tuple[dict[EffectState, int], int]:
    """Return how many actions of *run* stand how, and how many came to an end *since* then."""
    known = {state.value: state for state in EffectState}
    mine = STEPS.c.run == runs.number(connection, run)
    counted = select(STEPS.c.state, func.count()).where(mine).group_by(STEPS.c.state)
    counts = {_known(known, state): count for state, count in connection.execute(counted)}
    ended = select(func.count()).where(mine, STEPS.c.ended_at >= utc_iso(since))
    return counts, connection.execute(ended).scalar_one()


def _known(states: Mapping[str, EffectState], state: str) -> EffectState:
    if state not in states:
        raise StoreError("the journal holds a state that there is none", hint="compare the database with a backup")
    return states[state]


def keep_removed(database: Database, run: RunId, records: Mapping[str, Record]) -> None:
    """Keep how accounts were that are about to be deleted; what was kept first stays."""
    with database.write() as connection:
        number = runs.number(connection, run)
        rows = [
            {"run": number, "action": action, "attributes": json.dumps(dict(record.attributes), ensure_ascii=True)}
            for action, record in records.items()
        ]
        connection.execute(database.insert(REMOVED).on_conflict_do_nothing(), rows)


def removed(connection: Connection, run: RunId) -> dict[str, Mapping[str, Values]]:
    """Return the attributes of the accounts that *run* deleted, by action id."""
    statement = select(REMOVED.c.action, REMOVED.c.attributes).where(REMOVED.c.run == runs.number(connection, run))
    found: dict[str, Mapping[str, Values]] = {}
    for action, text in connection.execute(statement):
        held = cast("dict[str, list[str]]", json.loads(text))
        found[action] = {name: tuple(values) for name, values in held.items()}
    return found
