"""The entries of one LDIF file as a directory: found by name and GUID, linked both ways, changed consistently."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from uuid import NAMESPACE_X500, uuid5

from keepstep.connectors.ldif.text import Entry, Ldif
from keepstep.core.directory_schema import GROUPS, USERS, groups_schema, users_schema
from keepstep.core.directory_values import guid_bytes, guid_text, sid_bytes
from keepstep.core.distinguished_name import DistinguishedName, dn_key, parse_dn, same_dn
from keepstep.core.schema import Syntax
from keepstep.errors import InvalidName

_USER_CLASSES: Final = frozenset({"user", "inetorgperson"})
_COMPUTER_CLASSES: Final = frozenset({"computer", "msds-groupmanagedserviceaccount"})

_GUID_BYTES: Final = 16

LINKS: Final = frozenset(
    name.casefold()
    for schema in (users_schema(), groups_schema())
    for name, kind in schema.attributes.items()
    if kind.syntax is Syntax.DN and name not in {"container", "distinguishedName", "objectCategory"}
)
"""The attributes that hold names of other objects, in lower case."""


UNIQUE: Final = frozenset({"samaccountname", "userprincipalname"})
"""The writable attributes whose values belong to one object of the whole directory, in lower case."""


class Name(NamedTuple):
    """A name as most files write it, and its key."""

    text: bytes
    key: str


class Directory:
    """The entries of *ldif*. Every change keeps names, links and counts true to each other."""

    def __init__(self, ldif: Ldif, where: str) -> None:
        self.ldif = ldif
        self.flaws: list[str] = list(ldif.flaws)
        self.entries: dict[str, Entry] = {}
        self.guids: dict[str, Entry] = {}
        self._where = where
        self._inside: Counter[str] = Counter()
        self._referrers: dict[str, dict[int, Entry]] | None = None
        for entry in ldif.entries:
            self._admit(entry)
        self._judge_guids()

    def _admit(self, entry: Entry) -> None:
        entry.kind = kind_of(entry.raw)
        self._read_ids(entry)
        if (double := self.entries.get(entry.key)) is not None:
            self.flaws.append(self._twice("name (dn)", double, entry))
            return
        self.entries[entry.key] = entry
        self._count(entry.key, 1)
        guid = self.guid(entry)
        if (double := self.guids.get(guid)) is not None:
            self.flaws.append(self._twice("objectGUID", double, entry))
            return
        self.guids[guid] = entry

    def _read_ids(self, entry: Entry) -> None:
        """Take ids that are written as text, as `ldbsearch` does, for the bytes they stand for."""
        for name, encode in (("objectguid", guid_bytes), ("objectsid", sid_bytes), ("sidhistory", sid_bytes)):
            values = entry.raw.get(name)
            if values is None:
                continue
            with suppress(ValueError):  # bytes that are no such text are the id itself
                entry.raw[name] = [encode(value.decode("ascii")) for value in values]
        guid = entry.raw.get("objectguid")
        if guid is not None and len(guid[0]) != _GUID_BYTES:
            self.flaws.append(f"{self._where}, line {entry.line}: the objectGUID of this entry is none")
            del entry.raw["objectguid"]

    def _twice(self, what: str, first: Entry, second: Entry) -> str:
        return f"{self._where}: two entries have the same {what}, at lines {first.line} and {second.line}"

    def _judge_guids(self) -> None:
        """A file with objectGUIDs has one for each user and group; one that lacks it was cut or edited."""
        people = [entry for entry in self.entries.values() if entry.kind]
        without = [entry for entry in people if "objectguid" not in entry.raw]
        if without and len(without) < len(people):
            self.flaws.append(f"{self._where}, line {without[0].line}: this entry has no objectGUID, others have")

    def _count(self, key: str, by: int) -> None:
        """Keep count of what is inside each container, however deep."""
        above = key.partition("\n")[2]
        while above:
            self._inside[above] += by
            above = above.partition("\n")[2]

    def guid(self, entry: Entry) -> str:
        """Return the objectGUID; in a file without, one that follows from the name (and is kept by a rename)."""
        held = entry.raw.get("objectguid")
        if held:
            return guid_text(held[0])
        return str(uuid5(NAMESPACE_X500, entry.key))

    def of(self, objects: str, base: str = "", *, among: Iterable[Entry] | None = None) -> Iterator[Entry]:
        """Return the users or groups below the name with key *base*, in the order of the file, or of those *among*."""
        below = "\n" + base
        for key, entry in self.entries.items() if among is None else ((one.key, one) for one in among):
            if entry.kind == objects and (not base or key == base or key.endswith(below)):
                yield entry

    def is_container(self, name: DistinguishedName) -> bool:
        """Return whether objects can be put there: an entry that is no account, or what other entries are in."""
        entry = self.entries.get(name.key)
        return not entry.kind if entry is not None else self._inside[name.key] > 0

    def units_in(self, parent: str, base: str) -> list[str]:
        """Return the names of the containers directly in *parent*; for the empty text *base*, or all roots."""
        names = [entry.dn for entry in self.entries.values() if not entry.kind]
        if parent:
            return [name for name in names if same_dn(str(parse_dn(name).parent), parent)]
        if base:
            return [base]
        known = {entry.key for entry in self.entries.values() if not entry.kind}
        return [name for name in names if parse_dn(name).parent.key not in known]

    def is_empty(self, entry: Entry) -> bool:
        """Return whether nothing is inside *entry*."""
        return not self._inside[entry.key]

    def groups_of(self, entry: Entry) -> list[Entry]:
        """Return the groups of the file that *entry* is a member of, in the order of their names."""
        return sorted(self._referring(_member_key(entry.key)), key=lambda group: group.key)

    def member_of(self, entry: Entry) -> list[bytes]:
        """Return the names of all its groups: by their `member`, and those it names that are not in the file."""
        names = [group.dn.encode() for group in self.groups_of(entry)]
        own = entry.raw.get("memberof", ())
        return names + [name for name in own if key_of(name) not in self.entries]

    def holder(self, name: str, value: bytes, *, beside: Entry | None = None) -> Entry | None:
        """Return an entry other than *beside* that holds the unique *value*."""
        found = (entry for entry in self._referring(unique_key(name, value)) if entry is not beside)
        return next(found, None)

    def add(self, entry: Entry) -> None:
        """Take in a new entry, whose name and objectGUID are free."""
        entry.kind = kind_of(entry.raw)
        self.entries[entry.key] = entry
        self.guids[self.guid(entry)] = entry
        self._count(entry.key, 1)
        self._refer(entry)

    def remove(self, entry: Entry) -> None:
        """Take out an entry, and its name wherever another one holds it."""
        self._repoint(Name(entry.dn.encode(), entry.key), None)
        self._unrefer(entry)
        del self.entries[entry.key]
        self.guids.pop(self.guid(entry), None)
        self._count(entry.key, -1)

    def replace(self, entry: Entry, raw: dict[str, list[bytes]]) -> None:
        """Give *entry* other values."""
        self._unrefer(entry)
        entry.raw = raw
        entry.text = b""
        self._refer(entry)

    def rename(self, entry: Entry, name: DistinguishedName) -> None:
        """Give *entry* another name, in this container or another; what is inside moves along, links follow."""
        old = parse_dn(entry.dn)
        depth = len(old.rdns)
        inside = (
            [each for key, each in self.entries.items() if key.endswith("\n" + old.key)]
            if (self._inside[old.key])
            else []
        )
        for each in (entry, *inside):
            steps = parse_dn(each.dn).rdns
            self._rename_one(each, DistinguishedName((*steps[: len(steps) - depth], *name.rdns)))

    def _rename_one(self, entry: Entry, name: DistinguishedName) -> None:
        guid, old = self.guid(entry), Name(entry.dn.encode(), entry.key)
        del self.entries[old.key]
        self._count(old.key, -1)
        entry.dn, entry.key, entry.text = str(name), name.key, b""
        self._keep_guid(entry, guid)
        if "distinguishedname" in entry.raw:
            entry.raw["distinguishedname"] = [entry.dn.encode()]
        self.entries[entry.key] = entry
        self._count(entry.key, 1)
        self._repoint(old, entry)

    def _keep_guid(self, entry: Entry, guid: str) -> None:
        entry.raw["objectguid"] = [guid_bytes(guid)]
        entry.text = b""
        self.ldif.spellings.setdefault("objectguid", "objectGUID")

    def settled(self) -> Ldif:
        """Return what is to be written now; a file without objectGUIDs gets those that its objects go by."""
        for entry in self.entries.values():
            if entry.kind and "objectguid" not in entry.raw:
                self._keep_guid(entry, self.guid(entry))
        self.ldif.entries = list(self.entries.values())
        return self.ldif

    def set_member(self, group: Entry, entry: Entry, *, member: bool) -> None:
        """Put *entry* into *group*, or take it out."""
        if member:
            group.raw.setdefault("member", []).append(entry.dn.encode())
            self._note(group, entry.key, _member_key(entry.key))
            group.text = b""
        else:
            self._swap(group, "member", Name(entry.dn.encode(), entry.key), None)

    def _swap(self, holder: Entry, attribute: str, old: Name, target: Entry | None) -> None:
        """Write the name of *target* in place of *old*; without a target, take it out."""
        places = _places(holder.raw[attribute], old)
        if not places:
            return
        holder.text = b""
        if attribute == "member":
            self._index().get(_member_key(old.key), {}).pop(id(holder), None)
        if target is None:
            for place in reversed(places):
                del holder.raw[attribute][place]
            if not holder.raw[attribute]:
                del holder.raw[attribute]
            return
        for place in places:
            holder.raw[attribute][place] = target.dn.encode()
        self._note(holder, target.key, *([_member_key(target.key)] if attribute == "member" else []))

    def _referring(self, key: str) -> Sequence[Entry]:
        return list(self._index().get(key, {}).values())

    def _index(self) -> dict[str, dict[int, Entry]]:
        if self._referrers is None:
            self._referrers = {}
            for entry in self.entries.values():
                self._refer(entry)
        return self._referrers

    def _note(self, entry: Entry, *keys: str) -> None:
        """Let *entry* be found under *keys* too."""
        for key in keys:
            self._index().setdefault(key, {})[id(entry)] = entry

    def _refer(self, entry: Entry) -> None:
        if self._referrers is None:
            return
        for key in _keys(entry):
            self._referrers.setdefault(key, {})[id(entry)] = entry

    def _unrefer(self, entry: Entry) -> None:
        if self._referrers is None:
            return
        for key in _keys(entry):
            self._referrers.get(key, {}).pop(id(entry), None)

    def _repoint(self, old: Name, target: Entry | None) -> None:
        """Write the new name of *target* wherever its old one is held; without a target, take the old one out."""
        holders = self._referring(old.key)
        self._index().pop(old.key, None)
        for holder in holders:
            for attribute in LINKS & holder.raw.keys():
                self._swap(holder, attribute, old, target)


def kind_of(raw: Mapping[str, Sequence[bytes]]) -> str:
    """Return `users` or `groups` for the values of an object, or the empty text for anything else."""
    classes = {value.decode(errors="replace").casefold() for value in raw.get("objectclass", ())}
    if classes:
        if classes & _COMPUTER_CLASSES:
            return ""
        if classes & _USER_CLASSES:
            return USERS
        return GROUPS if "group" in classes else ""
    # An export of chosen attributes may lack objectClass.
    if "grouptype" in raw or "member" in raw:
        return GROUPS
    account = raw.get("samaccountname", [b""])[0]
    return USERS if account and not account.endswith(b"$") else ""


def _places(values: Sequence[bytes], name: Name) -> list[int]:
    """Return where *values* hold *name*; a large group is not parsed when it spells the name as the entry does."""
    if name.text in values:
        return [values.index(name.text)]
    return [place for place, value in enumerate(values) if key_of(value) == name.key]


def _keys(entry: Entry) -> Iterable[str]:
    """Return under what *entry* is found: the names of the objects it refers to, and its unique values."""
    links = {key_of(value) for attribute in LINKS & entry.raw.keys() for value in entry.raw[attribute]}
    members = {_member_key(key_of(value)) for value in entry.raw.get("member", ())}
    return links | members | {unique_key(name, value) for name in UNIQUE for value in entry.raw.get(name, ())}


def _member_key(key: str) -> str:
    """Return the index key under which the groups of the object with name *key* are found."""
    return f"member\0{key}"


def unique_key(name: str, value: bytes) -> str:
    """Return the index key of a unique value; never that of a name."""
    return f"{name}\0{value.decode(errors='replace').casefold()}"


def key_of(value: bytes) -> str:
    """Return the key of the name in *value*; what is no name is its own key."""
    try:
        return dn_key(value.decode())
    except (UnicodeDecodeError, InvalidName):
        return value.decode("latin-1")
