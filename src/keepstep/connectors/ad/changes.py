"""What changed in a domain since it was last asked, whoever changed it: DirSync, else update sequence numbers."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from keepstep.connectors.ad.codec import attributes_for
from keepstep.connectors.ad.filters import with_keys
from keepstep.connectors.ldap_session.controls import INCREMENTAL, OBJECT_SECURITY
from keepstep.connectors.ldap_session.session import Delta, Entry, Search, Session
from keepstep.core.directory_schema import USERS
from keepstep.core.directory_values import Wire, decode
from keepstep.core.ldap_filter import any_of, equal
from keepstep.core.values import NativeKey
from keepstep.errors import ConnectorError
from keepstep.ports import Query

MANY: Final = 5_000
"""If more objects changed than this, reading everything is as quick as reading them one by one."""

_PARTS: Final = 100

_NOBODY: Final = "(objectGUID=\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00)"
_WATCHED: Final = "(|(objectClass=user)(objectClass=group)(objectClass=organizationalUnit)(objectClass=container))"
_ALWAYS: Final = ("objectClass", "objectGUID", "name", "parentGUID", "isDeleted", "lastKnownParent", "whenCreated")
_NAMING: Final = frozenset({"name", "parentguid", "isdeleted"})
_NO_RIGHT: Final = frozenset({8, 50})
_RESTARTS: Final = 1_000
_LATELY: Final = 200
_WITNESSES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a domain controller was followed. *controller*: its invocationId, which changes when it is restored.

    *usn*: the highest update sequence number that it had. *cookie*: of DirSync, in Base64; empty: it goes by *usn*.
    *asked*: what tells one question from another. *witnesses*: the objects that were changed last, by key, with their
    numbers: a controller that was put back, and went on counting to beyond *usn*, does not have them like this.
    """

    controller: str
    usn: int
    cookie: str
    flags: int
    asked: str
    witnesses: Mapping[str, int] = field(default_factory=dict[str, int])

    def __str__(self) -> str:
        """Return it as one text."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor that *text* is, or None."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Touched:
    """Which objects are not as they were, by key; *whole*: why that is not all, and everything has to be read."""

    keys: frozenset[NativeKey]
    cursor: Cursor
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Following:
    """Follows one kind of objects of the domain *domain*, for one question."""

    session: Session
    domain: str
    query: Query
    filter: str

    async def since(self, text: str) -> Touched:
        """Return what was touched since the cursor *text*; ConnectorError if the domain cannot be asked."""
        controller, usn = await self._controller()
        asked = f"{self.query.objects} {self.filter} {' '.join(self.query.attributes)}"
        before = Cursor.read(text) if text else None
        advanced = before is None or usn != before.usn
        witnesses = await self._witnesses(usn) if advanced else {}
        if before is not None and not witnesses:
            witnesses = before.witnesses
        fresh = Cursor(controller=controller, usn=usn, cookie="", flags=0, asked=asked, witnesses=witnesses)
        if before is None:
            return await self._anew(fresh, "it was never followed")
        if before.asked != asked:
            return await self._anew(fresh, "other objects or attributes are watched now")
        if before.controller != controller:
            return await self._anew(fresh, "another domain controller answers, or it was restored")
        if usn < before.usn or not await self._witnessed(before):
            return await self._anew(fresh, "the domain controller went back in time: it was restored")
        if before.cookie:
            return await self._by_dirsync(before, fresh)
        return await self._by_usn(before, fresh)

    async def _controller(self) -> tuple[str, int]:
        """Return who answers, and how far it has come."""
        root = await self.session.base("", ("dsServiceName", "highestCommittedUSN"))
        told = {name: held[0].decode() for name, held in root.values.items() if held} if root else {}
        service = told.get("dsservicename", "")
        entry = await self.session.base(service, ("invocationId",)) if service else None
        ids = decode(Wire.GUID, entry.values.get("invocationid", ())[:1]) if entry else ()
        return (ids[0] if ids else service), int(told.get("highestcommittedusn", "0"))

    async def _witnesses(self, usn: int) -> dict[str, int]:
        """Return the objects of the domain that were changed last before *usn*, and when, by the numbers."""
        lately = f"(&(uSNChanged>={max(1, usn - _LATELY)})(uSNChanged<={usn}))"
        names = ("objectGUID", "uSNChanged")
        entries = await self.session.find(Search(base=self.domain, filter=lately, attributes=names, deleted=True))
        found = {_key(entry): _usn(entry) for entry in entries if _key(entry)}
        newest = sorted(found, key=lambda key: found[key])[-_WITNESSES:]
        return {str(key): found[key] for key in newest}

    async def _witnessed(self, before: Cursor) -> bool:
        """Return whether the witnesses of *before* are as they were, or newer.

        One that is not there was never made. It may have been deleted too, where the account sees nothing of what was:
        then everything is read once more than needed.
        """
        if not before.witnesses:
            return True
        wanted = with_keys([NativeKey(key) for key in before.witnesses])
        names = ("objectGUID", "uSNChanged")
        entries = await self.session.find(Search(base=self.domain, filter=wanted, attributes=names, deleted=True))
        now = {str(_key(entry)): _usn(entry) for entry in entries}
        return all(now.get(key, 0) >= number for key, number in before.witnesses.items())

    async def _anew(self, fresh: Cursor, why: str) -> Touched:
        """Return that everything is to be read, and the cursor from before that read."""
        for flags in (0, OBJECT_SECURITY):
            delta = await self._to_the_end(
                Search(base=self.domain, filter=_NOBODY, attributes=("objectGUID",)), b"", flags
            )
            if delta.answer.good:
                cookie = base64.b64encode(delta.cookie).decode()
                return Touched(frozenset(), replace(fresh, cookie=cookie, flags=flags), why)
            if delta.answer.code not in _NO_RIGHT:
                break
        return Touched(frozenset(), fresh, why)

    async def _to_the_end(self, search: Search, cookie: bytes, flags: int) -> Delta:
        entries: list[Entry] = []
        for _ in range(_RESTARTS):
            delta = await self.session.delta(search, cookie, flags)
            entries += delta.entries
            cookie = delta.cookie
            if not delta.answer.good or not delta.more:
                return replace(delta, entries=entries)
        raise ConnectorError("the changes of the domain do not come to an end", hint="look at the domain controller")

    async def _by_dirsync(self, before: Cursor, fresh: Cursor) -> Touched:
        names = dict.fromkeys((*_ALWAYS, *attributes_for(self.query.attributes), "member", "userAccountControl"))
        wanted = tuple(name for name in names if name.casefold() not in {"memberof", "distinguishedname"})
        search = Search(base=self.domain, filter=_WATCHED, attributes=wanted)
        delta = await self._to_the_end(search, base64.b64decode(before.cookie), before.flags | INCREMENTAL)
        if not delta.answer.good:
            return await self._anew(fresh, f"the domain controller did not take the cookie (LDAP {delta.answer.code})")
        after = replace(fresh, cookie=base64.b64encode(delta.cookie).decode(), flags=before.flags)
        if why := await self._far_reaching(delta.entries):
            return await self._anew(fresh, why)
        keys = {_key(entry) for entry in delta.entries if self._may_be_one(entry)}
        if self.query.objects == USERS:
            keys |= await self._of_members(delta.entries)
        return _bounded(keys, after)

    async def _far_reaching(self, entries: Iterable[Entry]) -> str:
        """Return why what changed concerns objects that the directory does not name, or the empty text.

        A container that is renamed renames all that is in it; a group that goes, or has another name, is no longer
        what it was for its members. What only changed comes without its classes, so they are looked up.
        """
        named = [
            _key(entry) for entry in entries if "whencreated" not in entry.values and _NAMING & entry.values.keys()
        ]
        for start in range(0, len(named), _PARTS):
            wanted = with_keys(named[start : start + _PARTS])
            search = Search(base=self.domain, filter=wanted, attributes=("objectClass", "isDeleted"), deleted=True)
            for entry in await self.session.find(search) if wanted else []:
                classes = {value.lower() for value in entry.values.get("objectclass", ())}
                if b"group" in classes and self.query.objects == USERS:
                    return "a group was deleted, renamed or moved"
                if classes & {b"organizationalunit", b"container"} and "isdeleted" not in entry.values:
                    return "a container was renamed or moved"
        return ""

    def _may_be_one(self, entry: Entry) -> bool:
        """Whether *entry* may be one of the objects: only of a new one the classes are told."""
        classes = {value.lower() for value in entry.values.get("objectclass", ())}
        return not classes or (b"user" if self.query.objects == USERS else b"group") in classes

    async def _of_members(self, entries: Iterable[Entry]) -> set[NativeKey]:
        """Return the keys of those who joined or left a group: the directory keeps that with the group."""
        names = {
            value
            for entry in entries
            for name, values in entry.values.items()
            if name.partition(";")[0] == "member"
            for value in values
        }
        return await self._keys_of(sorted(names))

    async def _keys_of(self, names: list[bytes]) -> set[NativeKey]:
        found: set[NativeKey] = set()
        for start in range(0, len(names), _PARTS):
            some = names[start : start + _PARTS]
            wanted = any_of(*(equal("distinguishedName", name) for name in some))
            for entry in await self.session.find(Search(base=self.domain, filter=wanted, attributes=("objectGUID",))):
                if key := _key(entry):
                    found.add(key)
        return found

    async def _by_usn(self, before: Cursor, fresh: Cursor) -> Touched:
        """Return what has a higher number, tombstones among them; only this controller counts like this."""
        wanted = f"(&{_WATCHED}(uSNChanged>={before.usn + 1}))"
        names = ("objectClass", "objectGUID", "isDeleted", "uSNCreated", "uSNChanged")
        entries = await self.session.find(Search(base=self.domain, filter=wanted, attributes=names, deleted=True))
        for entry in entries:
            classes = {value.lower() for value in entry.values.get("objectclass", ())}
            made = int((entry.values.get("usncreated") or [b"0"])[0])
            if b"user" not in classes and made <= before.usn:
                # it does not tell who joined or left, nor whose name changed with that of a container
                return Touched(frozenset(), fresh, "a group or a container changed")
        return _bounded({_key(entry) for entry in entries if self._may_be_one(entry)}, fresh)


def _usn(entry: Entry) -> int:
    return int((entry.values.get("usnchanged") or [b"0"])[0])


def _bounded(keys: set[NativeKey], after: Cursor) -> Touched:
    keys.discard(NativeKey(""))
    if len(keys) > MANY:
        return Touched(frozenset(), after, f"{len(keys):,} objects changed")
    return Touched(frozenset(keys), after)


def _key(entry: Entry) -> NativeKey:
    """Return the key of *entry*, or the empty one."""
    found = decode(Wire.GUID, entry.values.get("objectguid", ())[:1])
    return NativeKey(found[0]) if found else NativeKey("")
