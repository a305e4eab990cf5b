"""A plan is applied, and whoever lost a name to another writer in the meantime is planned anew: only they."""

from dataclasses import dataclass, replace
from typing import Final

from keepstep.core.basis import Basis
from keepstep.core.guard import Override
from keepstep.core.mapping import CHOOSES, MappingSpec
from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.core.run import EffectState, RunState
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import NativeKey
from keepstep.errors import ApprovalMissing, ConnectorError, GuardTripped, ReadIncomplete
from keepstep.ports import Ports
from keepstep.usecases.apply import RunSummary, apply
from keepstep.usecases.reconcile import prepare, reconcile

MOST_TIMES: Final = 3
"""How often is chosen again for the same plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of a plan. *again*: the plans of those who lost a name meanwhile, and what came of them.

    *stopped*: why nothing more was chosen for them, where a system could not be asked, a guard stood in the way, or
    people have to agree to the new plan as they had to the first.
    """

    plan: Plan
    summary: RunSummary
    again: tuple[tuple[Plan, RunSummary], ...] = ()
    stopped: str = ""

    @property
    def done(self) -> bool:
        """Whether every action was done, or its person got an account by a choice made again."""
        mended = {
            action.source_key
            for plan, summary in self.again
            if summary.state in {RunState.DONE, RunState.PARTIAL}
            for action in plan.actions
            if action.id not in {result.action for result in summary.undone}
        }
        by_id = {str(action.id): action.source_key for action in self.plan.actions}
        undone = [by_id.get(result.action) for result in self.summary.undone]
        finished = self.summary.state in {RunState.DONE, RunState.PARTIAL}
        return self.summary.state is RunState.DONE or (finished and bool(undone) and mended.issuperset(undone))


async def apply_choosing_again(
    ports: Ports, plan: Plan, rule: SyncRule, mapping: MappingSpec, *, override: Override | None = None
) -> Applied:
    """Do exactly *plan*; then, for persons whose create the target refused as a name was taken, choose again.

    What is chosen again differs from the reviewed plan in nothing but the values that `on_clash` lets Keepstep choose;
    it is a plan and a run of its own, in the journal and the audit log. After `MOST_TIMES` the person stays reported.
    """
    applied = Applied(plan=plan, summary=await apply(ports, plan, rule, mapping, override=override))
    if not any(mapping.row(name).on_clash in CHOOSES for name in mapping.rows):
        return applied
    last = plan, applied.summary
    for _ in range(MOST_TIMES):
        lost = _refused(ports, *last)
        if not lost:
            break
        try:
            anew = await _planned_anew(ports, plan.rule, lost | _untouched(ports, *last), rule, mapping)
            if {action.id for action in lost.values()}.intersection(action.id for action in anew.actions):
                break  # it was no name that was in the way, and nothing else was chosen
            if not anew.actions:
                break
            last = anew, await apply(ports, anew, rule, mapping, override=override)
        except (ApprovalMissing, ConnectorError, GuardTripped, ReadIncomplete) as error:
            # What was reviewed is done, and has to be told.
            return replace(applied, stopped=error.message)
        applied = replace(applied, again=(*applied.again, last))
    if applied.again and applied.summary.state is RunState.STOPPED and not _refused(ports, *last):
        applied = replace(applied, summary=await apply(ports, plan, rule, mapping, override=override))
    return applied


def _refused(ports: Ports, plan: Plan, summary: RunSummary) -> dict[NativeKey, Action]:
    """Return the creates of *plan* that were refused for now, by their person."""
    lasting = ports.journal.refusals(plan.rule)
    refused = {result.action for result in summary.undone if result.state is EffectState.REFUSED} - lasting.keys()
    return _creates(plan, refused)


def _untouched(ports: Ports, plan: Plan, summary: RunSummary) -> dict[NativeKey, Action]:
    """Return the creates that were never tried, as the first ones were refused."""
    tried = ports.journal.states(summary.run.id).keys()
    return _creates(plan, {str(action.id) for action in plan.actions} - tried)


def _creates(plan: Plan, ids: set[str]) -> dict[NativeKey, Action]:
    creates = (action for action in plan.actions if action.kind is ActionKind.CREATE and action.id in ids)
    return {action.source_key: action for action in creates if action.source_key is not None}


async def _planned_anew(
    ports: Ports, name: str, lost: dict[NativeKey, Action], rule: SyncRule, mapping: MappingSpec
) -> Plan:
    """Return the new plan of those who *lost* a name, kept in the journal; nobody and nothing else is in it."""
    plan = await reconcile(ports, name, rule, mapping)
    basis = await prepare(ports, name, rule, mapping)
    anew = plan.without(lambda action: "" if _chosen_again(basis, lost, action) else "not part of what was reviewed")
    anew = replace(anew, links=(), forget=())
    ports.journal.save_plan(anew)
    return anew


def _chosen_again(basis: Basis, lost: dict[NativeKey, Action], action: Action) -> bool:
    """Whether *action* is a create that was lost, with other values in nothing but what is chosen."""
    before = lost.get(action.source_key or NativeKey(""))
    if before is None or action.kind is not ActionKind.CREATE:
        return False
    chosen = {row.kind.name for row in basis.mapping.choosing}

    def fixed(one: Action) -> dict[str, object]:
        return {delta.name: delta.after for delta in one.deltas if delta.name not in chosen}

    return fixed(action) == fixed(before) and action.basis_source == before.basis_source
