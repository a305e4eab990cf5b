"""Effects to calls and back to outcomes: one for each effect, in order, whatever happens on the way."""

import math
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import replace

import msgspec

from keepstep.connectors.rest.batches import Batch, Work, portions, send, settle
from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.creating import create
from keepstep.connectors.rest.definitions import Definitions
from keepstep.connectors.rest.documents import Sheet, encode, normalised
from keepstep.connectors.rest.updating import Updater, plan_change
from keepstep.core.application import ObjectSpec, OperationSpec
from keepstep.core.effect import Effect, NotSent, Outcome, Refused, Unknown, joined
from keepstep.core.endpoint import fill
from keepstep.core.plan import Action, ActionKind
from keepstep.core.schema import Schema, Syntax
from keepstep.errors import ConnectorError


class Writer:
    """Writes one kind of object."""

    def __init__(self, caller: Caller, spec: ObjectSpec, schema: Schema) -> None:
        self._caller = caller
        self._spec = spec
        self._schema = schema
        self._labels = Definitions(caller, spec.labels) if spec.labels else None
        self._open = Definitions(caller, spec.definitions) if spec.definitions else None

    async def apply(self, effects: Sequence[Effect]) -> list[Outcome]:
        """Carry out *effects*; raise a ConnectorError only when certainly nothing was done."""
        works = [self._work(effect) for effect in effects]
        written = self._caller.written
        for step in (self._create, self._update, self._delete):
            await self._guarded(step(works), works, written)
        ended = [(work, work.outcome or Unknown("it was not carried out")) for work in works]
        return [replace(outcome, calls=joined(*work.calls)) for work, outcome in ended]

    async def _guarded(self, step: Awaitable[None], works: Sequence[Work], written: int) -> None:
        try:
            await step
        except ConnectorError as error:
            if self._caller.written == written:
                raise
            for work in works:
                if work.open and work.partly:
                    work.outcome = Unknown(f"only a part was made: {error.message}")
                elif work.open:
                    work.outcome = NotSent(error.message)

    def _work(self, effect: Effect) -> Work:
        work = Work(effect)
        operation = self._operation(effect.kind)
        if operation is None:
            work.outcome = Refused(f"{effect.kind} is not possible here")
        elif effect.kind is not ActionKind.CREATE and effect.target is None:
            work.outcome = Refused(f"{effect.kind} names no object")
        else:
            attributes, refusal = normalised(self._schema, effect.attributes)
            work.attributes = attributes
            work.outcome = Refused(refusal) if refusal else None
        return work

    def _operation(self, kind: ActionKind) -> OperationSpec | None:
        match kind:
            case ActionKind.CREATE:
                return self._spec.create
            case ActionKind.UPDATE:
                return self._spec.update
            case ActionKind.DELETE:
                return self._spec.delete
            case ActionKind.ENABLE | ActionKind.DISABLE:
                return None

    async def _create(self, works: Sequence[Work]) -> None:
        mine = [work for work in works if work.open and _creates(work.effect)]
        if mine and self._spec.create is not None:
            sheet = await self._prepared(mine)
            await create(self._caller, sheet, self._spec.create, [work for work in mine if work.open])

    async def _update(self, works: Sequence[Work]) -> None:
        """Change persons; a create that has a target is the rest of one that was interrupted."""
        kinds = {ActionKind.CREATE, ActionKind.UPDATE}
        mine = [work for work in works if work.open and work.effect.kind in kinds and work.effect.target is not None]
        if mine and self._spec.update is not None:
            sheet = await self._prepared(mine)
            await Updater(self._caller, sheet, self._spec.update).update([work for work in mine if work.open])

    async def _delete(self, works: Sequence[Work]) -> None:
        mine = [work for work in works if work.open and work.effect.kind is ActionKind.DELETE]
        operation = self._spec.delete
        if not mine or operation is None:
            return
        batch = Batch(endpoint=operation.endpoint, items=operation.items, results=operation.results)
        items = [
            (work, msgspec.Raw(encode(fill(operation.endpoint, operation.item, {"key": work.key})))) for work in mine
        ]
        for portion in portions(items, operation.size, operation.max_bytes):
            for (work, _), answer in zip(portion, await send(self._caller, batch, portion), strict=True):
                settle(work, answer, last=True)

    async def _prepared(self, works: Sequence[Work]) -> Sheet:
        """Make the labels and open attributes known that *works* name; those that cannot be are refused."""
        unusable: dict[str, str] = {}
        if self._open is not None and self._spec.open is not None:
            prefix = self._spec.open.prefix
            names = [name for work in works for name in work.attributes if name.startswith(prefix)]
            refused = await self._open.ensure(name.removeprefix(prefix) for name in names)
            unusable |= {prefix + name: reason for name, reason in refused.items()}
        for work in works:
            if reasons := [unusable[name] for name in work.attributes if name in unusable]:
                work.outcome = Refused(reasons[0])
        await self._label(works)
        return Sheet(spec=self._spec, schema=self._schema, types=self._types(works))

    async def _label(self, works: Sequence[Work]) -> None:
        if self._labels is None:
            return
        names = [name for name, spec in self._spec.attributes.items() if spec.change == "labels"]
        carried = [label for work in works if work.open for name in names for label in work.attributes.get(name, ())]
        refused = await self._labels.ensure(carried)
        for work in works:
            lost = [refused[label] for name in names for label in work.attributes.get(name, ()) if label in refused]
            if lost and work.open:
                work.outcome = Refused(lost[0])

    def _types(self, works: Sequence[Work]) -> dict[str, Syntax]:
        if self._open is None or self._spec.open is None:
            return {}
        prefix = self._spec.open.prefix
        names = {name for work in works for name in work.attributes if name.startswith(prefix)}
        return {name: self._open.syntax(name.removeprefix(prefix)) for name in names}

    def calls(self, actions: Sequence[Action]) -> Iterator[tuple[str, int]]:
        """Yield endpoint and number of calls that *actions* need."""
        for kind in (ActionKind.CREATE, ActionKind.UPDATE, ActionKind.DELETE):
            mine = [action for action in actions if action.kind is kind]
            operation = self._operation(kind)
            if not mine or operation is None:
                continue
            if kind is ActionKind.CREATE:
                yield from self._lookups(mine)
            elif kind is ActionKind.UPDATE:
                yield from self._single_calls(mine)
            yield operation.endpoint, math.ceil(len(mine) / operation.size)
        yield from self._known_first(actions)

    def _lookups(self, actions: Sequence[Action]) -> Iterator[tuple[str, int]]:
        match = self._spec.match
        if match is not None:
            known = {name for name, spec in self._spec.attributes.items() if spec.identifier}
            identities = sum(len(delta.after) for action in actions for delta in action.deltas if delta.name in known)
            yield match.endpoint, math.ceil(identities / match.size)

    def _single_calls(self, actions: Sequence[Action]) -> Iterator[tuple[str, int]]:
        counted = Counter[str]()
        removals: dict[str, int] = {}
        for action in actions:
            after = {delta.name: delta.after for delta in action.deltas}
            before = {delta.name: delta.before or () for delta in action.deltas}
            change = plan_change(self._spec, self._schema, after, before)
            for label in change.removed:
                removals[label] = removals.get(label, 0) + 1
            if change.whole and self._spec.replace:
                counted[self._spec.get] += 1
                counted[self._spec.replace.endpoint] += 1
            elif change.contacts and self._spec.contacts:
                every = sum(spec.change == "contacts" for spec in self._spec.attributes.values())
                counted[self._spec.get] += len(change.contacts) < every
                counted[self._spec.contacts.endpoint] += 1
        if self._spec.labels:
            counted[self._spec.labels.remove] += sum(
                math.ceil(count / self._spec.labels.size) for count in removals.values()
            )
        yield from ((endpoint, count) for endpoint, count in counted.items() if count)

    def _known_first(self, actions: Sequence[Action]) -> Iterator[tuple[str, int]]:
        names = {delta.name for action in actions if action.kind is not ActionKind.DELETE for delta in action.deltas}
        if (
            self._spec.definitions
            and self._spec.open
            and any(name.startswith(self._spec.open.prefix) for name in names)
        ):
            yield self._spec.definitions.names, 1
        if self._spec.labels and any(
            spec.change == "labels" for name, spec in self._spec.attributes.items() if name in names
        ):
            yield self._spec.labels.names, 1


def _creates(effect: Effect) -> bool:
    return effect.kind is ActionKind.CREATE and effect.target is None
