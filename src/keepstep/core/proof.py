"""What a plan may do by what the reads have proven, and whether they are of the same systems as before."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from keepstep.core.basis import Basis, Memory
from keepstep.core.correlation import NOBODY, Pairing
from keepstep.core.link import Link, LinkState
from keepstep.core.plan import REMOVALS, Action, ActionKind, Plan
from keepstep.core.values import Completeness, NativeKey, Snapshot, Verdict

TOLERATED_GAPS: Final = 5
"""So many remembered accounts may be missing on one side, in however small a directory, before a read is suspect."""


def continuous(
    basis: Basis, source: Snapshot, target: Snapshot, memory: Memory, pairing: Pairing
) -> tuple[Snapshot, Snapshot]:
    """Return the snapshots, made suspect where too many remembered accounts are not in them (another tenant?)."""
    remembered = sum(link.state is LinkState.ACTIVE for link in memory.links.values())
    gone = sum(link.state is LinkState.ACTIVE for link in (*pairing.gone.values(), *pairing.rehired.values()))
    missing = 0
    if target.complete:
        by_source = memory.links
        missing = sum(
            position == NOBODY and record.key in by_source
            for position, record in zip(pairing.target_of, source.records, strict=True)
        )
    return (
        _suspect_if(source, gone, remembered, basis.rule.guards.shrink),
        _suspect_if(target, missing, remembered, basis.rule.guards.shrink),
    )


def _suspect_if(snapshot: Snapshot, absent: int, remembered: int, tolerated: float) -> Snapshot:
    if not snapshot.complete or absent * 100 <= remembered * tolerated:
        return snapshot
    if absent <= TOLERATED_GAPS and not absent == remembered > 1:
        return snapshot
    reason = f"{absent} of {remembered} remembered accounts are not there: is this the same system and scope?"
    return replace(snapshot, verdict=replace(snapshot.verdict, completeness=Completeness.SUSPECT, reason=reason))


def proven(plan: Plan, basis: Basis, known: Mapping[NativeKey, Link]) -> Plan:
    """Return *plan* without what the reads have not proven. *known*: the pairs that were remembered before."""
    short: list[tuple[str, Verdict]] = [
        (name, verdict) for name, verdict in (("source", plan.source), ("target", plan.target)) if not verdict.complete
    ]
    if not short:
        return plan
    name, verdict = short[-1]
    because = f"the {name} read is {verdict.completeness} ({verdict.reason})"
    if plan.target.complete and plan.source.completeness is Completeness.APPENDED:
        return _without_others(plan, because, known)
    if Completeness.SUSPECT in {plan.source.completeness, plan.target.completeness}:
        return replace(plan, links=(), forget=()).without(lambda _: because)

    def pairs_anew(source_key: NativeKey | None, target_key: NativeKey | None) -> bool:
        link = known.get(source_key) if source_key else None
        return source_key is not None and target_key is not None and (link is None or link.target_key != target_key)

    links = tuple(link for link in plan.links if not pairs_anew(link.source_key, link.target_key))
    return replace(plan, links=links).without(
        lambda action: (
            because if pairs_anew(action.source_key, action.target_key) or _needs_proof(action, basis, plan) else ""
        )
    )


def _without_others(plan: Plan, because: str, known: Mapping[NativeKey, Link]) -> Plan:
    """Return *plan* without removals, and without what would take an account from somebody who was read before.

    What was appended is all that is new, and what stands above it was applied: unlike after a read that broke off,
    there is no unseen claimant of an account that nobody is linked to.
    """
    owner = {link.target_key: link.source_key for link in known.values()}

    def takes(source_key: NativeKey | None, target_key: NativeKey | None) -> bool:
        return target_key is not None and owner.get(target_key, source_key) != source_key

    links = tuple(link for link in plan.links if not takes(link.source_key, link.target_key))
    return replace(plan, links=links).without(
        lambda action: (
            because if action.kind in REMOVALS or action.leaver or takes(action.source_key, action.target_key) else ""
        )
    )


def _needs_proof(action: Action, basis: Basis, plan: Plan) -> bool:
    """Whether *action* rests on somebody's absence from the incomplete side."""
    if action.kind in REMOVALS or action.leaver:
        return True
    identifiers = {kind.name for kind in basis.schema.unique}
    writes_identifier = any(delta.name in identifiers for delta in action.deltas)
    return not plan.target.complete and bool(action.kind is ActionKind.CREATE or writes_identifier or action.needs)
