"""The named searches of a directory: each is the same directory with a narrower scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from keepstep.core.browse import Browse, Browsed, Browsing, Unit
from keepstep.core.change import Changes
from keepstep.core.connection import NamedSearch
from keepstep.core.effect import Effect, Outcome, Refused
from keepstep.core.plan import Action, ActionKind, Cost
from keepstep.core.schema import Schema
from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey, Record, Verdict
from keepstep.ports import Connector, Finding, Foretelling, Query, Sink


@runtime_checkable
class _Watching(Protocol):
    async def changes(self, query: Query, cursor: str) -> Changes: ...

    async def wake(self, query: Query, seconds: float) -> None: ...


class SearchedDirectory:
    """A directory with its *searches*; `narrow` returns it with one of them as the scope of its kind of objects.

    What a search selects is read; whether a value is free is asked of the whole directory, as for users and groups.
    """

    def __init__(
        self, directory: Connector, searches: Mapping[str, NamedSearch], narrow: Callable[[NamedSearch], Connector]
    ) -> None:
        self._directory = directory
        self._searches = searches
        self._narrow = narrow
        self._built: dict[str, Connector] = {}

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """What the directory can do."""
        return self._directory.capabilities

    @property
    def address(self) -> str:
        """Where the directory is."""
        return self._directory.address

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what works and what is missing, and whether each search selects something that can be read."""
        findings = await self._directory.check(wanted)
        if not all(finding.good for finding in findings):
            return findings
        for name in self._searches:
            connector, kind = self._at(name)
            told = [found for found in await connector.check(frozenset()) if kind in found.subject.split()]
            findings += [
                replace(
                    found,
                    subject=found.subject.replace(kind, name),
                    hint=found.hint.replace(f"`{kind}.", f"`searches.{name}."),
                )
                for found in told
            ]
        return findings

    async def schema(self, objects: str) -> Schema:
        """Return the attributes of the kind of objects that the search *objects* selects."""
        connector, kind = self._at(objects)
        schema = await connector.schema(kind)
        return schema if kind == objects else replace(schema, objects=objects, _folded={})

    async def hopeless(self, objects: str, kinds: frozenset[ActionKind]) -> str:
        """Return why no change of one of *kinds* could ever be made, where the directory knows."""
        connector, kind = self._at(objects)
        return await connector.hopeless(kind, kinds) if isinstance(connector, Foretelling) else ""

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every object that the search selects to *sink*."""
        connector, query = self._for(query)
        return await connector.read(query, sink)

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with these keys; if scoped, those that the search selects."""
        connector, query = self._for(query)
        return await connector.fetch(query, keys)

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the objects that hold one of *values*, whether the search selects them or not."""
        connector, query = self._for(query)
        return await connector.find(query, attribute, values)

    async def changes(self, query: Query, cursor: str) -> Changes:
        """Return what the search selects that changed since *cursor*."""
        connector, query = self._for(query)
        assert isinstance(connector, _Watching)  # noqa: S101 - every directory tells what changed
        return await connector.changes(query, cursor)

    async def wake(self, query: Query, seconds: float) -> None:
        """Return as soon as something may have changed, at the latest after *seconds*."""
        connector, query = self._for(query)
        assert isinstance(connector, _Watching)  # noqa: S101 - every directory tells what changed
        await connector.wake(query, seconds)

    async def browse(self, asked: Browse) -> Browsed:
        """Return who *asked* selects of the whole directory; a search as its objects stands for its kind."""
        connector, kind = self._at(asked.objects)
        assert isinstance(connector, Browsing)  # noqa: S101 - every directory can be looked around in
        return await connector.browse(replace(asked, objects=kind))

    async def units(self, parent: str) -> tuple[Unit, ...]:
        """Return the containers directly in *parent*, or the base."""
        assert isinstance(self._directory, Browsing)  # noqa: S101 - every directory can be looked around in
        return await self._directory.units(parent)

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Carry out *effects* in the directory."""
        connector, kind = self._at(objects)
        return await connector.apply(kind, effects)

    async def reset_password(self, key: NativeKey, password: Secret) -> Outcome:
        """Give the account another password, where the directory can."""
        reset = getattr(self._directory, "reset_password", None)
        return Refused("this directory sets no passwords") if reset is None else await reset(key, password)

    async def replace_password(self, key: NativeKey, *, must_change: bool) -> Outcome:
        """Give the account another password, handed over as that of a new one, where the directory can."""
        replace_password = getattr(self._directory, "replace_password", None)
        if replace_password is None:
            return Refused("this directory sets no passwords")
        return await replace_password(key, must_change=must_change)

    async def restore(self, key: NativeKey) -> Outcome:
        """Bring a deleted object back, where the directory can."""
        restore = getattr(self._directory, "restore", None)
        return Refused("this directory keeps nothing that was deleted") if restore is None else await restore(key)

    def batch(self, kind: ActionKind) -> int:
        """Return how many effects of *kind* the directory takes best."""
        return self._directory.batch(kind)

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return what *actions* cost in the directory."""
        connector, kind = self._at(objects)
        return connector.cost(kind, actions)

    async def close(self) -> None:
        """Let go of every connection."""
        built, self._built = self._built, {}
        for connector in (self._directory, *built.values()):
            await connector.close()

    def _for(self, query: Query) -> tuple[Connector, Query]:
        connector, kind = self._at(query.objects)
        return connector, replace(query, objects=kind)

    def _at(self, objects: str) -> tuple[Connector, str]:
        """Return what reads *objects*, and what kind of objects they are to it."""
        search = self._searches.get(objects)
        if search is None:
            return self._directory, objects
        if objects not in self._built:
            self._built[objects] = self._narrow(search)
        return self._built[objects], search.of
