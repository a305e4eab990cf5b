"""A REST application as a connected system: what it is and does is in its preset."""

import asyncio
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from keepstep.connectors.rest.auth import Authorizer
from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.check import check
from keepstep.connectors.rest.firing import Firing, ProofOf
from keepstep.connectors.rest.joining import Joiner
from keepstep.connectors.rest.matching import match_keys
from keepstep.connectors.rest.preset import application_of
from keepstep.connectors.rest.probing import probe
from keepstep.connectors.rest.reading import Reader, read_one
from keepstep.connectors.rest.tokens import TokensInMemory
from keepstep.connectors.rest.writing import Writer
from keepstep.core.application import ApplicationSpec, ObjectSpec
from keepstep.core.call_count import CallCounts, NoCallCounts
from keepstep.core.columns import Columns
from keepstep.core.connection import RestConnection
from keepstep.core.effect import Effect, Outcome
from keepstep.core.egress import NOWHERE_ELSE, EgressSpec
from keepstep.core.exchange import Exchange
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.plan import Action, ActionKind, Cost
from keepstep.core.schema import AttributeType, Schema
from keepstep.core.secret import Resolve
from keepstep.core.values import PROTECTED, NativeKey, Record, Verdict
from keepstep.errors import ConfigurationError, ReadIncomplete
from keepstep.ports import Finding, Query, Sink, Tokens

_FEW: Final = 10
_MANY: Final = 200
_PAGE: Final = 1000


def _no_other(name: str) -> Authorizer:
    raise ConfigurationError(f'the authorization of connection "{name}" is not at hand here')


