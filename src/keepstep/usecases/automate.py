"""Carry out one start of an automation: a rule, a mapping with a task, or a template for whom it is about."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from keepstep.core.approval import Agreement, ApprovalState
from keepstep.core.automation import AutomationSpec
from keepstep.core.automation_run import AutomationRun, AutomationStanding, AutomationState, operator_of
from keepstep.core.chunk import Claim
from keepstep.core.configuration import Configuration
from keepstep.core.duration import parse_duration
from keepstep.core.event import Event
from keepstep.core.event_match import given_by
from keepstep.core.guard import Override, Trip, check_plan
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import Plan, digest_of
from keepstep.core.report_spec import ReportSpec
from keepstep.core.run import EffectState, Run, RunState
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.template_run import Begun
from keepstep.core.values import Values
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import CircuitOpen, ClaimLost, KeepstepError, PlanStale, Retry, RunLocked
from keepstep.ports import Ports
from keepstep.usecases.approve import ApprovalDesk, Asked, override_by, seek
from keepstep.usecases.choose_again import Applied, apply_choosing_again
from keepstep.usecases.make_report import MadeReport
from keepstep.usecases.populate import population_of
from keepstep.usecases.reconcile import Changed, reconcile
from keepstep.usecases.rescue import AUTOMATED
from keepstep.usecases.start_run import NewRuns, start_run

AGAIN: Final = timedelta(seconds=5)
"""So soon what waits, for people or for an earlier start, is looked at again."""

_GAPS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""How long is waited before a start that a system could not be asked for is tried again; then it has failed."""

_COMPARED: Final = frozenset({AutomationState.PARTIAL, AutomationState.GUARDED, AutomationState.REJECTED})
"""How a start ends badly that compared everything: another one for what happened before it would end the same way."""

REASONS: Final = 5
"""So many reasons are kept of a start: a run has them all."""


class AutomationLedger(Protocol):
    """Where starts, and what comes of them, are written down. ClaimLost if another worker took the start over."""

    def run(self, prefix: str) -> AutomationRun:
        """Return the start whose id begins with *prefix*."""
        ...

    def standing(self, name: str) -> AutomationStanding:
        """Return what is remembered of the automation *name*."""
        ...

    def earlier(self, run: AutomationRun) -> AutomationRun | None:
        """Return the oldest start of the same automation that began before *run* and is not over."""
        ...

    def keep(self, claim: Claim, run: AutomationRun, *, covers: bool = False) -> AutomationRun:
        """Write down how *run* stands. *covers*: starts for what happened before it began are over as well."""
        ...

    def good(self, claim: Claim, run: AutomationRun, basis: str, *, full: bool) -> AutomationRun:
        """Write down that *run* ended well and covers what waits, and that the next one goes on from where it read."""
        ...


class Happened(Protocol):
    """What happened, looked up."""

    def since(self, number: int, limit: int = 500) -> list[Event]:
        """Return the events behind *number*, oldest first."""
        ...

    def last_number(self) -> int:
        """Return the number of the newest event; 0 if there is none."""
        ...

    def changed(self, side: Side, behind: int, upto: int) -> Changed | None:
        """Return who changed on *side*; None if that is not all, and everything has to be compared."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationDesk:
    """What starts of automations need of the world. *report*: makes one. *follow*: told of each start that is over, or
    waits for people.
    """

    ports: Ports
    ledger: AutomationLedger
    events: Happened
    runs: NewRuns
    approvals: ApprovalDesk
    configuration: Configuration
    webhook_of: Callable[[str], WebhookSpec]
    report: Callable[[str, ReportSpec, AutomationRun], Awaitable[MadeReport]]
    follow: Callable[[AutomationRun, AutomationSpec], None] = lambda _run, _spec: None


async def automate(desk: AutomationDesk, claim: Claim) -> datetime | None:
    """Do what can be done of the start of *claim* now; return when to look again, None: it is over.

    Whatever it runs into is what came of it, and is written down; a system that cannot be asked is asked again later.
    """
    run = desk.ledger.run(claim.chunk.run)
    spec = desk.configuration.automations.get(run.automation)
    if not run.open:
        return None
    start = _Start(desk=desk, claim=claim, run=run, spec=spec or _NOTHING)
    if spec is None:
        return start.over(AutomationState.FAILED, "there is no such automation any more")
    if run.state is AutomationState.QUEUED and (before := desk.ledger.earlier(run)) is not None:
        if spec.concurrency == "queue" or (run.event and not start.by_subject):
            return desk.ports.clock.now() + AGAIN
        if not run.event:
            return start.over(AutomationState.SKIPPED, f"start {before.id} was not over")
        # who is hired is not greeted later because somebody else is being greeted
    try:
        return await start.perform()
    except (ClaimLost, RunLocked):
        raise
    except CircuitOpen as exc:
        return start.rests(exc.until, exc.message)
    except KeepstepError as exc:
        if exc.retry is Retry.LATER and (again := start.later(exc.message)) is not None:
            return again
        return start.over(AutomationState.FAILED, exc.message)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A rule, and the name under which its links and plans are kept."""

    name: str
    rule: SyncRule
    mapping: MappingSpec

    @property
    def basis(self) -> str:
        """What tells one form of it from another: a change has everything compared again."""
        return digest_of((self.name, self.rule.model_dump(mode="json"), self.mapping.model_dump(mode="json")))


