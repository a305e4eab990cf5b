"""A call for every record of a list: what it says belongs to that record."""

from collections.abc import Collection
from typing import Final, cast

from keepstep.connectors.rest.calls import Answer, Caller
from keepstep.connectors.rest.transport import Failure
from keepstep.core.answer_format import decode
from keepstep.core.application import ObjectSpec
from keepstep.core.columns import texts_at
from keepstep.core.field_path import parse_path, select
from keepstep.core.join import flagged
from keepstep.core.response import Meaning
from keepstep.core.values import Record, Values
from keepstep.errors import ConnectorError, MacroError, ResponseInvalid

_HOPELESS: Final = 10
"""After so many calls in a row that failed, the others are not tried: the application is away."""


_ENOUGH: Final = 5
"""So many answers that say nothing are no chance."""


class Details:
    """The calls of one dependent endpoint during one read."""

    def __init__(self, caller: Caller, endpoint: str, spec: ObjectSpec) -> None:
        self._caller = caller
        self._name = endpoint
        self._endpoint = caller.application.endpoints[endpoint]
        self._paths = {name: spec.path(name) for name, one in spec.attributes.items() if one.of == endpoint}
        self._failed = 0
        self._in_a_row = 0
        self._answered = 0
        self._told = False
        self._reason = ""
        places = caller.places(endpoint)
        self.needs: Final = tuple(name for name in spec.attributes if name in places)
        """The attributes of a record that its call is made with."""

    def gives(self, names: Collection[str]) -> bool:
        """Return whether one of the attributes *names* comes from here."""
        return any(name in names for name in self._paths)

    @property
    def wrong(self) -> str:
        """What went wrong with the calls so far; empty: nothing."""
        if not self._failed:
            # A wrong address, or an error in every answer, looks as if nobody had anything of this.
            nothing = self._answered >= _ENOUGH and not self._told
            return f'endpoint "{self._name}" says nothing of any record: is it the right call?' if nothing else ""
        return f'endpoint "{self._name}" failed for {self._failed} records: {self._reason}'

    async def complete(self, record: Record, names: Collection[str]) -> Record:
        """Return *record* with what the application says of it here; flagged if it says nothing, or the call failed."""
        if self._in_a_row >= _HOPELESS:
            self._failed += 1
            return flagged(record, (self._name,))
        try:
            found = await self._ask(record, names)
        except (ConnectorError, MacroError) as error:
            self._failed += 1
            self._in_a_row += isinstance(error, ConnectorError)
            self._reason = self._reason or error.message
            return flagged(record, (self._name,))
        self._in_a_row = 0
        self._answered += 1
        if found is None:
            return flagged(record, (self._name,))
        return Record(record.key, {**record.attributes, **found})

    async def _ask(self, record: Record, names: Collection[str]) -> dict[str, Values] | None:
        values: dict[str, object] = {}
        for name in self.needs:
            held = record.attributes.get(name, ())
            values[name] = held[0] if len(held) == 1 else held
        answer = await self._caller.read(self._name, {**values, "key": str(record.key)})
        if self._absent(answer):
            return None
        body = self._caller.body(answer)
        content_type = "" if isinstance(answer, Failure) else answer.headers.get("content-type", "")
        tree = decode(self._endpoint.format, body, content_type)
        nodes = self._nodes(tree)
        found: dict[str, Values] = {}
        for name, path in self._paths.items():
            held = [texts for node in nodes if (texts := texts_at(node, path)) is not None]
            if name in names and held:
                found[name] = tuple(text for texts in held for text in texts)
        # A list that stands where it should be says something, even when it is empty.
        self._told = self._told or bool(found or self._endpoint.records or isinstance(tree, list))
        return found

    def _absent(self, answer: Answer) -> bool:
        problem = None if isinstance(answer, Failure) else self._caller.problem(answer)
        return problem is not None and problem.meaning is Meaning.ABSENT

    def _nodes(self, tree: object) -> list[object]:
        """Return the objects that the answer is made of: those of its list, or the answer itself."""
        if self._endpoint.records:
            found = select(tree, parse_path(self._endpoint.records), whole=True)
            node = found[0] if found else None
            if not isinstance(node, list):
                raise ResponseInvalid(
                    "an answer without the list of records", hint=f'endpoint "{self._name}": is `records` right?'
                )
            return cast("list[object]", node)
        return cast("list[object]", tree) if isinstance(tree, list) else [tree]
