"""Automations: what is remembered of each, and their starts, each cause once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from keepstep.core.automation_run import OPEN, AutomationRun, AutomationStanding, AutomationState
from keepstep.core.chunk import Chunk, ChunkKind, Claim
from keepstep.core.run import RunId
from keepstep.errors import NotKept, StoreError
from keepstep.ports import Clock
from keepstep.store import chunks
from keepstep.store.database import Database
from keepstep.store.runs import new_id
from keepstep.store.tables import storable
from keepstep.store.tables_events import AUTOMATION_RUNS, AUTOMATIONS, EVENTS

_OPEN: Final = [state.value for state in OPEN]


class SqlAutomations:
    """The automations in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # ---------------------------------------------------------------- what is remembered

    def standing(self, name: str) -> AutomationStanding:
        """Return what is remembered of *name*; one that was never seen begins now, and catches up on nothing."""
        with self._database.read() as connection:
            row = connection.execute(select(AUTOMATIONS).where(AUTOMATIONS.c.name == name)).first()
        return _standing(row) if row is not None else self._begun(name, anew=False)

    def begin(self, name: str) -> AutomationStanding:
        """Let *name* begin now, as if it had never been seen; return how it stands."""
        return self._begun(name, anew=True)

    def _begun(self, name: str, *, anew: bool) -> AutomationStanding:
        """Let *name* begin now; if it is known, as another process was first, only *anew*."""
        now = self._clock.now()
        with self._database.write() as connection:
            last = connection.execute(select(func.max(EVENTS.c.number))).scalar() or 0
            values = {"name": name, "handled": now, "seen": last, "good": -1, "basis": "", "full_at": None}
            statement = self._database.insert(AUTOMATIONS).values(values)
            again = statement.on_conflict_do_update(index_elements=["name"], set_={"handled": now, "seen": last})
            connection.execute(again if anew else statement.on_conflict_do_nothing())
            row = connection.execute(select(AUTOMATIONS).where(AUTOMATIONS.c.name == name)).one()
            return _standing(row)

    def all_standing(self) -> dict[str, AutomationStanding]:
        """Return what is remembered of all automations."""
        with self._database.read() as connection:
            return {row.name: _standing(row) for row in connection.execute(select(AUTOMATIONS))}

    # ---------------------------------------------------------------- starts

    def due(self, run: AutomationRun, before: AutomationStanding) -> bool:
        """Write down the start *run*, whose time has come, and that its schedule was looked at until then.

        False, and nothing is written, if another process did.
        """
        moved = update(AUTOMATIONS).where(AUTOMATIONS.c.name == run.automation, AUTOMATIONS.c.handled == before.handled)
        with self._database.write() as connection:
            if connection.execute(moved.values(handled=run.due)).rowcount != 1:
                return False
            return self._add(connection, run)

    def pass_over(self, name: str, before: AutomationStanding, until: datetime) -> None:
        """Write down that the schedule of *name* was looked at *until* then, and nothing is started."""
        moved = update(AUTOMATIONS).where(AUTOMATIONS.c.name == name, AUTOMATIONS.c.handled == before.handled)
        with self._database.write() as connection:
            connection.execute(moved.values(handled=until))

    def seen(self, name: str, before: AutomationStanding, upto: int, runs: Sequence[AutomationRun]) -> bool:
        """Write down *runs*, and that *name* has seen the events up to *upto*; False if another process did."""
        moved = update(AUTOMATIONS).where(AUTOMATIONS.c.name == name, AUTOMATIONS.c.seen == before.seen)
        with self._database.write() as connection:
            if connection.execute(moved.values(seen=upto)).rowcount != 1:
                return False
            for run in runs:
                self._add(connection, run)
            return True

    def ask(self, run: AutomationRun) -> AutomationRun:
        """Write down a start that a person asked for; return it."""
        with self._database.write() as connection:
            self._add(connection, run)
        return self.run(run.id)

    def new_id(self) -> RunId:
        """Return an id for a start."""
        return new_id(self._clock.now())

    def _add(self, connection: Connection, run: AutomationRun) -> bool:
        statement = self._database.insert(AUTOMATION_RUNS).values(_row(run)).on_conflict_do_nothing()
        made = connection.execute(statement.returning(AUTOMATION_RUNS.c.number)).first() is not None
        if made and run.open:
            chunks.add(connection, [Chunk(kind=ChunkKind.AUTOMATION, run=run.id, number=0)], self._clock.now())
        return made

    # ---------------------------------------------------------------- what comes of a start

    def run(self, prefix: str) -> AutomationRun:
        """Return the start whose id begins with *prefix*; StoreError if there is none or several."""
        statement = select(AUTOMATION_RUNS).where(AUTOMATION_RUNS.c.id.startswith(prefix, autoescape=True)).limit(2)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        if not prefix or len(rows) != 1:
            raise NotKept(
                f'no automation was started as "{storable(prefix)}"', hint="`keepstep automation history` shows them"
            )
        return _run(rows[0])

    def runs(self, name: str = "", *, limit: int = 50) -> list[AutomationRun]:
        """Return the newest starts first, of *name* or of all."""
        statement = select(AUTOMATION_RUNS).order_by(AUTOMATION_RUNS.c.number.desc()).limit(limit)
        if name:
            statement = statement.where(AUTOMATION_RUNS.c.automation == name)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(statement)]

    def earlier(self, run: AutomationRun) -> AutomationRun | None:
        """Return the oldest start of the same automation that began before *run* and is not over."""
        mine = select(AUTOMATION_RUNS.c.number).where(AUTOMATION_RUNS.c.id == run.id).scalar_subquery()
        statement = (
            select(AUTOMATION_RUNS)
            .where(
                AUTOMATION_RUNS.c.automation == run.automation,
                AUTOMATION_RUNS.c.state.in_(_OPEN),
                AUTOMATION_RUNS.c.number < mine,
            )
            .order_by(AUTOMATION_RUNS.c.number)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(statement).first()
        return None if row is None else _run(row)

    def keep(self, claim: Claim, run: AutomationRun, *, covers: bool = False) -> AutomationRun:
        """Write down how *run* stands; ClaimLost if another worker took it over.

        *covers*: it did what the starts want that wait because of something that happened before it began to read.
        """
        with self._database.write() as connection:
            self._keep(connection, claim, run, covers=covers)
        return run

    def _keep(self, connection: Connection, claim: Claim, run: AutomationRun, *, covers: bool) -> None:
        chunks.check(connection, claim)
        values = {key: value for key, value in _row(run).items() if key not in {"id", "automation", "cause"}}
        connection.execute(update(AUTOMATION_RUNS).where(AUTOMATION_RUNS.c.id == run.id).values(values))
        if run.open:
            return
        queued = AUTOMATION_RUNS.c.automation == run.automation, AUTOMATION_RUNS.c.state == AutomationState.QUEUED.value
        if covers:
            known = AUTOMATION_RUNS.c.event > 0, AUTOMATION_RUNS.c.event <= run.upto
            told = json.dumps([f"start {run.id} saw to it"])
            ended = {"state": AutomationState.SKIPPED.value, "reasons": told, "ended": run.ended}
            connection.execute(update(AUTOMATION_RUNS).where(*queued, *known).values(ended))
        first = select(AUTOMATION_RUNS.c.id).where(*queued).order_by(AUTOMATION_RUNS.c.number).limit(1)
        if (following := connection.execute(first).scalar()) is not None:
            chunks.wake(connection, RunId(following), self._clock.now())

    def good(self, claim: Claim, run: AutomationRun, basis: str, *, full: bool) -> AutomationRun:
        """Write down that *run* ended well and covers what waits, and that the next goes on from where it read."""
        after: dict[str, Any] = {"good": run.upto, "basis": basis}
        if full:
            after["full_at"] = run.begun
        with self._database.write() as connection:
            self._keep(connection, claim, run, covers=True)
            connection.execute(update(AUTOMATIONS).where(AUTOMATIONS.c.name == run.automation).values(after))
        return run

    def cancel(self, prefix: str, note: str) -> AutomationRun:
        """End a start that has not begun to write anything."""
        run = self.run(prefix)
        ended = replace(run, state=AutomationState.SKIPPED, reasons=(note,), ended=self._clock.now())
        here = (
            AUTOMATION_RUNS.c.id == run.id,
            AUTOMATION_RUNS.c.state.in_([AutomationState.QUEUED.value, AutomationState.APPROVAL.value]),
        )
        with self._database.write() as connection:
            chunks.hold(connection, run.id)
            values = {"state": ended.state.value, "reasons": json.dumps(ended.reasons), "ended": ended.ended}
            if connection.execute(update(AUTOMATION_RUNS).where(*here).values(values)).rowcount != 1:
                raise StoreError(f"start {run.id} is {run.state}: it cannot be called off any more", hint="")
        return ended


def _row(run: AutomationRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "automation": run.automation,
        "cause": storable(run.cause),
        "due": run.due,
        "state": run.state.value,
        "operator": storable(run.operator),
        "plan_only": int(run.plan_only),
        "event": run.event,
        "upto": run.upto,
        "plan": run.plan,
        "run": run.run,
        "counts": json.dumps(dict(run.counts)),
        "reasons": json.dumps([storable(reason) for reason in run.reasons]),
        "begun": run.begun,
        "ended": run.ended,
    }


def _run(row: Row[*tuple[Any, ...]]) -> AutomationRun:
    counts: Mapping[str, int] = json.loads(row.counts)
    return AutomationRun(
        id=RunId(row.id),
        automation=row.automation,
        cause=row.cause,
        due=row.due,
        state=AutomationState(row.state),
        operator=row.operator,
        plan_only=bool(row.plan_only),
        event=row.event,
        upto=row.upto,
        plan=row.plan,
        run=row.run,
        counts=counts,
        reasons=tuple(json.loads(row.reasons)),
        begun=row.begun,
        ended=row.ended,
    )


def _standing(row: Row[*tuple[Any, ...]]) -> AutomationStanding:
    return AutomationStanding(handled=row.handled, seen=row.seen, good=row.good, basis=row.basis, full=row.full_at)
