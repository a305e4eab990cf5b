"""Carry out a plan: exactly it, each effect once, journaled before the call."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Final

from keepstep.core.basis import Basis
from keepstep.core.effect import Absent, Conflict, Done, Effect, NotSent, Outcome, Refused, Unknown, effect_of, joined
from keepstep.core.guard import Override
from keepstep.core.link import Link, LinkState
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import ORDER, REMOVALS, Action, ActionKind, Plan, digest_record
from keepstep.core.run import EffectState, Run, RunState, StepResult, results_digest
from keepstep.core.situation import Situation
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import NativeKey, Record
from keepstep.ports import Connector, Ports, Query
from keepstep.usecases.approve import judge_approval
from keepstep.usecases.heed_circuit import fetched, note_outcomes, noted
from keepstep.usecases.judge_guards import judge_guards
from keepstep.usecases.note_made import note_made
from keepstep.usecases.permit import permit_plan
from keepstep.usecases.reconcile import prepare_for
from keepstep.usecases.settle import in_force, settle_unknown, undone
from keepstep.usecases.write import write

READ_BACK: Final = 20_000
"""How many accounts are read back at once before they are updated or created."""

BELIEVED: Final = timedelta(minutes=1)
"""How long what was read back is taken for how things are; as long as the reading took, where that is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """How a run ended: its state, how many actions in which state, and the ones that were not done."""

    run: Run
    state: RunState
    counts: dict[EffectState, int]
    undone: tuple[StepResult, ...] = field(default=())
    note: str = ""


async def apply(
    ports: Ports, plan: Plan, rule: SyncRule, mapping: MappingSpec, *, override: Override | None = None
) -> RunSummary:
    """Do what *plan* says and nothing else; an object that moved since is left alone and named.

    Guards are judged first; a canary wave is applied and confirmed before the rest. A run that was interrupted is
    resumed: what was begun is looked up on the target before anything is sent again. NotPermitted, GuardTripped,
    ApprovalMissing, PlanStale and RunLocked are raised before the first write.
    """
    basis = await prepare_for(ports, plan, rule, mapping)
    await permit_plan(ports, plan, rule)
    judge_guards(ports, plan, rule, override)
    judge_approval(ports, plan, rule)
    await _finish_half_made(ports, plan, basis)
    run = ports.journal.open_run(plan, operator=ports.operator)
    ports.audit.add("apply", plan.rule, {"plan": plan.digest, "run": run.id}, operator=ports.operator)
    work = _Work(ports=ports, plan=plan, basis=basis, run=run)
    try:
        state, note = await work.perform()
    except BaseException:
        ports.journal.close_run(run.id, RunState.RUNNING)
        raise
    if state is RunState.DONE and plan.source.mark:
        ports.journal.advance(plan.rule, plan.source.mark)
    ports.journal.close_run(run.id, state, note)
    results = ports.journal.results(run.id)
    counts = Counter(result.state for result in results)
    texts = {str(one): str(count) for one, count in counts.items()}
    detail = {"run": run.id, "state": state, **texts, "results": results_digest(results)}
    ports.audit.add("applied", plan.rule, detail, operator=ports.operator)
    undone = tuple(result for result in results if result.state is not EffectState.DONE)
    return RunSummary(run=run, state=state, counts=dict(counts), undone=undone, note=note)


async def _finish_half_made(ports: Ports, plan: Plan, basis: Basis) -> None:
    """Adopt or finish the accounts that an interrupted run of another plan was creating, as that run ends now.

    Nothing else of it is sent. After a change of the rule or its mapping its effects mean nothing any more.
    """
    former = ports.journal.interrupted(plan.rule)
    if former is None or former.plan == plan.digest:
        return
    left = ports.journal.plan(former.plan)
    if left.basis != basis.digest:
        return
    run = ports.journal.open_run(left, operator=ports.operator)
    try:
        await _Work(ports=ports, plan=left, basis=basis, run=run).adopt()
    finally:
        ports.journal.close_run(run.id, RunState.RUNNING)


