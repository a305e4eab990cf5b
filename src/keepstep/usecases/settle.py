"""Effects whose outcome is unknown: read the target, and only then decide."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from keepstep.core.basis import Basis
from keepstep.core.diff import Comparison
from keepstep.core.effect import Absent, Conflict, Done, Effect, Outcome, Refused
from keepstep.core.identity import Claim, claims_of
from keepstep.core.plan import Action, ActionKind
from keepstep.core.values import ENABLED, NULL, NativeKey, Record, Values
from keepstep.ports import Connector, Query

Intent = tuple[Action, Effect]
"""An action, and the effect that was sent for it."""


async def settle_unknown(connector: Connector, basis: Basis, intents: Sequence[Intent]) -> list[Outcome | Effect]:
    """Return what became of each effect by reading the target; or the effect to send, when it is certain what is left.

    A create that happened is adopted, one that was cut off in the middle is to be finished, one that is not there is
    to be sent again. An object that holds the identifiers and is somebody else's is a Conflict.
    """
    query = Query(objects=basis.rule.target_side.objects, attributes=basis.target_attributes)
    holders = await _holders(connector, basis, [effect for action, effect in intents if _creates(action)], query)
    keys = [effect.target for action, effect in intents if effect.target is not None and not _creates(action)]
    records = await connector.fetch(query, keys) if keys else {}
    return [
        _settle_create(basis, effect, holders) if _creates(action) else _settle_change(basis, action, effect, records)
        for action, effect in intents
    ]


def _creates(action: Action) -> bool:
    return action.kind is ActionKind.CREATE


def _settle_change(
    basis: Basis, action: Action, effect: Effect, records: Mapping[NativeKey, Record]
) -> Outcome | Effect:
    record = records.get(effect.target or NativeKey(""))
    if record is None:
        return Absent()
    wanted = {delta.name: delta.after for delta in action.deltas}
    if action.kind is ActionKind.DELETE or _differs(basis, wanted, record):
        return effect
    return Done(record.key, "found done")


async def _holders(
    connector: Connector, basis: Basis, creates: Sequence[Effect], query: Query
) -> dict[Claim, dict[NativeKey, Record]]:
    """Return who holds the identifiers that *creates* were to write."""
    holders: defaultdict[Claim, dict[NativeKey, Record]] = defaultdict(dict)
    for kind in basis.schema.unique:
        values = list(dict.fromkeys(value for one in creates for value in one.attributes.get(kind.name, ())))
        for record in await connector.find(query, kind.name, values) if values else ():
            for value in kind.comparable(record.attributes.get(kind.name, NULL)):
                holders[kind.name, value][record.key] = record
    return holders


def _settle_create(
    basis: Basis, effect: Effect, holders: Mapping[Claim, Mapping[NativeKey, Record]]
) -> Outcome | Effect:
    found: dict[NativeKey, Record] = {}
    claims = list(claims_of(basis.schema, effect.attributes))
    if not claims:
        return Refused(
            "the answer was lost, and it has no identifier to look for: see whether it is there", lasting=False
        )
    for claim in claims:
        found.update(holders.get(claim, {}))
    if not found:
        return replace(effect, target=None)
    if len(found) > 1:
        return Conflict(f"{len(found)} accounts hold its identifiers")
    (record,) = found.values()
    if not _is_same_person(basis, effect.attributes, record):
        return Conflict("another account holds one of its identifiers")
    # What a create does last is to enable: an account that is not enabled may lack its password or groups.
    if record.one(ENABLED) == "false" or _differs(basis, effect.attributes, record):
        return replace(effect, target=record.key)
    return Done(record.key, "found done")


def _is_same_person(basis: Basis, wanted: Mapping[str, Values], record: Record) -> bool:
    """Whether *record* holds every identifier, and all that people are told apart by, as they were to be written.

    An identifier alone proves nothing: somebody may have made an account of this name in the meantime. A half-made,
    disabled account may lack some.
    """
    half_made = record.one(ENABLED) == "false"
    for kind in (*basis.schema.unique, *(correlator.target for correlator in basis.correlators)):
        values, held = wanted.get(kind.name), record.attributes.get(kind.name)
        if values and not (half_made and not held) and kind.comparable(held or NULL) != kind.comparable(values):
            return False
    return True


def _differs(basis: Basis, wanted: Mapping[str, Values], record: Record) -> bool:
    return bool(basis.everything.deltas(wanted, record.attributes))


def in_force(action: Action, record: Record | None, comparison: Comparison) -> bool:
    """Return whether *record* is as *action* wants it."""
    if action.kind is ActionKind.DELETE:
        return record is None
    wanted = {delta.name: delta.after for delta in action.deltas}
    return record is not None and not comparison.deltas(wanted, record.attributes)


def undone(action: Action, record: Record, comparison: Comparison) -> Record:
    """Return *record* as it was before *action*, if nothing but a part of *action* happened to it; else as it is."""
    before = dict(record.attributes)
    for delta in action.deltas:
        kind = comparison.kinds[delta.name]
        ours = {*kind.comparable(delta.before or NULL), *kind.comparable(delta.after)}
        if not ours.issuperset(kind.comparable(record.attributes.get(delta.name) or NULL)):
            return record
        before[delta.name] = delta.before or NULL
    return Record(record.key, before)
