"""Two sides, a rule and the memory of earlier runs: a plan."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from keepstep.core.assemble import assemble
from keepstep.core.authority import Reach
from keepstep.core.basis import Basis, Memory
from keepstep.core.guard import counts_of, group_counts
from keepstep.core.identity import Claim
from keepstep.core.mapping import MappingSpec, compile_mapping
from keepstep.core.plan import Action, ActionKind, Plan, digest_of
from keepstep.core.plan_places import with_places
from keepstep.core.right import Right
from keepstep.core.run import RunState
from keepstep.core.schema import Schema, UniqueScope
from keepstep.core.situation import Reaction
from keepstep.core.suggest import listed, nearest
from keepstep.core.sync_rule import SyncRule
from keepstep.core.unique import Sought, claims_at, new_identifiers
from keepstep.core.values import NativeKey, Snapshot
from keepstep.errors import ConfigurationError, PlanStale, UsageError
from keepstep.ports import Connector, Foretelling, Ports, Query
from keepstep.usecases.collect import collect, collect_some
from keepstep.usecases.heed_circuit import asked

NO_MEANING: Final[Mapping[str, Any]] = {"approve": True, "guards": {"by", "history"}}
"""What of a rule says whether a plan may be applied, and nothing of what it means."""

RUNS: Final = 5
"""So many of the last runs of a rule say what is usual for it."""

ROUNDS: Final = 10
"""How often new values are chosen for accounts whose first choice is in use outside of what was read."""


async def prepare(ports: Ports, name: str, rule: SyncRule, mapping: MappingSpec) -> Basis:
    """Return what a plan of *rule* is made by, checked against the live schemas of both sides.

    ConfigurationError names an attribute that one side does not know, or what the target could never carry out.
    """
    source, target = rule.source_side, rule.target_side
    here, there = ports.connector(source.connection), ports.connector(target.connection)
    source_schema, schema = await asyncio.gather(
        asked(ports, source.connection, f"reading {source}", lambda: here.schema(source.objects), proof=False),
        asked(ports, target.connection, f"reading {target}", lambda: there.schema(target.objects), proof=False),
    )
    if mapping.into != rule.target:
        raise ConfigurationError(
            f'mapping "{rule.mapping}" is into {mapping.into}, rule "{name}" is for {rule.target}',
            hint="let `into` of the mapping and `target` of the rule name the same side",
        )
    rule = _in_schema_spelling(name, rule, source_schema, schema)
    needed = {KINDS[reaction] for reaction in rule.reactions.values() if reaction in KINDS}
    await must_carry_out(there, name, rule, frozenset(needed))
    context = ports.context.at(ports.clock.now())
    compiled = compile_mapping(mapping, source_schema, schema, place=f"mappings.{rule.mapping}", context=context)
    return Basis(
        name=name,
        rule=rule,
        mapping=compiled,
        source_schema=source_schema,
        schema=schema,
        # who has to agree changes nothing of what is done
        digest=digest_of(
            (rule.model_dump(mode="json", exclude=NO_MEANING), compiled.digest, here.address, there.address)
        ),
    )


async def must_carry_out(there: Connector, name: str, rule: SyncRule, kinds: frozenset[ActionKind]) -> None:
    """Raise ConfigurationError if the target of *rule* could never carry out one of *kinds*."""
    if lacking := kinds - there.capabilities:
        raise ConfigurationError(
            f'rule "{name}": {rule.target} cannot {", ".join(sorted(lacking))}',
            hint="choose another reaction; people who cannot be disabled are deleted, or marked by an attribute",
        )
    if isinstance(there, Foretelling) and (why := await there.hopeless(rule.target_side.objects, kinds)):
        raise ConfigurationError(f'rule "{name}": {rule.target}: {why}', hint="change one of the two")


async def prepare_for(ports: Ports, plan: Plan, rule: SyncRule, mapping: MappingSpec) -> Basis:
    """Return what *plan* was made by, as it is now; PlanStale if any of that changed since."""
    basis = await prepare(ports, plan.rule, rule, mapping)
    if basis.digest != plan.basis:
        raise PlanStale(
            f'rule "{plan.rule}", its mapping, a schema or an address changed since the plan was made',
            hint=f"run `keepstep plan {plan.rule}` again and review the new plan",
        )
    return basis


def _in_schema_spelling(name: str, rule: SyncRule, source: Schema, target: Schema) -> SyncRule:
    """Return *rule* with every attribute spelled as its schema does, as records and mappings are."""

    def known(wanted: str, schema: Schema, place: str) -> str:
        kind = schema.attribute(wanted)
        if kind is not None:
            return kind.name
        near = nearest(wanted, schema.attributes)
        hint = f'did you mean "{near}"?' if near else f"the {place} has: {listed(schema.attributes)}"
        raise ConfigurationError(f'rule "{name}": the {place} has no attribute "{wanted}"', hint=hint)

    return rule.model_copy(
        update={
            "correlate": [
                (known(there, target, "target"), known(here, source, "source")) for there, here in rule.correlate
            ],
            "mark": {known(attribute, target, "target"): text for attribute, text in rule.mark.items()},
            "guards": rule.guards.model_copy(
                update={"by": {known(name, target, "target"): limits for name, limits in rule.guards.by.items()}}
            ),
        }
    )


KINDS: Final = {
    Reaction.CREATE: ActionKind.CREATE,
    Reaction.UPDATE: ActionKind.UPDATE,
    Reaction.MARK: ActionKind.UPDATE,
    Reaction.DISABLE: ActionKind.DISABLE,
    Reaction.DELETE: ActionKind.DELETE,
}


Changed = Collection[NativeKey]
"""Who changed on the source side since a moment; nobody is gone among them, and nobody was switched off."""


async def reconcile(  # noqa: PLR0913 - the world, the rule, and how much is read
    ports: Ports,
    name: str,
    rule: SyncRule,
    mapping: MappingSpec,
    *,
    accept_size: bool = False,
    changed: Changed | None = None,
) -> Plan:
    """Return the plan that brings the target of *rule* in step with its source, and keep it in the journal.

    Nothing is written to either side. *accept_size*: the operator says that a read that shrank, or a table that changed
    above what was appended, is right. *changed*: only these are read of the source. A plan without anything to do
    counts as applied.
    """
    for side in (rule.source_side, rule.target_side):
        ports.authority.require(Right.MAKE_PLANS, Reach(rule=name, connection=side.connection))
    _, plan = await plan_now(ports, name, rule, mapping, accept_size=accept_size, changed=changed)
    if accept_size:
        ports.audit.add("accept_size", name, {"rule": name}, operator=ports.operator)
    ports.journal.save_plan(plan)
    if plan.empty and plan.source.mark:
        ports.journal.advance(name, plan.source.mark)
    return plan


async def plan_now(  # noqa: PLR0913 - as above
    ports: Ports,
    name: str,
    rule: SyncRule,
    mapping: MappingSpec,
    *,
    accept_size: bool = False,
    changed: Changed | None = None,
) -> tuple[Basis, Plan]:
    """Return the plan that `reconcile` would make now, and what it rests on; it is kept nowhere."""
    basis = await prepare(ports, name, rule, mapping)
    shrink = None if accept_size else rule.guards.shrink
    since = "" if accept_size else ports.journal.mark(name)
    source, target = await asyncio.gather(
        collect(ports, rule.source_side, basis.source_attributes, shrink=shrink, since=since)
        if changed is None
        else collect_some(ports, rule.source_side, basis.source_attributes, sorted(changed)),
        collect(ports, rule.target_side, basis.target_attributes, shrink=shrink),
    )
    memory = Memory(links=ports.links.load(name), refusals=ports.journal.refusals(name), accept_size=accept_size)
    plan = await with_free_identifiers(ports, basis, source, target, memory)
    plan = await asyncio.to_thread(with_places, plan, basis, source.records, target.records)
    plan = await _with_what_guards_need(ports, basis, plan, target)
    connector = ports.connector(rule.target_side.connection)
    plan = replace(plan, cost=connector.cost(rule.target_side.objects, plan.actions))
    if plan.source.mark and _holds_back(plan, rule):
        plan = replace(plan, source=replace(plan.source, mark=""))
    return basis, plan


async def _with_what_guards_need(ports: Ports, basis: Basis, plan: Plan, target: Snapshot) -> Plan:
    guards = basis.rule.guards
    groups = await asyncio.to_thread(group_counts, plan.actions, tuple(guards.by), target.records)
    return replace(plan, groups=groups, usual=_usual(ports, basis.name) if guards.history else {})


def _usual(ports: Ports, name: str) -> dict[ActionKind, int]:
    """Return the most of each kind that the last runs of the rule called *name* did; nothing before its first."""
    done = [run for run in ports.journal.runs(limit=100) if run.rule == name and run.state is RunState.DONE]
    counts = [counts_of(ports.journal.plan(run.plan)) for run in done[:RUNS]]
    return {kind: max(one[kind] for one in counts) for kind in counts[0]} if counts else {}


def _holds_back(plan: Plan, rule: SyncRule) -> bool:
    """Whether somebody who was read is left out, for whom the same rows have to be read again."""
    return not plan.target.complete or any(
        finding.source_key is not None and rule.reaction(finding.situation) is not Reaction.REPORT
        for finding in plan.findings
    )


async def with_free_identifiers(ports: Ports, basis: Basis, source: Snapshot, target: Snapshot, memory: Memory) -> Plan:
    """Assemble, look up whether the new identifiers are free in the whole target, and choose again until they are."""
    asked: set[Claim] = set()
    for _ in range(ROUNDS):
        plan = await asyncio.to_thread(assemble, basis, source, target, memory)
        if basis.schema.whole or not plan.target.complete:
            return plan
        sought = {claim: one for action in plan.actions for claim, one in new_identifiers(basis, action).items()}
        for claim in asked:
            sought.pop(claim, None)
        if not sought:
            return plan
        asked |= sought.keys()
        taken = await _held_elsewhere(ports, basis, sought, plan.actions)
        if not taken:
            return plan
        memory = replace(memory, taken=memory.taken | taken)
    raise UsageError(
        f'rule "{basis.name}": no free identifiers found in {ROUNDS} rounds',
        hint="use a format that gives every person a name of their own",
    )


async def _held_elsewhere(
    ports: Ports, basis: Basis, sought: Mapping[Claim, Sought], actions: Sequence[Action]
) -> frozenset[Claim]:
    """Return the identifiers of *sought* that some account outside of the plan holds, wherever it is."""
    side = basis.rule.target_side
    connector = ports.connector(side.connection)
    ours = {action.target_key for action in actions}
    searches: defaultdict[tuple[str, UniqueScope, str], list[str]] = defaultdict(list)
    for one in sought.values():
        searches[one.kind.name, one.scope, one.container].append(one.value)
    taken: set[Claim] = set()
    for (name, scope, container), values in sorted(searches.items()):
        query = Query(objects=side.objects, attributes=(name,), scope=scope, container=container)
        for record in await connector.find(query, name, sorted(values)):
            if record.key not in ours:
                taken.update(claims_at(basis, name, record.attributes.get(name, ()), container))
    return frozenset(taken & sought.keys())