@dataclass(slots=True, kw_only=True)
class _Work:
    """One run of one plan while it goes on.

    *resumed*: what an earlier life had begun, and may have done in part. *last*: the last action on each account.
    *known*: the pairs of the rule at the start. *lost*: the calls of an action whose answer said too little.
    """

    ports: Ports
    plan: Plan
    basis: Basis
    run: Run
    states: dict[str, EffectState] = field(default_factory=dict[str, EffectState])
    mendable: set[str] = field(default_factory=set[str])
    resumed: set[str] = field(default_factory=set[str])
    last: dict[NativeKey, Action] = field(default_factory=dict[NativeKey, Action])
    known: dict[NativeKey, Link] = field(default_factory=dict[NativeKey, Link])
    lost: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def source(self) -> Connector:
        """The connector of the source side."""
        return self.ports.connector(self.basis.rule.source_side.connection)

    @property
    def target(self) -> Connector:
        """The connector of the target side."""
        return self.ports.connector(self.basis.rule.target_side.connection)

    async def perform(self) -> tuple[RunState, str]:
        """Do all that is left to do of the plan; return how it ended and why."""
        actions = self.plan.actions
        self.last = {action.target_key: action for action in actions if action.target_key is not None}
        self.known = self.ports.links.load(self.plan.rule)
        states = self.ports.journal.states(self.run.id)
        self.states = {action: state for action, state in states.items() if state is not EffectState.FAILED}
        await self._resume([action for action in actions if self.states.get(action.id) is EffectState.BEGUN])
        canary = self.basis.rule.guards.canary
        # More are begun only after the first were confirmed, and may since have changed the same accounts again.
        judged = sum(state is not EffectState.STALE for state in states.values()) > canary
        tried, why = (0, "") if judged else await self._canary(actions, canary)
        if why:
            return RunState.STOPPED, f"the first {tried} accounts were tried, the rest was not touched: {why}"
        await self._do(actions[tried:])
        forget = [*self.plan.forget]
        self.ports.links.save(self.plan.rule, self.plan.links, forget)
        if all(self.states.get(action.id) is EffectState.DONE for action in actions):
            why = await self._unconfirmed(actions)
            return (RunState.PARTIAL, why) if why else (RunState.DONE, "")
        undone = sum(self.states.get(action.id) is not EffectState.DONE for action in actions)
        return RunState.PARTIAL, f"{undone} of {len(actions)} actions were not done"

    async def _canary(self, actions: Sequence[Action], wanted: int) -> tuple[int, str]:
        """Try actions until *wanted* of them are in force; return how many were tried, and why to stop if so.

        An account that moved since the plan says nothing about the target: the next one is tried in its place.
        """
        tried = sound = 0
        while sound < wanted < len(actions) and tried < len(actions):
            some = actions[tried : tried + wanted - sound]
            await self._do(some)
            tried += len(some)
            if why := await self._unconfirmed(some):
                return tried, why
            sound += sum(self.states.get(action.id) is EffectState.DONE for action in some)
        return tried, ""

    async def adopt(self) -> None:
        """Take up the creates that were begun, and do nothing else of the plan."""
        self.states = self.ports.journal.states(self.run.id)
        await self._resume([a for a in self.plan.actions if self.states.get(a.id) is EffectState.BEGUN])

    async def _do(self, actions: Sequence[Action]) -> None:
        done = sum(action.id in self.states for action in actions)
        for group in self._groups(actions):
            await self._do_group(group)
            done += len(group)
            self.ports.progress(f"apply {self.plan.rule}", done, len(actions))

    async def _do_group(self, group: list[Action]) -> None:
        """Read back, write, and read back again what could not be written while that was fresh."""
        size = max(1, self.target.batch(group[0].kind)) if group else 1
        while group:
            began = self.ports.clock.now()
            ready = await self._fresh(group)
            read = self.ports.clock.now()
            stale_at = read + max(BELIEVED, read - began)
            written = 0
            while written < len(ready) and (written == 0 or self.ports.clock.now() < stale_at):
                await self._do_batch(ready[written : written + size])
                written += size
            group = ready[written:]

    def _groups(self, actions: Sequence[Action]) -> Iterator[list[Action]]:
        """Yield what is read back together before it is written: one wave, one kind, in the order of the plan.

        Removals are read back right before each call; the others in large groups, as a target may be able to read
        only all its objects or one at a time.
        """
        ordered = sorted(actions, key=lambda action: (action.wave, ORDER.index(action.kind)))
        for (_, kind), group in groupby(ordered, key=lambda action: (action.wave, action.kind)):
            waiting = [action for action in group if action.id not in self.states]
            size = self.target.batch(kind) if kind in REMOVALS else READ_BACK
            for start in range(0, len(waiting), max(1, size)):
                yield waiting[start : start + max(1, size)]

    async def _do_batch(self, batch: list[Action]) -> None:
        """Journal, send, conclude. A connector that gives up leaves its effects begun: they are looked up on resume."""
        self.ports.circuits.admit(self.basis.rule.target_side.connection)
        self.ports.journal.begin(self.run.id, batch)
        self.states.update((action.id, EffectState.BEGUN) for action in batch)
        await self._conclude(batch, await self._send(batch, [self._effect(action) for action in batch]))

    async def _send(self, actions: Sequence[Action], effects: Sequence[Effect]) -> list[Outcome]:
        side, about = self.basis.rule.target_side, actions[0].name
        call = partial(write, self.ports, side, effects)
        outcomes = await noted(self.ports, side.connection, about, call)
        note_outcomes(self.ports, side.connection, about, outcomes)
        return outcomes

    async def _conclude(self, actions: Sequence[Action], outcomes: Sequence[Outcome]) -> None:
        """Write down the outcomes; the unknown ones are looked up, and sent once more if they did not happen."""
        known = [self._doubted(action, outcome) for action, outcome in zip(actions, outcomes, strict=True)]
        self._finish_all(actions, known)
        lost = [
            (action, self._effect(action))
            for action, outcome in zip(actions, known, strict=True)
            if isinstance(outcome, Unknown)
        ]
        found = await settle_unknown(self.target, self.basis, lost) if lost else []
        self._finish_all([action for action, _ in lost], found)
        for (action, _), left in zip(lost, found, strict=True):
            if isinstance(left, Effect):
                self._finish_all([action], [await self._once_more(action, left)])

    def _doubted(self, action: Action, outcome: Outcome) -> Outcome:
        """Return *outcome*, unknown if a call of an earlier life that came late may be what is in the way."""
        if isinstance(outcome, Conflict) and action.id in self.resumed:
            outcome = Unknown(outcome.reason, calls=outcome.calls)
        if isinstance(outcome, Unknown):
            self.lost[action.id] = outcome.calls
        return outcome

    async def _once_more(self, action: Action, effect: Effect) -> Outcome:
        """Send one effect by itself. If the first call was only late, what it made is found now, not fought."""
        (outcome,) = await self._send([action], [effect])
        self.lost[action.id] = joined(self.lost.get(action.id, ""), outcome.calls)
        outcome = replace(outcome, calls="")
        if not isinstance(outcome, Unknown | Conflict):
            return outcome
        (found,) = await settle_unknown(self.target, self.basis, [(action, effect)])
        if isinstance(found, Effect):
            return NotSent(f"tried twice: {outcome.reason}") if isinstance(outcome, Unknown) else outcome
        return found

    async def _resume(self, begun: Sequence[Action]) -> None:
        """Take up what an earlier life had begun: a create that happened is adopted, a half-made one is finished.

        All the rest is read back and, unless it is in force, sent like what is new: the world went on meanwhile.
        """
        for action in begun:
            del self.states[action.id]
            self.resumed.add(action.id)
        intents = [(action, self._effect(action)) for action in begun if action.kind is ActionKind.CREATE]
        found = await settle_unknown(self.target, self.basis, intents) if intents else []
        for (action, _), left in zip(intents, found, strict=True):
            if isinstance(left, Effect) and left.target is not None:
                self._finish_all([action], [await self._once_more(action, left)])
            elif not isinstance(left, Effect):
                self._finish_all([action], [left])

    def _finish_all(self, actions: Sequence[Action], outcomes: Sequence[Outcome | Effect]) -> None:
        """Write down the outcomes that are known."""
        links: list[Link] = []
        forget: list[NativeKey] = []
        pairs = zip(actions, outcomes, strict=True)
        known = [(action, outcome) for action, outcome in pairs if not isinstance(outcome, Unknown | Effect)]
        self._finish([self._result(action, outcome, links, forget) for action, outcome in known], links, forget)

    def _result(self, action: Action, outcome: Outcome, links: list[Link], forget: list[NativeKey]) -> StepResult:
        match outcome:
            case Done(target, detail, made):
                state, detail = EffectState.DONE, note_made(self.ports, self.run, made, detail)
            case Absent() if action.kind is ActionKind.DELETE:
                state, target, detail = EffectState.DONE, NativeKey(""), "it was gone already"
            case Absent():
                state, target, detail = EffectState.STALE, NativeKey(""), "the account is no longer there"
            case Conflict(detail) | Refused(detail):
                state, target = EffectState.REFUSED, NativeKey("")
            case NotSent(detail) | Unknown(detail):
                state, target = EffectState.FAILED, NativeKey("")
        if isinstance(outcome, Conflict) or (isinstance(outcome, Refused) and not outcome.lasting):
            self.mendable.add(action.id)  # whoever holds the identifier may give it up; the next plan looks again
        if state is EffectState.DONE:
            self._remember(action, target, links, forget)
        calls = joined(self.lost.pop(action.id, ""), outcome.calls)
        return StepResult(action=action.id, state=state, target_key=target, detail=detail, calls=calls)

    def _remember(self, action: Action, target: NativeKey, links: list[Link], forget: list[NativeKey]) -> None:
        if action.source_key is None:
            return
        if action.kind is not ActionKind.DELETE:
            links.append(Link(action.source_key, target, LinkState.LEFT if action.leaver else LinkState.ACTIVE))
        elif action.situation is Situation.SOURCE_DELETED or action.target_key is None:
            forget.append(action.source_key)
        else:
            links.append(Link(action.source_key, action.target_key, LinkState.REMOVED))

    def _finish(
        self, results: Sequence[StepResult], links: Sequence[Link] = (), forget: Sequence[NativeKey] = ()
    ) -> None:
        """Remember the pairs first: a crash in between finds the effect begun, looks, and remembers again."""
        if links or forget:
            self.ports.links.save(self.plan.rule, links, forget)
        if not results:
            return
        self.ports.journal.finish(self.run.id, results)
        self.states.update((result.action, result.state) for result in results)
        refused = [result for result in results if result.state is EffectState.REFUSED]
        lasting = {result.action: result.detail for result in refused if result.action not in self.mendable}
        self.ports.journal.remember_refusals(self.plan.rule, lasting)

    async def _fresh(self, batch: Sequence[Action]) -> list[Action]:
        """Return the actions whose objects are as the plan saw them; write down what became of the others.

        What is in force already is done: nothing is sent for it.
        """
        here, there = await self._read_back(batch)
        ready: list[Action] = []
        already: list[tuple[Action, Done]] = []
        results: list[StepResult] = []
        for action in batch:
            key = self._account(action)
            if key is not None and in_force(self.last.get(key, action), there.get(key), self.basis.everything):
                already.append((action, Done(key, "it was so already")))
            elif reason := self._moved(action, here, there):
                results.append(StepResult(action=action.id, state=EffectState.STALE, detail=reason))
            else:
                ready.append(action)
        self._finish_all([action for action, _ in already], [done for _, done in already])
        self._finish(results)
        removals = [action for action in ready if action.kind is ActionKind.DELETE]
        self.ports.journal.keep_removed(
            self.run.id, {str(one.id): there[key] for one in removals if (key := one.target_key) and key in there}
        )
        return ready

    def _account(self, action: Action) -> NativeKey | None:
        """Return the account of *action*; of a create, the one that is its person's since an earlier run."""
        if action.kind is not ActionKind.CREATE:
            return action.target_key
        link = self.known.get(action.source_key or NativeKey(""))
        return link.target_key if link and link.state is not LinkState.REMOVED else None

    async def _read_back(self, batch: Sequence[Action]) -> tuple[dict[NativeKey, Record], dict[NativeKey, Record]]:
        rule = self.basis.rule
        sources = [action.source_key for action in batch if action.source_key is not None]
        targets = [key for action in batch if (key := self._account(action)) is not None]
        query = Query(objects=rule.source_side.objects, attributes=self.basis.source_attributes, scoped=True)
        here = await fetched(self.ports, rule.source_side, query, sources)
        query = Query(objects=rule.target_side.objects, attributes=self.basis.target_attributes)
        there = await fetched(self.ports, rule.target_side, query, targets)
        return here, there

    def _moved(self, action: Action, here: dict[NativeKey, Record], there: dict[NativeKey, Record]) -> str:
        """Return what about *action* is no longer as the plan saw it, or the empty text."""
        for need in action.needs:
            if self.states.get(need) is not EffectState.DONE:
                return "an action that it needs was not done"
        if action.source_key is not None and digest_record(here.get(action.source_key)) != action.basis_source:
            return "the source object changed since the plan was made"
        record = there.get(self._account(action) or NativeKey(""))
        if action.kind is ActionKind.CREATE:
            return "" if record is None else "its person got an account since the plan was made"
        if record is not None and action.id in self.resumed:
            record = undone(action, record, self.basis.everything)
        if action.target_key is not None and digest_record(record) != action.basis_target:
            return "the account changed since the plan was made"
        return ""

    def _effect(self, action: Action) -> Effect:
        return effect_of(action, f"{self.run.id}:{action.id}")

    async def _unconfirmed(self, actions: Sequence[Action]) -> str:
        """Read the accounts back; return why one is not as the plan wants it, or the empty text."""
        states = [self.states.get(action.id) for action in actions]
        if bad := sum(state in {EffectState.REFUSED, EffectState.FAILED, EffectState.BEGUN} for state in states):
            return f"{bad} of {len(actions)} were not done"
        actions = [action for action in actions if self.states.get(action.id) is EffectState.DONE]
        links = self.ports.links.load(self.plan.rule)
        expected: dict[NativeKey, Action] = {}
        for action in actions:
            link = links.get(action.source_key) if action.source_key else None
            key = action.target_key or (link.target_key if link else None)
            if key is not None:
                expected[key] = action
        query = Query(objects=self.basis.rule.target_side.objects, attributes=self.basis.target_attributes)
        there = await fetched(self.ports, self.basis.rule.target_side, query, list(expected))
        wrong = sum(not in_force(action, there.get(key), self.basis.everything) for key, action in expected.items())
        return f"{wrong} of {len(actions)} are not as they were written" if wrong else ""
