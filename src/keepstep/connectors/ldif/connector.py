"""A directory held in an LDIF file, as a connector."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID, uuid4

from keepstep.connectors.ldif.directory import Directory
from keepstep.connectors.ldif.entry_values import getter, same, whole, with_found
from keepstep.connectors.ldif.file import LdifFile, NotWritten, Version
from keepstep.connectors.ldif.text import Entry
from keepstep.connectors.ldif.writer import Places, Writer
from keepstep.core.browse import Browse, Browsed, Unit, base_of, units_of
from keepstep.core.change import Changes
from keepstep.core.connection import LdifConnection, Scope
from keepstep.core.directory_record import Shields, reader
from keepstep.core.directory_schema import GROUPS, USERS, groups_schema, users_schema
from keepstep.core.distinguished_name import parse_dn, same_dn
from keepstep.core.effect import Done, Effect, NotSent, Outcome
from keepstep.core.ldap_filter import Filter, matches, parse
from keepstep.core.plan import Action, ActionKind, Cost
from keepstep.core.schema import Schema, UniqueScope
from keepstep.core.values import Completeness, NativeKey, Record, Values, Verdict
from keepstep.errors import ConfigurationError, ConnectorError, KeepstepError
from keepstep.ports import Finding, Query, Sink

SWITCH: Final = "enabled"

_PAGE: Final = 1000
_PAUSE: Final = 0.05
_PATIENCE: Final = 600
"""How often another writer of the file is waited for, `_PAUSE` seconds each: half a minute."""

T = TypeVar("T")


@dataclass(slots=True)
class _Loaded:
    """The file as it was when it had *version*. *found*: objects and attribute to value to entries, made when asked."""

    version: Version
    directory: Directory
    schemas: dict[str, Schema]
    found: dict[tuple[str, str], dict[Values, list[Entry]]] = field(
        default_factory=dict[tuple[str, str], dict[Values, list[Entry]]]
    )


class LdifConnector:
    """Reads and changes the directory in *path*; `new_guid` gives the objectGUIDs of new objects."""

    def __init__(self, spec: LdifConnection, path: Path, *, new_guid: Callable[[], UUID] = uuid4) -> None:
        self._spec = spec
        self._file = LdifFile(path)
        self._new_guid = new_guid
        self._loaded: _Loaded | None = None
        self._guard = threading.Lock()

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """Everything there is."""
        return frozenset(ActionKind)

    @property
    def address(self) -> str:
        """The file as a URI."""
        return self._file.path.absolute().as_uri()

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return whether the file is there, whole, and writable where *wanted* needs it."""
        return await self._apart(lambda: self._check(wanted))

    async def schema(self, objects: str) -> Schema:
        """Return Active Directory's attributes and those that the file has beside them."""
        return await self._apart(lambda: self._schema(self._load(), objects))

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every object in scope to *sink*; complete when the file shows no sign of having been cut."""
        verdict, records = await self._apart(lambda: self._read(query))
        for start in range(0, len(records), _PAGE):
            sink(records[start : start + _PAGE])
        return verdict

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with these objectGUIDs, wherever in the directory they are; if scoped, in scope."""
        return await self._apart(lambda: self._fetch(query, keys))

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the objects of the whole directory, or of one container, that hold one of *values*.

        A file holds one domain, which is all of its forest.
        """
        return await self._apart(lambda: self._find(query, attribute, values))

    async def browse(self, asked: Browse) -> Browsed:
        """Return the first of those that *asked* selects, by name."""
        return await self._apart(lambda: self._browse(asked))

    async def units(self, parent: str) -> tuple[Unit, ...]:
        """Return the containers directly in *parent*, or the base."""
        base = base_of(parent, self._spec.base)
        return await self._apart(lambda: units_of(self._load().directory.units_in(parent and base, self._spec.base)))

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Carry out *effects* and replace the file once: all that is Done is on the disk, or nothing is.

        NotSent when the file could not be replaced. ConnectorError when it shows signs of having been cut.
        """
        return await self._apart(lambda: self._apply(objects, effects))

    async def changes(self, query: Query, cursor: str) -> Changes:
        """Return whether the file is another one than at *cursor*: a file does not tell what changed in it."""
        found = str(await self._apart(self._file.version))
        if found == cursor:
            return Changes(changes=(), cursor=cursor)
        return Changes(changes=(), cursor=found, whole=True, reason="the file was written")

    async def wake(self, query: Query, seconds: float) -> None:
        """Return as soon as the file is written, at the latest after *seconds*."""
        before = await self._apart(self._file.version)
        for _ in range(round(seconds / _PAUSE)):
            await asyncio.sleep(_PAUSE)
            if await self._apart(self._file.version) != before:
                return

    def batch(self, kind: ActionKind) -> int:
        """Return a number of effects that makes writing the whole file worth it."""
        return _PAGE

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return how often the file is replaced."""
        return Cost(calls={"replace file": -(-len(actions) // _PAGE)} if actions else {})

    async def close(self) -> None:
        """Forget what was read."""
        self._loaded = None

    async def _apart(self, work: Callable[[], T]) -> T:
        """Do blocking *work* in a thread; one at a time, as all of it stands on the same entries."""

        def guarded() -> T:
            with self._guard:
                return work()

        return await asyncio.to_thread(guarded)

    def _load(self) -> _Loaded:
        """Return the directory as it is on the disk now."""
        version = self._file.version()
        if self._loaded is None or self._loaded.version != version:
            directory = Directory(self._file.load(), str(self._file.path))
            schemas = {
                USERS: replace(with_found(users_schema(), directory), home=self._home(USERS), _folded={}),
                GROUPS: replace(with_found(groups_schema(), directory), home=self._home(GROUPS), _folded={}),
            }
            self._loaded = _Loaded(version, directory, schemas)
        return self._loaded

    def _schema(self, loaded: _Loaded, objects: str) -> Schema:
        schema = loaded.schemas.get(objects)
        if schema is None:
            raise ConfigurationError(
                f'an LDIF directory has no objects "{objects}"', hint="its objects are `users` and `groups`"
            )
        return schema

    def _check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        where = str(self._file.path)
        try:
            loaded = self._load()
        except KeepstepError as exc:
            return [Finding(subject="file", good=False, detail=exc.message, hint=exc.hint)]
        findings = [Finding(subject="file", good=True, detail=f"{where} can be read")]
        findings += [
            Finding(subject="entries", good=False, detail=flaw, hint="export the directory again, whole")
            for flaw in loaded.directory.flaws
        ]
        findings += [self._check_scope(loaded, objects) for objects in (USERS, GROUPS)]
        if wanted:
            folder = self._file.path.resolve().parent
            good = os.access(folder, os.W_OK) and os.access(self._file.path, os.W_OK)
            detail = f"{where} {'can' if good else 'cannot'} be replaced"
            hint = "" if good else f"let this program write to the file and to {folder}"
            findings.append(Finding(subject="write", good=good, detail=detail, hint=hint))
        return findings

    def _check_scope(self, loaded: _Loaded, objects: str) -> Finding:
        try:
            missing = self._missing_base(loaded, objects)
            count = len(self._in_scope(loaded, objects))
        except KeepstepError as exc:
            return Finding(subject=objects, good=False, detail=exc.message, hint=exc.hint)
        if missing:
            return Finding(subject=objects, good=False, detail=missing, hint=f"correct `{objects}.base`, or `base`")
        return Finding(subject=objects, good=True, detail=f"{count} {objects} are in scope")

    def _base(self, objects: str) -> str:
        return self._scope(objects).base or self._spec.base

    def _scope(self, objects: str) -> Scope:
        return self._spec.users if objects == USERS else self._spec.groups

    def _missing_base(self, loaded: _Loaded, objects: str) -> str:
        base = self._base(objects)
        name = parse_dn(base)
        if not base or loaded.directory.is_container(name) or name.key in loaded.directory.entries:
            return ""
        return f"the base of {objects} is not in {self._file.path}"

    def _in_scope(self, loaded: _Loaded, objects: str, *, among: Iterable[Entry] | None = None) -> list[Entry]:
        entries = loaded.directory.of(objects, parse_dn(self._base(objects)).key, among=among)
        text = self._scope(objects).filter
        if not text:
            return list(entries)
        wanted: Filter = parse(text)
        return [entry for entry in entries if matches(wanted, getter(loaded.directory, entry), same)]

    def _read(self, query: Query) -> tuple[Verdict, list[Record]]:
        loaded = self._load()
        make = self._maker(loaded, query)
        if missing := self._missing_base(loaded, query.objects):
            return Verdict(completeness=Completeness.FAILED, reason=missing, calls=1), []
        records = [make(entry) for entry in self._in_scope(loaded, query.objects)]
        flaws = loaded.directory.flaws
        if flaws:
            more = f" (and {len(flaws) - 1} more like it)" if len(flaws) > 1 else ""
            reason, completeness = flaws[0] + more, Completeness.PARTIAL
        else:
            reason = f"all {len(loaded.directory.entries)} entries of the file were read to its end"
            completeness = Completeness.COMPLETE
        return Verdict(completeness=completeness, reason=reason, records=len(records), calls=1), records

    def _maker(self, loaded: _Loaded, query: Query) -> Callable[[Entry], Record]:
        """Return what turns an entry into the record that *query* asks for."""
        schema = self._schema(loaded, query.objects)
        decode = reader(query.attributes, schema=schema, shields=Shields(self._spec.protected))
        linked = any(name.casefold() == "memberof" for name in query.attributes)

        def make(entry: Entry) -> Record:
            return decode(entry.dn, whole(loaded.directory, entry, linked=linked))

        return make

    def _fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        loaded = self._load()
        make = self._maker(loaded, query)
        named = ((key, loaded.directory.guids.get(key)) for key in keys)
        found = {key: entry for key, entry in named if entry is not None and entry.kind == query.objects}
        if query.scoped:
            inside = {entry.key for entry in self._in_scope(loaded, query.objects, among=found.values())}
            found = {key: entry for key, entry in found.items() if entry.key in inside}
        return {key: make(entry) for key, entry in found.items()}

    def _find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        loaded = self._load()
        make = self._maker(loaded, query)
        kind = self._schema(loaded, query.objects).attribute(attribute)
        if kind is None:
            return []
        place = (query.objects, kind.name)
        if place not in loaded.found:
            index: dict[Values, list[Entry]] = {}
            probe = self._maker(loaded, Query(objects=query.objects, attributes=(kind.name,)))
            for entry in loaded.directory.of(query.objects):
                for value in probe(entry).attributes.get(kind.name, ()):
                    index.setdefault(kind.comparable((value,)), []).append(entry)
            loaded.found[place] = index
        wanted = dict.fromkeys(kind.comparable((value,)) for value in values if value)
        entries = dict.fromkeys(entry for value in wanted for entry in loaded.found[place].get(value, ()))
        if query.scope is UniqueScope.CONTAINER:
            container = query.container or self._home(query.objects)
            entries = [entry for entry in entries if same_dn(str(parse_dn(entry.dn).parent), container)]
        return [make(entry) for entry in entries]

    def _browse(self, asked: Browse) -> Browsed:
        loaded = self._load()
        make = self._maker(loaded, Query(objects=asked.objects, attributes=(*asked.attributes, SWITCH)))
        base = parse_dn(base_of(asked.within, self._spec.base))
        entries: Iterable[Entry] = loaded.directory.of(asked.objects, base.key)
        if asked.flat:
            entries = [entry for entry in entries if parse_dn(entry.dn).parent.key == base.key]
        if asked.wanted:
            wanted = parse(asked.wanted)
            entries = [entry for entry in entries if matches(wanted, getter(loaded.directory, entry), same)]
        records = [make(entry) for entry in entries]
        if asked.enabled is not None and asked.objects == USERS:
            word = "true" if asked.enabled else "false"
            records = [record for record in records if record.one(SWITCH) == word]
        return Browsed(tuple(records[: asked.most]), len(records) > asked.most)

    def _apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        if not effects:
            return []
        with self._file.locked(_pause):
            loaded = self._load()
            if loaded.directory.flaws:
                raise ConnectorError(
                    f"nothing is written, as the file is not whole: {loaded.directory.flaws[0]}",
                    hint="export the directory again, or correct the file",
                )
            writer = self._writer(loaded, objects)
            outcomes = [writer.carry_out(effect) for effect in effects]
            if not writer.changed:
                return outcomes
            # What stands in memory is no longer what stands on the disk, whatever comes now.
            self._loaded = None
            try:
                version = self._file.save(loaded.directory.settled())
            except NotWritten as exc:
                return [NotSent(exc.message) if isinstance(outcome, Done) else outcome for outcome in outcomes]
            self._loaded = replace(loaded, version=version, found={})
        return outcomes

    def _writer(self, loaded: _Loaded, objects: str) -> Writer:
        schema = self._schema(loaded, objects)
        shields = Shields(self._spec.protected)
        new = self._spec.new_accounts
        places = Places(container=self._home(objects), base=self._spec.base, units=new.create_missing_containers)
        return Writer(loaded.directory, schema, shields, places=places, new_guid=self._new_guid)

    def _home(self, objects: str) -> str:
        return self._spec.new_accounts.container or self._base(objects)


def _pause(attempt: int) -> None:
    """Wait a moment for another writer; ConnectorError when it takes too long."""
    if attempt > _PATIENCE:
        raise ConnectorError("another program is writing to the folder of the LDIF file", hint="try again later")
    time.sleep(_PAUSE)
