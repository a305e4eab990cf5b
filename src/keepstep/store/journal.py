"""Plans, runs and their steps: what was intended before each call, and what came of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from keepstep.core.plan import Action, Plan
from keepstep.core.run import EffectState, KeptPlan, Run, RunChoice, RunId, RunProgress, RunState, StepResult
from keepstep.core.values import Record, Values, Verdict
from keepstep.errors import RunLocked
from keepstep.ports import Clock
from keepstep.store import plans, reads, runs, steps
from keepstep.store.database import Database
from keepstep.telemetry.event import event

LATELY: Final = timedelta(seconds=30)
"""By what of a run the rate is told."""


class SqlJournal:
    """The journal in the database; each method is one transaction, on disk when it returns."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save_plan(self, plan: Plan) -> None:
        """Keep *plan* under its digest."""
        with self._database.write() as connection:
            plans.save(connection, plan, digest=plan.digest, at=self._clock.now())

    def plan(self, digest: str) -> Plan:
        """Return the plan whose digest starts with *digest*; StoreError if there is none or several."""
        with self._database.read() as connection:
            return plans.load(connection, digest)

    def open_run(self, plan: Plan, *, operator: str) -> Run:
        """Start a run of *plan*, or return its unfinished run, which was interrupted.

        The interrupted run of another plan of the rule is ended as STOPPED. RunLocked if somebody is at work on the
        rule: another living process, or another task of this one.
        """
        locks = self._database.locks
        if locks.holds(plan.rule) or not locks.acquire(plan.rule):
            raise self._at_work(plan.rule)
        try:
            run = self._open(plan, operator)
        except BaseException:
            locks.release(plan.rule)
            raise
        event("run_begun", run=run.id, rule=run.rule)
        return run

    def interrupted(self, rule: str) -> Run | None:
        """Return the run of *rule* that has not ended, or None. Whether somebody is at work on it, `open_run` tells."""
        with self._database.read() as connection:
            return runs.unfinished(connection, rule)

    def unfinished(self) -> list[Run]:
        """Return the runs that have not ended, oldest first; somebody may be at work on them."""
        with self._database.read() as connection:
            return runs.all_unfinished(connection)

    def close_run(self, run: RunId, state: RunState, note: str = "") -> None:
        """Say how a run ended, and let go of its rule. RUNNING: leave it unfinished, to be taken up again."""
        with self._database.write() as connection:
            rule = runs.find(connection, run).rule
            if state is not RunState.RUNNING:
                runs.end(connection, run, state, note=note, at=self._clock.now())
        self._database.locks.release(rule)
        event("run_ended", run=run, rule=rule, state=state)

    def plans(self, rules: Collection[str], *, limit: int = 50) -> list[KeptPlan]:
        """Return the plans of *rules* that were seen last, the newest first."""
        with self._database.read() as connection:
            return plans.newest(connection, limit, rules)

    def runs(self, *, limit: int = 50, plan: str = "") -> list[Run]:
        """Return the newest runs first, of the plan with the digest *plan* or of all."""
        with self._database.read() as connection:
            return runs.newest(connection, limit, plan)

    def chosen_runs(self, choice: RunChoice, *, limit: int = 50) -> list[Run]:
        """Return the newest runs first that *choice* means."""
        with self._database.read() as connection:
            return runs.chosen(connection, choice, limit)

    def rules(self) -> list[str]:
        """Return the rules that ever ran."""
        with self._database.read() as connection:
            return runs.rules(connection)

    def cancel(self, run: RunId, note: str) -> bool:
        """End *run*, so that whoever is at work on it begins nothing more; False if it has ended."""
        with self._database.write() as connection:
            return runs.cancel(connection, run, note=note, at=self._clock.now())

    def run(self, prefix: str) -> Run:
        """Return the run whose id starts with *prefix*; StoreError if there is none or several."""
        with self._database.read() as connection:
            return runs.find(connection, prefix)

    def begin(self, run: RunId, actions: Sequence[Action]) -> None:
        """Write down, durably and before any call, that *actions* are about to be carried out.

        RunLocked if the run was ended meanwhile, by a person at another terminal.
        """
        if actions:
            steps.begin(self._database, run, actions, self._clock.now())

    def finish(self, run: RunId, results: Sequence[StepResult]) -> None:
        """Write down what came of actions. An action that was never begun may have a result too."""
        if results:
            steps.finish(self._database, run, results, self._clock.now())

    def keep_removed(self, run: RunId, records: Mapping[str, Record]) -> None:
        """Keep how accounts were that are about to be deleted, by action id."""
        if records:
            steps.keep_removed(self._database, run, records)

    def removed(self, run: RunId) -> dict[str, Mapping[str, Values]]:
        """Return the attributes of the accounts that *run* deleted, by action id."""
        with self._database.read() as connection:
            return steps.removed(connection, run)

    def states(self, run: RunId) -> dict[str, EffectState]:
        """Return the state of every action of *run* that was begun or has a result, by action id."""
        with self._database.read() as connection:
            return steps.states(connection, run)

    def results(self, run: RunId) -> list[StepResult]:
        """Return what came of the actions of *run*, in the order they ended."""
        with self._database.read() as connection:
            return steps.results(connection, run)

    def page(
        self, run: RunId, *, after: int = 0, limit: int = 100, states: Collection[EffectState] = tuple(EffectState)
    ) -> list[tuple[int, StepResult]]:
        """Return what came of actions of *run* that are in one of *states*, each with its place, behind *after*."""
        with self._database.read() as connection:
            return steps.page(connection, run, after=after, limit=limit, states=states)

    def progress(self, run: Run) -> RunProgress:
        """Return how far *run* is."""
        began = max(run.started, self._clock.now() - LATELY)
        with self._database.read() as connection:
            counts, lately = steps.progress(connection, run.id, began)
        return RunProgress(counts=counts, lately=lately, seconds=(self._clock.now() - began).total_seconds())

    def refusals(self, rule: str) -> dict[str, str]:
        """Return the remembered refusals of *rule*: fingerprint of the refused change to reason."""
        with self._database.read() as connection:
            return reads.refusals(connection, rule)

    def remember_refusals(self, rule: str, refusals: Mapping[str, str]) -> None:
        """Remember refused changes, so that the same one is not tried again until something differs."""
        if refusals:
            reads.remember_refusals(self._database, rule, refusals, self._clock.now())

    def forget_refusals(self, rule: str) -> None:
        """Forget what was refused, so that the next plan tries it again."""
        with self._database.write() as connection:
            reads.forget_refusals(connection, rule)

    def mark(self, rule: str) -> str:
        """Return how far the last plan of *rule* that was applied had read its source; empty: nowhere."""
        with self._database.read() as connection:
            return reads.mark(connection, rule)

    def advance(self, rule: str, mark: str) -> None:
        """Remember how far a plan of *rule* had read its source, as all of it is done."""
        reads.advance(self._database, rule, mark, self._clock.now())

    def last_size(self, side: str) -> int | None:
        """Return how many records the last complete read of *side* had."""
        with self._database.read() as connection:
            return reads.last_size(connection, side)

    def record_read(self, side: str, verdict: Verdict) -> None:
        """Remember how a read ended."""
        with self._database.write() as connection:
            reads.record(connection, side, verdict, self._clock.now())

    def _open(self, plan: Plan, operator: str) -> Run:
        digest, now = plan.digest, self._clock.now()
        with self._database.write() as connection:
            if (run := runs.unfinished(connection, plan.rule)) is not None:
                if run.plan == digest:
                    return run
                runs.end(connection, run.id, RunState.STOPPED, note=f"superseded by plan {digest[:12]}", at=now)
            if not plans.known(connection, digest):
                plans.save(connection, plan, digest=digest, at=now)
            run = Run(
                id=runs.new_id(now),
                rule=plan.rule,
                plan=digest,
                state=RunState.RUNNING,
                operator=operator,
                started=now,
            )
            runs.start(connection, run)
            return run

    def _at_work(self, rule: str) -> RunLocked:
        run = self.interrupted(rule)
        named = f"run {run.id} of" if run else "a run of"
        where = "this" if self._database.locks.holds(rule) else "another"
        return RunLocked(f'{named} rule "{rule}" is at work in {where} process', hint="wait until it has ended")
