"""Creating persons without ever taking over somebody else.

The bulk call matches an existing person by ANY identifier and then changes that one. So every identifier of a batch is
looked up right before it, whoever holds one is a conflict, and an item that did not end as created is reported.
"""

from collections.abc import Sequence

import msgspec

from keepstep.connectors.rest.batches import Batch, Item, Work, failed, portions, send
from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.documents import Sheet, document, encode
from keepstep.connectors.rest.matching import Identity, folded, match_keys
from keepstep.core.application import OperationSpec
from keepstep.core.effect import Conflict, Done, Refused, Unknown
from keepstep.core.endpoint import fill
from keepstep.core.response import ItemAnswer
from keepstep.core.values import NativeKey


async def create(caller: Caller, sheet: Sheet, operation: OperationSpec, works: Sequence[Work]) -> None:
    """Create the person of every work, each outcome by itself."""
    items: list[Item] = []
    claimed: set[Identity] = set()
    for work in works:
        if reason := _unfit(sheet, work, claimed):
            work.outcome = reason
            continue
        try:
            made = document(sheet, {name: held for name, held in work.attributes.items() if held}, operation.shape)
        except ValueError as error:
            work.outcome = Refused(str(error))
            continue
        item = fill(operation.endpoint, operation.item, {"attributes": made, "key": ""})
        items.append((work, msgspec.Raw(encode(item))))
    batch = Batch(endpoint=operation.endpoint, items=operation.items, results=operation.results)
    for portion in portions(items, operation.size, operation.max_bytes):
        free = await _without_taken(caller, sheet, portion)
        if free:
            answers = await send(caller, batch, free)
            for (work, _), answer in zip(free, answers, strict=True):
                _settle(work, answer, operation)


def _unfit(sheet: Sheet, work: Work, claimed: set[Identity]) -> Refused | Conflict | None:
    """Return why *work* cannot be created, or None after noting its identifiers."""
    needed = sheet.schema.identifying
    if needed and not any(work.attributes.get(name) for name in needed):
        return Refused(f"one of {', '.join(needed)} is needed to create a person")
    mine = {folded(identity) for identity in _identities(sheet, work)}
    if mine & claimed:
        return Conflict("another person of the same batch holds an identifier of this one")
    claimed |= mine
    return None


def _identities(sheet: Sheet, work: Work) -> list[Identity]:
    kinds = {name: spec.identifier for name, spec in sheet.spec.attributes.items() if spec.identifier}
    return [(kind, text) for name, kind in kinds.items() for text in work.attributes.get(name, ())]


async def _without_taken(caller: Caller, sheet: Sheet, portion: Sequence[Item]) -> list[Item]:
    """Return the items of which nobody holds an identifier; the others get their conflict."""
    if sheet.spec.match is None:
        return list(portion)
    asked = [identity for work, _ in portion for identity in _identities(sheet, work)]
    holders = await match_keys(caller, sheet.spec.match, asked)
    free: list[Item] = []
    for work, raw in portion:
        taken = sorted({holders[same] for one in _identities(sheet, work) if (same := folded(one)) in holders})
        if taken:
            work.outcome = Conflict(f"an identifier of this person belongs to {' and '.join(taken)} already")
        else:
            free.append((work, raw))
    return free


def _settle(work: Work, answer: ItemAnswer, operation: OperationSpec) -> None:
    if answer.problem is not None:
        work.outcome = failed(work, answer.problem)
    elif not answer.done or not answer.key:
        work.outcome = Unknown("the answer does not say what became of it")
    elif operation.expect and answer.status not in operation.expect:
        work.outcome = Conflict(f"somebody made a person with the same identifier at this moment: {answer.key}")
    else:
        work.outcome = Done(NativeKey(answer.key))