@dataclass(slots=True, kw_only=True)
class _Start:
    """One start at work."""

    desk: AutomationDesk
    claim: Claim
    run: AutomationRun
    spec: AutomationSpec

    @property
    def now(self) -> datetime:
        """The time."""
        return self.desk.ports.clock.now()

    @property
    def _tried(self) -> dict[str, int]:
        """How often it was tried, as its counts tell."""
        return {name: count for name, count in self.run.counts.items() if name == "tries"}

    @property
    def by_subject(self) -> bool:
        """Whether it is done for one subject after the other, and not a comparison of everybody."""
        return self.spec.for_subjects or self.spec.action is not None

    async def perform(self) -> datetime | None:
        """Begin it, or go on with it."""
        if self.run.begun is None:
            begun = replace(self.run, begun=self.now, state=AutomationState.RUNNING)
            self.run = self.desk.ledger.keep(self.claim, replace(begun, upto=self.desk.events.last_number()))
            detail = {"automation": self.run.automation, "cause": self.run.cause}
            self.desk.ports.audit.add("automation", self.run.id, detail, operator=self.run.operator)
        if self.by_subject:
            return await self._template()
        return await (self._report(self.spec.report) if self.spec.report else self._rule())

    async def _report(self, name: str) -> None:
        spec = self.desk.configuration.reports[name]
        if self.run.plan_only:
            return self.over(AutomationState.SUCCEEDED, "only looked: no report was made")
        made = await self.desk.report(name, spec, self.run)
        state = AutomationState.INCOMPLETE if made.incomplete else AutomationState.SUCCEEDED
        return self.over(state, made.incomplete, *made.places)

    # ---------------------------------------------------------------- a rule

    async def _rule(self) -> datetime | None:
        wanted = self._wanted()
        changed = None
        if self.run.plan:
            plan = self.desk.ports.journal.plan(self.run.plan)
        else:
            changed = self._changed(wanted)
            plan = await reconcile(self.desk.ports, wanted.name, wanted.rule, wanted.mapping, changed=changed)
            self.run = self.desk.ledger.keep(
                self.claim, replace(self.run, plan=plan.digest, counts={**self._tried, **_counts(plan)})
            )
        if self.run.plan_only:
            return self.over(AutomationState.SUCCEEDED, "only planned: nothing was applied")
        if not (plan.source.whole and plan.target.complete):
            read = plan.target if plan.source.whole else plan.source
            return self.over(AutomationState.INCOMPLETE, read.reason)
        if plan.empty:
            return self._well("there was nothing to do", wanted, full=changed is None)
        return await self._judged(plan, wanted)

    async def _judged(self, plan: Plan, wanted: _Wanted) -> datetime | None:
        """Apply *plan* where the guards, and all people who have to agree, let it."""
        if (former := self._applied_before(plan)) is not None:
            return self._as_applied(former, wanted, full=plan.source.complete)
        trips = check_plan(plan, wanted.rule.guards)
        agreements = [await self._sought(asked) for asked in self._asked(plan, wanted, trips) if asked.needed]
        lacking = [one for one in agreements if one.state is not ApprovalState.APPROVED]
        if lacking:
            # one that said no is enough, whatever the others are still asked
            return self._waits(next((one for one in lacking if not one.open), lacking[0]))
        override = next((leave for one in agreements if (leave := override_by(one, trips)) is not None), None)
        if trips and override is None:
            return self.over(AutomationState.GUARDED, *(trip.text for trip in trips))
        return await self._applied(plan, wanted, override)

    def _asked(self, plan: Plan, wanted: _Wanted, trips: Sequence[Trip]) -> Iterator[Asked]:
        """Yield what people are asked for the automation, and for its rule, which wants it of whoever applies it."""
        purpose = f"automation {self.run.automation}"
        required = {purpose: self.spec.approve, f"{purpose}, by its rule": wanted.rule.approve}
        for name, requirement in required.items():
            if requirement is not None:
                yield Asked(plan=plan, requirement=requirement, requester=self.run.operator, purpose=name, trips=trips)

    async def _sought(self, asked: Asked) -> Agreement:
        """Return how people stand to it; what expired before this start began is asked anew."""
        agreement = await seek(self.desk.approvals, asked)
        began = self.run.begun or self.now
        if agreement.state is ApprovalState.EXPIRED and agreement.until <= began:
            return await seek(self.desk.approvals, asked, anew=True)
        return agreement

    async def _applied(self, plan: Plan, wanted: _Wanted, override: Override | None) -> datetime | None:
        ports, full = self.desk.ports, plan.source.complete
        try:
            applied = await apply_choosing_again(ports, plan, wanted.rule, wanted.mapping, override=override)
        except RunLocked:
            return self.now + AGAIN
        except PlanStale as exc:
            # what was planned, and maybe approved, is not what would be done now: it is planned, and asked, anew
            self.run = self.desk.ledger.keep(self.claim, replace(self.run, plan="", reasons=(exc.message,)))
            return self.now
        self.run = replace(self.run, run=applied.summary.run.id, counts=_counted(applied))
        if applied.done:
            return self._well("", wanted, full=full)
        undone = [result.detail for result in applied.summary.undone if result.detail]
        state = AutomationState.PARTIAL if applied.summary.state is RunState.PARTIAL else AutomationState.FAILED
        return self.over(state, applied.summary.note, *undone, applied.stopped)

    def _applied_before(self, plan: Plan) -> Run | None:
        """Return the run of *plan* that went on without this start while no worker carried it out."""
        begun = self.run.begun or self.now
        runs = self.desk.ports.journal.runs(plan=plan.digest)
        return next((run for run in runs if run.state is not RunState.RUNNING and run.started >= begun), None)

    def _as_applied(self, run: Run, wanted: _Wanted, *, full: bool) -> datetime | None:
        """End as *run* did."""
        results = self.desk.ports.journal.results(run.id)
        counts = Counter(str(result.state) for result in results)
        self.run = replace(self.run, run=run.id, counts={**self.run.counts, **counts})
        if run.state is RunState.DONE:
            return self._well("", wanted, full=full)
        undone = [result.detail for result in results if result.state is not EffectState.DONE and result.detail]
        return self.over(AutomationState.PARTIAL, run.note, *undone)

    def _wanted(self) -> _Wanted:
        configuration = self.desk.configuration
        if self.spec.rule:
            name, rule = self.spec.rule, configuration.rules[self.spec.rule]
        else:
            mapping = configuration.mappings[self.spec.mapping or ""]
            name, rule = f"{AUTOMATED}{self.run.automation}", self.spec.as_rule(mapping.into)
        return _Wanted(name, rule, configuration.mappings[rule.mapping])

    def _changed(self, wanted: _Wanted) -> Changed | None:
        """Return who changed since the last good start; None: everything is to be compared."""
        standing = self.desk.ledger.standing(self.run.automation)
        if self.spec.scope == "full" or standing.good < 0 or standing.full is None:
            return None
        if self.now - standing.full > parse_duration(self.spec.full_every) or standing.basis != wanted.basis:
            return None
        return self.desk.events.changed(wanted.rule.source_side, standing.good, self.run.upto)

    def _waits(self, agreement: Agreement) -> datetime | None:
        if agreement.state is ApprovalState.PENDING:
            waits = replace(self.run, state=AutomationState.APPROVAL, reasons=(f"request {agreement.request.id}",))
            if waits != self.run:
                self.desk.follow(waits, self.spec)
                self.run = self.desk.ledger.keep(self.claim, waits)
            return self.now + AGAIN
        return self.over(AutomationState.REJECTED, f"request {agreement.request.id} was {agreement.state}")

    # ---------------------------------------------------------------- a template

    async def _template(self) -> datetime | None:
        name = self.spec.template or self.run.automation
        templates = self.desk.configuration.templates
        if (own := self.spec.as_template()) is not None:
            templates = {**templates, name: own}
        event = next(iter(self.desk.events.since(self.run.event - 1, 1)), None) if self.run.event else None
        if self.run.event and (event is None or event.number != self.run.event):
            return self.over(AutomationState.FAILED, "the event that started it is not kept any more")
        if event is not None and self.spec.for_subjects:
            subjects = [Subject(side=event.side, key=event.key, name=event.name)]
        else:
            subjects = await population_of(self.desk.ports, self.run.automation, self.spec, templates.get(name), event)
        given: Mapping[str, Values] = {} if event is None else given_by(event)
        if len(subjects) > self.spec.most:
            told = f"{len(subjects):,} subjects are more than the {self.spec.most:,} that `most` allows"
            return self.over(AutomationState.GUARDED, told)
        self.run = replace(self.run, counts={**self._tried, "subjects": len(subjects)})
        if self.run.plan_only:
            return self.over(AutomationState.SUCCEEDED, "only looked: nothing was started")
        if not subjects:
            return self.over(AutomationState.SUCCEEDED, "there was nobody to do it for")
        begins = Begun(operator=operator_of(self.run.automation), id=self.run.id, given=given)
        begun = await start_run(
            self.desk.ports, self.desk.runs, (name, templates), self.desk.webhook_of, subjects, begins
        )
        self.run = replace(self.run, run=begun.id)
        return self.over(AutomationState.STARTED)

    # ---------------------------------------------------------------- how it ends

    def later(self, why: str) -> datetime | None:
        """Return when a start that a system could not be asked for is tried again; None if it was often enough."""
        tried = self.run.counts.get("tries", 0)
        if tried >= len(_GAPS):
            return None
        counts = {**self.run.counts, "tries": tried + 1}
        self.run = self.desk.ledger.keep(self.claim, replace(self.run, counts=counts, reasons=(why,)))
        return self.now + _GAPS[tried]

    def rests(self, until: datetime, why: str) -> datetime:
        """Return when it is gone on with, as a system is left in peace until then; that is no try."""
        self.run = self.desk.ledger.keep(self.claim, replace(self.run, reasons=(why,)))
        return max(until, self.now + AGAIN)

    def over(self, state: AutomationState, *reasons: str) -> None:
        """Write down that it is over."""
        told = tuple(dict.fromkeys((*self.run.reasons, *filter(None, reasons))))[-REASONS:]
        ended = replace(self.run, state=state, reasons=told, ended=self.now)
        # told before it is over: a process that dies in between tells it again, which is then known
        self.desk.follow(ended, self.spec)
        covers = state in _COMPARED and not self.by_subject and not self.run.plan_only
        self.run = self.desk.ledger.keep(self.claim, ended, covers=covers)
        self._note()

    def _well(self, told: str, wanted: _Wanted, *, full: bool) -> None:
        reasons = tuple(filter(None, (told,)))
        ended = replace(self.run, state=AutomationState.SUCCEEDED, reasons=reasons, ended=self.now)
        self.desk.follow(ended, self.spec)
        self.run = self.desk.ledger.good(self.claim, ended, wanted.basis, full=full)
        self._note()

    def _note(self) -> None:
        detail = {"automation": self.run.automation, "state": str(self.run.state), "run": self.run.run}
        self.desk.ports.audit.add("automation_ended", self.run.id, detail, operator=self.run.operator)


_NOTHING: Final = AutomationSpec.model_validate({"trigger": {"every": "1d"}, "rule": "none"})


def _counts(plan: Plan) -> dict[str, int]:
    return dict(Counter(str(action.kind) for action in plan.actions))


def _counted(applied: Applied) -> dict[str, int]:
    counts: Counter[str] = Counter(_counts(applied.plan))
    counts.update({f"{state}": count for state, count in applied.summary.counts.items() if state != EffectState.BEGUN})
    return dict(counts)