class RestConnector:
    """One REST application. Objects are keyed by the application's own id, as text."""

    def __init__(  # noqa: PLR0913 - what a connection is, and what it is given
        self,
        name: str,
        spec: RestConnection,
        resolve: Resolve,
        *,
        application: ApplicationSpec | None = None,
        tokens: Tokens | None = None,
        context: MacroContext = NO_CONTEXT,
        proof_of: ProofOf | None = None,
        egress: EgressSpec = NOWHERE_ELSE,
        counts: CallCounts | None = None,
    ) -> None:
        self._spec = spec
        self._application = application or application_of(spec)
        self._caller = Caller(
            name,
            spec,
            self._application,
            resolve,
            tokens=tokens or TokensInMemory(),
            context=context,
            egress=egress,
            counts=counts or NoCallCounts(),
        )
        self.firing = Firing(self._caller, proof_of or _no_other)
        self._schemas = {objects: kind.schema_of(objects) for objects, kind in self._application.objects.items()}
        self._readers = {
            objects: Reader(self._caller, kind.list, key=kind.key)
            for objects, kind in self._application.objects.items()
        }
        self._joiners = {
            name: Joiner(self._caller, kind, self._readers[name])
            for name, kind in self._application.objects.items()
            if kind.join
        }
        self._writers: dict[str, Writer] = {}
        self._protected = frozenset(spec.protected)

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """The kinds of change that the preset has an operation for."""
        kinds: set[ActionKind] = set()
        for spec in self._application.objects.values():
            operations = {
                ActionKind.CREATE: spec.create,
                ActionKind.UPDATE: spec.update,
                ActionKind.DELETE: spec.delete,
            }
            kinds |= {kind for kind, operation in operations.items() if operation is not None}
        return frozenset(kinds)

    def call_of(self, objects: str, kind: ActionKind) -> str:
        """Return the call of the application that makes a change of *kind*; empty: there is none."""
        spec = self._object(objects)
        operation = {ActionKind.CREATE: spec.create, ActionKind.UPDATE: spec.update, ActionKind.DELETE: spec.delete}
        found = operation.get(kind)
        endpoint = self._application.endpoints[found.endpoint] if found is not None else None
        return f"{endpoint.method} {endpoint.url}" if endpoint is not None else ""

    @property
    def authorizer(self) -> Authorizer:
        """The proof of this connection."""
        return self._caller.authorizer

    @property
    def address(self) -> str:
        """The preset and the origin of the application."""
        return f"{self._spec.preset} {self._caller.origin}"

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what works and what is missing for reading and for *wanted*; changes nothing."""
        return await check(self._caller, writes=bool(wanted), plain=self._spec.base_url.startswith("http:"))

    async def probe(self, endpoint: str, values: Mapping[str, str]) -> Exchange:
        """Send the call *endpoint* once, with *values* in its places, and return what went back and forth."""
        return await probe(self._caller, endpoint, values)

    async def schema(self, objects: str) -> Schema:
        """Return the attributes that *objects* have here."""
        self._object(objects)
        return self._schemas[objects]

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every object to *sink* once, in page order, and return how the read ended."""
        self._object(query.objects)
        before = self._caller.calls

        def judged(records: Sequence[Record]) -> None:
            sink([self._marked(query.objects, record, query) for record in records] if self._protected else records)

        if joiner := self._joiners.get(query.objects):
            return await joiner.read(self._names(query), judged)
        proof = await self._readers[query.objects].read(self._columns(query), judged)
        return proof.verdict(calls=self._caller.calls - before)

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with *keys* as they are now: few one by one, many from the list.

        A key that the list does not show is asked for by itself, as lists lag behind and shift; a great many are
        believed to be gone when the list was read to its end, as asking would take longer than the answer holds.
        """
        spec = self._object(query.objects)
        if spec.join or not spec.get:
            return await self._fetch_from_list(query, dict.fromkeys(keys))
        columns = self._columns(query)
        wanted = dict.fromkeys(keys)
        whole = False
        found: dict[NativeKey, Record] = {}
        reader = self._readers[query.objects]
        if len(wanted) > max(_FEW, math.ceil((reader.last_total or _PAGE * _FEW) / _PAGE)):

            def pick(records: Sequence[Record]) -> None:
                found.update({record.key: record for record in records if record.key in wanted})

            proof = await reader.read(columns, pick, proven=False)
            whole = proof.verdict(calls=0).complete
        missing = [key for key in wanted if key not in found]
        if whole and len(missing) > _MANY:
            missing = []
        for record in await asyncio.gather(*(read_one(self._caller, spec, columns, key) for key in missing)):
            if record is not None:
                found[record.key] = record
        return {key: self._marked(query.objects, found[key], query) for key in wanted if key in found}

    async def _fetch_from_list(self, query: Query, wanted: Collection[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with the keys *wanted* from a whole read, where there is no other way to them."""
        found: dict[NativeKey, Record] = {}

        def pick(records: Sequence[Record]) -> None:
            found.update(
                {record.key: self._marked(query.objects, record, query) for record in records if record.key in wanted}
            )

        if joiner := self._joiners.get(query.objects):
            verdict = await joiner.read(self._names(query), pick, only=wanted)
        else:
            verdict = (await self._readers[query.objects].read(self._columns(query), pick)).verdict(calls=0)
        if not verdict.complete:
            raise ReadIncomplete(f"{self._caller.name}: {verdict.reason}")
        return {key: found[key] for key in wanted if key in found}

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the objects of the whole account that hold one of *values*, looked up by identifier where possible."""
        spec, kind = self._object(query.objects), self._attribute(query.objects, attribute)
        if attribute == spec.key:
            return list((await self.fetch(query, [NativeKey(value) for value in values])).values())
        wanted = {text for value in values for text in kind.comparable((value,))}
        wider = Query(objects=query.objects, attributes=tuple(dict.fromkeys((*query.attributes, attribute))))
        known = spec.attributes.get(attribute)
        if spec.match is not None and known is not None and known.identifier:
            identities = [(known.identifier, text) for value in values for text in kind.normalise((value,))]
            matches = await match_keys(self._caller, spec.match, identities)
            records = list((await self.fetch(wider, sorted(set(matches.values())))).values())
        else:
            records = await self._listed(wider)
        held = [record for record in records if wanted & set(kind.comparable(record.attributes.get(attribute, ())))]
        return [self._narrowed(record, query) for record in held]

    async def _listed(self, query: Query) -> list[Record]:
        records: list[Record] = []
        verdict = await self.read(query, records.extend)
        if not verdict.complete:
            raise ReadIncomplete(f"{self._caller.name}: {verdict.reason}")
        return records

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Carry out *effects* and return one outcome for each, in order."""
        return await self._writer(objects).apply(effects)

    def batch(self, kind: ActionKind) -> int:
        """Return how many effects of *kind* one call of the application takes."""
        sizes = [
            operation.size
            for spec in self._application.objects.values()
            for operation in (spec.create, spec.update, spec.delete)
            if operation is not None
        ]
        return min(sizes, default=1)

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return the calls that *actions* need and the seconds they take at this connection's pace."""
        calls = Counter[str]()
        for endpoint, count in self._writer(objects).calls(actions):
            calls[endpoint] += count
        rates = {endpoint: self._caller.rate(endpoint) for endpoint in calls}
        seconds = sum(count / rate for endpoint, count in calls.items() if (rate := rates[endpoint]))
        return Cost(calls=dict(calls), seconds=round(seconds, 1))

    async def close(self) -> None:
        """Let go of connections; may be called twice."""
        await self._caller.close()

    def _writer(self, objects: str) -> Writer:
        spec = self._object(objects)
        if objects not in self._writers:
            self._writers[objects] = Writer(self._caller, spec, self._schemas[objects])
        return self._writers[objects]

    def _object(self, objects: str) -> ObjectSpec:
        spec = self._application.objects.get(objects)
        if spec is None:
            known = ", ".join(self._application.objects)
            raise ConfigurationError(f'{self._caller.name} has no objects "{objects}"', hint=f"it has: {known}")
        return spec

    def _attribute(self, objects: str, name: str) -> AttributeType:
        schema = self._schemas[objects]
        kind = schema.attribute(name)
        if kind is None:
            near = get_close_matches(name, schema.attributes, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(schema.attributes)}"
            raise ConfigurationError(f'{objects} of {self._caller.name} have no attribute "{name}"', hint=hint)
        return kind

    def _columns(self, query: Query) -> Columns:
        spec = self._object(query.objects)
        return self._readers[query.objects].columns({name: spec.path(name) for name in self._names(query)})

    def _names(self, query: Query) -> list[str]:
        """Return the attributes to read for *query*: those it asks for, and those that tell who is protected."""
        names = [name for name in query.attributes if name != PROTECTED]
        for name in names:
            self._attribute(query.objects, name)
        if self._protected:
            names += [kind.name for kind in self._schemas[query.objects].unique]
        return list(dict.fromkeys(names))

    def _marked(self, objects: str, record: Record, query: Query) -> Record:
        """Return *record* with the mark of the protected, and without what was read only to tell."""
        if not self._protected:
            return record
        attributes = dict(self._asked(record.attributes, query))
        if any(self._shields(kind, record) for kind in self._schemas[objects].unique):
            attributes[PROTECTED] = ("the connection protects it",)
        return Record(record.key, attributes)

    def _shields(self, kind: AttributeType, record: Record) -> bool:
        held = set(kind.comparable(record.attributes.get(kind.name, ())))
        return any(set(kind.comparable((identifier,))) & held for identifier in self._protected)

    @staticmethod
    def _narrowed(record: Record, query: Query) -> Record:
        return Record(record.key, dict(RestConnector._asked(record.attributes, query, PROTECTED)))

    @staticmethod
    def _asked(
        attributes: Mapping[str, tuple[str, ...]], query: Query, *others: str
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        return ((name, held) for name, held in attributes.items() if name in query.attributes or name in others)
