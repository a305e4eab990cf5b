"""Changing persons, each named by its id, so that no other person can be reached.

An update in bulk sets plain attributes and appends to lists. What it cannot express has calls of its own: contacts
that are changed or removed (the complete list is put), labels that are taken off, and, where the preset says that null
does not clear, the replacement of a whole person that was read just before.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from keepstep.connectors.rest.batches import Batch, Item, Work, failed, portions, send, settle
from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.documents import Sheet, document, encode, overwrite
from keepstep.connectors.rest.reading import Reader, body_of_one, read_one
from keepstep.connectors.rest.transport import Failure
from keepstep.core.application import LabelsSpec, ObjectSpec, OperationSpec
from keepstep.core.effect import Absent, Done, Refused, Unknown
from keepstep.core.endpoint import fill
from keepstep.core.field_path import at, parse_path, put
from keepstep.core.response import Problem, names_problem, parse_json
from keepstep.core.schema import Schema
from keepstep.core.values import Values

_AT_ONCE: Final = 8


@dataclass(slots=True)
class Change:
    """What one update consists of. *contacts*: all the contact attributes it names, when the list is to be put."""

    sets: dict[str, Values] = field(default_factory=dict[str, Values])
    contacts: dict[str, Values] = field(default_factory=dict[str, Values])
    removed: tuple[str, ...] = ()
    whole: bool = False


def plan_change(
    spec: ObjectSpec, schema: Schema, attributes: Mapping[str, Values], before: Mapping[str, Values]
) -> Change:
    """Return the calls that bring a person from *before* to *attributes*; pure, so that the cost can be told."""
    change = Change()
    contacts: dict[str, Values] = {}
    for name, after in attributes.items():
        known = spec.attributes.get(name)
        kind = schema.attribute(name)
        how = "set" if known is None else known.change
        if kind is None or how == "set":
            change.sets[name] = after
            change.whole = change.whole or (not after and spec.clearing == "replace")
            continue
        old = kind.normalise(before.get(name, ()))
        held = {kind.comparable((text,)) for text in old}
        added = tuple(text for text in after if kind.comparable((text,)) not in held)
        gone = tuple(text for text in old if kind.comparable((text,)) not in {kind.comparable((one,)) for one in after})
        if how == "labels":
            change.removed = gone
        else:
            contacts[name] = after
            if gone or name not in before:
                # What is there now is not known, or has to go: the complete list is put.
                change.contacts = contacts
                continue
        if added:
            change.sets[name] = added
    if change.contacts:
        change.sets = {name: held for name, held in change.sets.items() if name not in change.contacts}
    return change


class Updater:
    """Carries out the updates of one kind of object."""

    def __init__(self, caller: Caller, sheet: Sheet, operation: OperationSpec) -> None:
        self._caller = caller
        self._sheet = sheet
        self._operation = operation
        self._spec = sheet.spec

    async def update(self, works: Sequence[Work]) -> None:
        """Carry out every work, each outcome by itself: contacts first, as they are what may conflict."""
        changes = [
            (work, plan_change(self._spec, self._sheet.schema, work.attributes, work.effect.before)) for work in works
        ]
        gate = asyncio.Semaphore(_AT_ONCE)
        singles = [self._single(work, change, gate) for work, change in changes if change.whole or change.contacts]
        for raised in await asyncio.gather(*singles, return_exceptions=True):
            if isinstance(raised, BaseException):
                raise raised
        await self._sets([(work, change) for work, change in changes if work.open])
        await self._labels([(work, change) for work, change in changes if work.open and change.removed])
        for work in works:
            work.outcome = work.outcome or Done(work.key)

    async def _single(self, work: Work, change: Change, gate: asyncio.Semaphore) -> None:
        async with gate:
            await (self._replace(work, change) if change.whole else self._put_contacts(work, change))

    async def _put_contacts(self, work: Work, change: Change) -> None:
        contacts = self._spec.contacts
        if contacts is None:
            work.outcome = Refused("contacts cannot be changed here")
            return
        everything = dict(change.contacts)
        others = [name for name, one in self._spec.attributes.items() if one.change == "contacts"]
        missing = [name for name in others if name not in everything]
        if missing:
            reader = Reader(self._caller, self._spec.list, key=self._spec.key)
            columns = reader.columns({name: self._spec.path(name) for name in missing})
            record = await read_one(self._caller, self._spec, columns, work.key)
            if record is None:
                work.outcome = Absent()
                return
            everything |= {name: record.attributes.get(name, ()) for name in missing}
        body = at(document(self._sheet, everything, contacts.shape), parse_path(contacts.body))
        await self._one(work, contacts.endpoint, body)

    async def _replace(self, work: Work, change: Change) -> None:
        """Put back the whole person as it is now with the changes made; everything is done with it."""
        replace = self._spec.replace
        found = None if replace is None else await body_of_one(self._caller, self._spec, work.key)
        if replace is None or found is None:
            work.outcome = Absent() if replace is not None else Refused("attributes cannot be cleared here")
            return
        tree, kept = parse_json(found), dict[str, object]()
        for path in (parse_path(text) for text in replace.keep):
            if (value := at(tree, path)) is not None:
                put(kept, path, (value,))
        try:
            overwrite(self._sheet, kept, work.attributes, self._operation.shape)
        except ValueError as error:
            work.outcome = Refused(str(error))
            return
        await self._one(work, replace.endpoint, kept)
        if work.open:
            change.sets, change.removed = {}, ()

    async def _one(self, work: Work, endpoint: str, body: object) -> None:
        """Send a write that concerns only *work*; an outcome is set unless it was done."""
        answer = await self._caller.write(endpoint, {"key": work.key, "body": encode(body)})
        work.calls.append(self._caller.told(endpoint, answer))
        problem: Problem | None = self._caller.problem(answer)
        if problem is not None:
            work.outcome = failed(work, problem)
        elif isinstance(answer, Failure) or names_problem(self._caller.application.problems, answer.body):
            work.outcome = Unknown("the answer does not say what became of it")
        else:
            work.partly = True

    async def _sets(self, changes: Iterable[tuple[Work, Change]]) -> None:
        items: list[Item] = []
        for work, change in changes:
            if not change.sets:
                continue
            try:
                made = document(self._sheet, change.sets, self._operation.shape)
            except ValueError as error:
                work.outcome = Refused(str(error))
                continue
            item = fill(self._operation.endpoint, self._operation.item, {"attributes": made, "key": work.key})
            items.append((work, msgspec.Raw(encode(item))))
        batch = Batch(endpoint=self._operation.endpoint, items=self._operation.items, results=self._operation.results)
        for portion in portions(items, self._operation.size, self._operation.max_bytes):
            await self._settled(batch, portion)

    async def _settled(self, batch: Batch, portion: Sequence[Item]) -> None:
        for (work, _), answer in zip(portion, await send(self._caller, batch, portion), strict=True):
            settle(work, answer, last=False)

    async def _labels(self, changes: Iterable[tuple[Work, Change]]) -> None:
        labels = self._spec.labels
        by_label: dict[str, list[Work]] = defaultdict(list)
        for work, change in changes:
            for label in change.removed:
                by_label[label].append(work)
        for label, works in by_label.items():
            if labels is None:
                for work in works:
                    work.outcome = Refused("labels cannot be taken off here")
            else:
                await self._untag(labels, label, [work for work in works if work.open])

    async def _untag(self, labels: LabelsSpec, label: str, works: Sequence[Work]) -> None:
        items = [(work, msgspec.Raw(encode(fill(labels.remove, labels.item, {"key": work.key})))) for work in works]
        batch = Batch(
            endpoint=labels.remove, items=self._operation.items, results=labels.results, values={"name": label}
        )
        for portion in portions(items, labels.size, self._operation.max_bytes):
            answers = await send(self._caller, batch, portion)
            if all(answer.problem is not None and answer.problem.status == 404 for answer in answers):
                # There is no such label, so nobody carries it.
                continue
            for (work, _), answer in zip(portion, answers, strict=True):
                settle(work, answer, last=False)
