"""The inverse of a run, as a plan: what it wrote is as before, and what changed since is left alone and listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from keepstep.core.authority import Reach
from keepstep.core.basis import Basis
from keepstep.core.link import Link, LinkState
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import Action, ActionId, ActionKind, Delta, Finding, Plan, digest_of, digest_record
from keepstep.core.plan_places import with_places
from keepstep.core.right import Right
from keepstep.core.run import EffectState, Run
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import ENABLED, NULL, NativeKey, Record, Values
from keepstep.errors import UsageError
from keepstep.ports import Ports, Query
from keepstep.usecases.reconcile import prepare

_AT_ONCE = 1_000


async def undo(ports: Ports, run: Run, rule: SyncRule, mapping: MappingSpec, *, disable_created: bool = False) -> Plan:
    """Return the plan that takes back what *run* did, and keep it in the journal; nothing is written to either side.

    Only what was done is taken back, and only where the account still holds what the run wrote; what somebody changed
    since is a finding. An account that the run made is deleted, or with *disable_created* disabled; one that it deleted
    is made again with what it held of the attributes that the rule writes. UsageError if there is nothing to take back.
    """
    if run.ended is None:
        raise UsageError(f"run {run.id} is not over", hint="`keepstep run watch` shows how far it is")
    ports.authority.require(Right.MAKE_PLANS, Reach(rule=run.rule, connection=rule.target_side.connection))
    basis = await prepare(ports, run.rule, rule, mapping)
    plan = ports.journal.plan(run.plan)
    done = {result.action: result for result in ports.journal.results(run.id) if result.state is EffectState.DONE}
    actions = [action for action in plan.actions if action.id in done]
    if not actions:
        raise UsageError(f"run {run.id} did nothing that could be taken back")
    keys = {action.id: NativeKey(done[action.id].target_key) or action.target_key for action in actions}
    work = _Inverse(
        basis=basis,
        run=run,
        keys=keys,
        removed=ports.journal.removed(run.id),
        disable_created=disable_created,
        there=await _fetched(ports, basis, [key for key in keys.values() if key]),
        here=await _sources(ports, basis, [a.source_key for a in actions if a.source_key is not None]),
    )
    for action in actions:
        work.take(action)
    inverse = work.plan(plan)
    connector = ports.connector(rule.target_side.connection)
    inverse = replace(inverse, cost=connector.cost(rule.target_side.objects, inverse.actions))
    ports.journal.save_plan(inverse)
    ports.audit.add("plan_undo", run.id, {"rule": run.rule, "plan": inverse.digest}, operator=ports.operator)
    return inverse


async def _fetched(ports: Ports, basis: Basis, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
    side = basis.rule.target_side
    query = Query(objects=side.objects, attributes=basis.target_attributes)
    connector, found = ports.connector(side.connection), dict[NativeKey, Record]()
    for start in range(0, len(keys), _AT_ONCE):
        found |= await connector.fetch(query, keys[start : start + _AT_ONCE])
    return found


async def _sources(ports: Ports, basis: Basis, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
    side = basis.rule.source_side
    query = Query(objects=side.objects, attributes=basis.source_attributes, scoped=True)
    connector, found = ports.connector(side.connection), dict[NativeKey, Record]()
    for start in range(0, len(keys), _AT_ONCE):
        found |= await connector.fetch(query, keys[start : start + _AT_ONCE])
    return found


@dataclass(slots=True, kw_only=True)
class _Inverse:
    """Puts the inverse together. *changes*: what each account held before the run, and what the run made of it."""

    basis: Basis
    run: Run
    keys: Mapping[ActionId, NativeKey | None]
    removed: Mapping[str, Mapping[str, Values]]
    there: Mapping[NativeKey, Record]
    here: Mapping[NativeKey, Record]
    disable_created: bool
    actions: list[Action] = field(default_factory=list[Action])
    findings: list[Finding] = field(default_factory=list[Finding])
    links: list[Link] = field(default_factory=list[Link])
    forget: list[NativeKey] = field(default_factory=list[NativeKey])
    changes: dict[NativeKey, tuple[Action, dict[str, tuple[Values | None, Values]]]] = field(
        default_factory=dict[NativeKey, tuple[Action, dict[str, tuple[Values | None, Values]]]]
    )

    def take(self, action: Action) -> None:
        """Take one action of the run back."""
        key = self.keys[action.id]
        if action.kind is ActionKind.DELETE:
            self._recreate(action)
        elif action.kind is ActionKind.CREATE:
            self._uncreate(action, key)
        elif key is not None:
            first, held = self.changes.setdefault(key, (action, {}))
            del first
            for delta in action.deltas:
                before = held[delta.name][0] if delta.name in held else delta.before
                held[delta.name] = (before, delta.after)
            if action.leaver and action.source_key is not None:
                self.links.append(Link(action.source_key, key, LinkState.ACTIVE))

    def _uncreate(self, action: Action, key: NativeKey | None) -> None:
        record = self.there.get(key) if key else None
        if key is None or record is None:
            self._leave(action, "it is gone already")
            return
        wrote = {delta.name: delta.after for delta in action.deltas if delta.name in self.basis.everything.kinds}
        if changed := self.basis.everything.deltas(wrote, record.attributes):
            self._leave(action, f"changed since: {', '.join(delta.name for delta in changed)}")
            return
        kind, deltas = ActionKind.DELETE, tuple[Delta, ...]()
        if self.disable_created:
            kind, deltas = ActionKind.DISABLE, (Delta(ENABLED, record.attributes.get(ENABLED), ("false",)),)
        self._add(action, kind, deltas, record)
        if action.source_key is not None and not self.disable_created:
            self.forget.append(action.source_key)

    def _recreate(self, action: Action) -> None:
        held = self.removed.get(action.id)
        if not held:
            self._leave(action, "what it held was not kept, so that it cannot be made again")
            return
        names = self.basis.mapping.target_names & held.keys()
        deltas = tuple(Delta(name, None, held[name]) for name in sorted(names) if held[name])
        source = self.here.get(action.source_key) if action.source_key else None
        undone = replace(
            action,
            id=ActionId(digest_of(("undo", self.run.id, action.id))),
            kind=ActionKind.CREATE,
            reason=f"was deleted by run {self.run.id}",
            target_key=None,
            deltas=deltas,
            basis_source=digest_record(source),
            basis_target="",
            needs=(),
            wave=0,
            leaver=False,
        )
        self.actions.append(undone)

    def _add(self, action: Action, kind: ActionKind, deltas: tuple[Delta, ...], record: Record) -> None:
        undone = Action(
            id=ActionId(digest_of(("undo", self.run.id, action.id))),
            kind=kind,
            situation=action.situation,
            name=action.name,
            reason=f"takes back what run {self.run.id} did",
            source_key=None,
            target_key=record.key,
            deltas=deltas,
            basis_target=digest_record(record),
        )
        self.actions.append(undone)

    def _leave(self, action: Action, why: str) -> None:
        told = Finding(
            situation=action.situation,
            name=action.name,
            reason=f"left as it is: {why}",
            source_key=action.source_key,
            target_key=self.keys[action.id],
        )
        self.findings.append(told)

    def _unchange(self, key: NativeKey, action: Action, held: Mapping[str, tuple[Values | None, Values]]) -> None:
        record = self.there.get(key)
        if record is None:
            self._leave(action, "it is gone")
            return
        known = {name: pair for name, pair in held.items() if name in self.basis.everything.kinds}
        moved = {
            delta.name
            for delta in self.basis.everything.deltas({n: after for n, (_, after) in known.items()}, record.attributes)
        }
        if moved:
            self._leave(action, f"changed since: {', '.join(sorted(moved))}")
        wanted = {name: before or NULL for name, (before, _) in known.items() if name not in moved}
        deltas = self.basis.everything.deltas(wanted, record.attributes)
        if not deltas:
            return
        enabled = next((delta.after for delta in deltas if delta.name == ENABLED), None)
        kind = ActionKind.UPDATE
        if enabled == ("true",):
            kind = ActionKind.ENABLE
        elif enabled == ("false",) and len(deltas) == 1:
            kind = ActionKind.DISABLE
        self._add(action, kind, deltas, record)

    def plan(self, former: Plan) -> Plan:
        """Return the inverse as a plan."""
        for key, (action, held) in self.changes.items():
            self._unchange(key, action, held)
        # as many accounts as the run left there: guards count in percent of them
        gone = sum(action.kind is ActionKind.DELETE for action in former.actions if action.id in self.keys)
        made = sum(action.kind is ActionKind.CREATE for action in former.actions if action.id in self.keys)
        plan = Plan(
            rule=former.rule,
            basis=self.basis.digest,
            source=replace(former.source, mark=""),
            target=replace(former.target, records=max(0, former.target.records + made - gone)),
            actions=tuple(self.actions),
            findings=tuple(self.findings),
            situations={},
            links=tuple(self.links),
            forget=tuple(dict.fromkeys(self.forget)),
        )
        return with_places(plan, self.basis, self.here.values(), self.there.values())
