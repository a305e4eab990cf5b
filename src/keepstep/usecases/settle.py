"""An effect whose outcome is unknown: read the target, and only then decide."""

from collections.abc import Mapping
from dataclasses import replace

from keepstep.core.basis import Basis
from keepstep.core.plan import Action, ActionKind
from keepstep.core.values import ENABLED, NULL, Record, Values
from keepstep.ports import Absent, Conflict, Connector, Done, Effect, Outcome, Query


async def settle_unknown(connector: Connector, basis: Basis, action: Action, effect: Effect) -> Outcome | Effect:
    """Return what became of *effect* by reading the target; or the effect to send, when it is certain what is left.

    A create that happened is adopted, one that was cut off in the middle is to be finished, one that is not there is
    to be sent again. An object that holds the identifiers and is somebody else's is a Conflict.
    """
    if action.kind is ActionKind.CREATE:
        return await _settle_create(connector, basis, effect)
    if effect.target is None:
        return Absent()
    query = Query(objects=basis.rule.target_side.objects, attributes=basis.target_attributes)
    record = (await connector.fetch(query, [effect.target])).get(effect.target)
    if record is None:
        return Absent()
    wanted = {delta.name: delta.after for delta in action.deltas}
    if action.kind is ActionKind.DELETE or _differs(basis, wanted, record):
        return effect
    return Done(record.key, "found done")


async def _settle_create(connector: Connector, basis: Basis, effect: Effect) -> Outcome | Effect:
    found: dict[str, Record] = {}
    query = Query(objects=basis.rule.target_side.objects, attributes=basis.target_attributes)
    for kind in basis.schema.unique:
        values = effect.attributes.get(kind.name)
        if values:
            found.update((record.key, record) for record in await connector.find(query, kind.name, values))
    if not found:
        return effect
    if len(found) > 1:
        return Conflict(f"{len(found)} accounts hold its identifiers")
    (record,) = found.values()
    if not _holds_all(basis, effect.attributes, record):
        return Conflict("another account holds one of its identifiers")
    if _differs(basis, effect.attributes, record):
        return replace(effect, target=record.key)
    return Done(record.key, "found done")


def _holds_all(basis: Basis, wanted: Mapping[str, Values], record: Record) -> bool:
    """Whether *record* has every identifier that was to be written; a half-made, disabled account may lack some."""
    half_made = record.one(ENABLED) == "false"
    for kind in basis.schema.unique:
        values, held = wanted.get(kind.name), record.attributes.get(kind.name)
        if values and not (half_made and not held) and kind.comparable(held or NULL) != kind.comparable(values):
            return False
    return True


def _differs(basis: Basis, wanted: Mapping[str, Values], record: Record) -> bool:
    return bool(basis.everything.deltas(wanted, record.attributes))
