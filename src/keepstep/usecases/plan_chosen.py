"""Plan one kind of change for chosen rows of a comparison, and nothing else."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from keepstep.core.basis import Memory
from keepstep.core.chosen_plan import Untouched, only, why_not, with_reaction
from keepstep.core.comparison import Row
from keepstep.core.plan import ActionKind, Plan
from keepstep.core.plan_places import with_places
from keepstep.core.situation import Reaction
from keepstep.core.values import Record, Snapshot
from keepstep.ports import Ports
from keepstep.usecases.compare import Comparison
from keepstep.usecases.reconcile import KINDS, must_carry_out, with_free_identifiers


async def plan_chosen(
    ports: Ports, comparison: Comparison, kind: ActionKind, rows: Collection[Row]
) -> tuple[Plan, list[Untouched]]:
    """Return a plan that does *kind* for *rows* and nothing else, and for whom it does nothing; keep it if it does any.

    It is made as every plan is, from what the comparison read, and is applied as every plan: guards, approval, and
    what moved since count for it. ReadIncomplete without complete reads.
    """
    comparison.must_be_complete()
    basis = comparison.basis
    there = ports.connector(basis.rule.target_side.connection)
    rule = with_reaction(basis.rule, kind, can_disable=ActionKind.DISABLE in there.capabilities)
    needed = {KINDS[reaction] for reaction in rule.reactions.values() if reaction is not Reaction.IGNORE}
    await must_carry_out(there, basis.name, rule, frozenset(needed))
    memory = Memory(links=comparison.links, refusals=ports.journal.refusals(basis.name))
    # The digest stays that of the rule itself: it says by what the values are made, and is compared when it is applied.
    narrowed = replace(basis, rule=rule)
    source = _as_planned(comparison.source, basis.source_attributes)
    target = _as_planned(comparison.target, basis.target_attributes)
    whole = await with_free_identifiers(ports, narrowed, source, target, memory)
    refused = [Untouched(row=row, reason=reason) for row in rows if (reason := why_not(row, kind))]
    able = [row for row in rows if not why_not(row, kind)]
    if not able:
        return replace(whole, actions=(), findings=(), links=(), forget=()), refused
    plan, untouched = only(whole, kind, able)
    plan = with_places(plan, basis, source.records, target.records)
    plan = replace(plan, cost=there.cost(rule.target_side.objects, plan.actions))
    if plan.actions:
        ports.journal.save_plan(plan)
    return plan, [*refused, *untouched]


def _as_planned(snapshot: Snapshot, names: tuple[str, ...]) -> Snapshot:
    """Return *snapshot* with the attributes that plans read: digests are over what is read back before a write."""
    return replace(snapshot, records=_Narrowed(snapshot.records, frozenset(names)))


class _Narrowed(Collection[Record]):
    """Records without the attributes that were read for the choice of rows only."""

    def __init__(self, records: Collection[Record], names: frozenset[str]) -> None:
        self._records = records
        self._names = names

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, item: object) -> bool:
        return any(record == item for record in self)

    def __iter__(self) -> Iterator[Record]:
        names = self._names
        for record in self._records:
            if record.attributes.keys() <= names:
                yield record
            else:
                held = {name: values for name, values in record.attributes.items() if name in names}
                yield Record(record.key, held)
