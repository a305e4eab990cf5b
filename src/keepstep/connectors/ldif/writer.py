"""Effects carried out on a directory in memory: each one whole or not at all, with its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from keepstep.connectors.ldif.directory import UNIQUE, Directory, key_of
from keepstep.connectors.ldif.text import Entry
from keepstep.core.directory_record import Shields, record_of
from keepstep.core.directory_schema import GROUPS, USERS, wire_of
from keepstep.core.directory_values import encode, with_enabled
from keepstep.core.distinguished_name import DistinguishedName, dn_key, parse_dn
from keepstep.core.effect import Absent, Conflict, Done, Effect, Outcome, Refused
from keepstep.core.plan import ActionKind
from keepstep.core.schema import Schema, Syntax
from keepstep.core.values import ENABLED, PROTECTED, NativeKey, Values
from keepstep.errors import InvalidName

# Never empty: without these an object is none.
_STANDING: Final = frozenset({"cn", "container", "enabled", "samaccountname"})

_VIRTUAL: Final = frozenset({"cn", "container", "enabled", "lockedout", "memberof"})

_CLASSES: Final[Mapping[str, tuple[bytes, ...]]] = {
    USERS: (b"top", b"person", b"organizationalPerson", b"user"),
    GROUPS: (b"top", b"group"),
}

# Global security group, MS-ADTS 2.2.12.
_GROUP_TYPE: Final = b"-2147483646"


class _Stopped(Exception):
    """One effect cannot be carried out."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where objects go. *container*: for new ones that name none; *units*: whether missing ones are made in *base*."""

    container: str
    base: str = ""
    units: bool = False


class Writer:
    """Changes the *objects* of *directory*; *changed* says whether it is to be saved."""

    def __init__(
        self, directory: Directory, schema: Schema, shields: Shields, *, places: "Places", new_guid: Callable[[], UUID]
    ) -> None:
        self.changed = False
        self._places = places
        self._directory = directory
        self._schema = schema
        self._shields = shields
        self._new_guid = new_guid

    def carry_out(self, effect: Effect) -> Outcome:
        """Return what came of *effect*; anything but Done has changed nothing."""
        try:
            return self._carry_out(effect)
        except _Stopped as stopped:
            return stopped.outcome

    def _carry_out(self, effect: Effect) -> Outcome:
        match effect.kind:
            case ActionKind.CREATE:
                return self._create(effect) if effect.target is None else self._update(effect)
            case ActionKind.UPDATE:
                return self._update(effect)
            case ActionKind.ENABLE | ActionKind.DISABLE:
                return self._switch(effect, enabled=effect.kind is ActionKind.ENABLE)
            case ActionKind.DELETE:
                return self._delete(self._target(effect))

    def _target(self, effect: Effect) -> Entry:
        entry = self._directory.guids.get(effect.target or "")
        if entry is None or entry.kind != self._schema.objects:
            raise _Stopped(Absent())
        if reason := self._protection(entry):
            raise _Stopped(Refused(f"the object is protected: {reason}"))
        return entry

    def _protection(self, entry: Entry) -> str:
        raw = {"objectguid": [b"\0" * 16], **entry.raw}
        return record_of(entry.dn, raw, (PROTECTED,), schema=self._schema, shields=self._shields).one(PROTECTED)

    def _judged(self, attributes: Mapping[str, Values]) -> dict[str, Values]:
        """Return the values as they will be kept, by lower-case name; Refused names the attribute."""
        judged: dict[str, Values] = {}
        for name, values in attributes.items():
            kind = self._schema.attribute(name)
            if kind is None:
                raise _Stopped(Refused(f'attribute "{name}" does not exist in this directory'))
            kept = kind.normalise(values)
            if reason := kind.refusal(kept):
                raise _Stopped(Refused(reason))
            lower = name.casefold()
            if lower in _STANDING and not any(kept):
                raise _Stopped(Refused(f'attribute "{name}" cannot be empty'))
            if kind.syntax is Syntax.DN and lower != "container":
                self._names_exist(name, kept)
            self._directory.ldif.spellings.setdefault(lower, kind.name)
            judged[lower] = kept
        return judged

    def _names_exist(self, name: str, values: Values) -> None:
        for value in values:
            try:
                known = dn_key(value) in self._directory.entries
            except InvalidName as exc:
                raise _Stopped(Refused(f'attribute "{name}": {exc.message}')) from exc
            if not known and name.casefold() != "memberof":
                raise _Stopped(Refused(f'attribute "{name}" names an object that is not in the directory'))

    def _create(self, effect: Effect) -> Outcome:
        wanted = self._judged(effect.attributes)
        raw: dict[str, list[bytes]] = {"objectclass": list(_CLASSES[self._schema.objects])}
        if self._schema.objects == USERS:
            raw["useraccountcontrol"] = [with_enabled("", enabled=wanted.get(ENABLED) != ("false",)).encode()]
        else:
            raw["grouptype"] = [_GROUP_TYPE]
        self._set(raw, wanted, None)
        name = self._name(wanted)
        raw["cn"] = [name.rdn.value.encode()]
        raw["objectguid"] = [self._new_guid().bytes_le]
        for spelling in ("objectClass", "cn", "objectGUID", "userAccountControl", "groupType"):
            self._directory.ldif.spellings.setdefault(spelling.casefold(), spelling)
        if reason := self._shields.reason(str(name)):
            raise _Stopped(Refused(f"the place is protected: {reason}"))
        entry = Entry(str(name), name.key, raw)
        joins, _leaves = self._memberships(entry, wanted)
        made = self._make_units(name.parent)
        self._directory.add(entry)
        for group in joins:
            self._directory.set_member(group, entry, member=True)
        self.changed = True
        return Done(self._key(entry), made=made)

    def _name(self, wanted: Mapping[str, Values]) -> DistinguishedName:
        """Return the name of a new object: its cn, or else what it is shown by, in its container."""
        naming = (wanted[name][0] for name in ("cn", "displayname", "samaccountname") if wanted.get(name))
        value = next(naming, "")[:64]
        if not wanted.get("samaccountname"):
            raise _Stopped(Refused('attribute "sAMAccountName" is required'))
        place = wanted.get("container", (self._places.container,))[0]
        if not place:
            raise _Stopped(
                Refused('no container is named: give attribute "container" or the connection\'s new_accounts.container')
            )
        return self._placed(place, value, beside=None)

    def _placed(self, place: str, value: str, *, beside: Entry | None) -> DistinguishedName:
        """Return the free name *value* in the container *place*."""
        try:
            container = parse_dn(place)
            name = container.child("CN", value)
        except InvalidName as exc:
            raise _Stopped(Refused(f'attribute "container" or "cn": {exc.message}')) from exc
        self._missing_units(container)
        if beside is not None and container.is_below(parse_dn(beside.dn)):
            raise _Stopped(Refused('attribute "container" names a place inside the object'))
        if self._directory.entries.get(name.key) not in {None, beside}:
            raise _Stopped(Conflict("another object of this name is in the container"))
        return name

    def _missing_units(self, container: DistinguishedName) -> list[DistinguishedName]:
        """Return what is to be made so that *container* is there, the outermost first; Refused if it may not be."""
        absent = 'attribute "container" names no container of the directory'
        missing: list[DistinguishedName] = []
        place, base = container, parse_dn(self._places.base) if self._places.base else DistinguishedName(())
        while not self._directory.is_container(place):
            if not self._places.units:
                raise _Stopped(Refused(absent))
            if place == base or not place.is_below(base):
                raise _Stopped(Refused(f"{absent}; nothing is made outside of the connection's base"))
            if len(place.rdn.pairs) > 1 or place.rdn.type.casefold() != "ou" or place.key in self._directory.entries:
                raise _Stopped(Refused(f"{absent}; only organizational units (OU=) are made"))
            missing.insert(0, place)
            place = place.parent
        return missing

    def _make_units(self, container: DistinguishedName) -> tuple[str, ...]:
        """Make the organizational units that *container* lacks; their names."""
        made: list[str] = []
        for unit in self._missing_units(container):
            raw = {"objectclass": [b"top", b"organizationalUnit"], "ou": [unit.rdn.value.encode()]}
            raw["objectguid"] = [self._new_guid().bytes_le]
            for spelling in ("objectClass", "ou", "objectGUID"):
                self._directory.ldif.spellings.setdefault(spelling.casefold(), spelling)
            self._directory.add(Entry(str(unit), unit.key, raw))
            made.append(str(unit))
        return tuple(made)

    def _set(self, raw: dict[str, list[bytes]], wanted: Mapping[str, Values], entry: Entry | None) -> None:
        """Write the plain attributes of *wanted* into *raw*."""
        for name, values in wanted.items():
            if name in _VIRTUAL:
                continue
            try:
                data = encode(wire_of(self._schema, name), values)
            except ValueError as exc:
                raise _Stopped(Refused(f'attribute "{name}": {exc}')) from exc
            if name in UNIQUE and any(self._directory.holder(name, value, beside=entry) for value in data):
                raise _Stopped(Conflict(f'another object holds the value of "{self._spelled(name)}"'))
            if data:
                raw[name] = data
            else:
                raw.pop(name, None)

    def _spelled(self, name: str) -> str:
        kind = self._schema.attribute(name)
        return kind.name if kind is not None else name

    def _update(self, effect: Effect) -> Outcome:
        entry = self._target(effect)
        wanted = self._judged(effect.attributes)
        if "member" in wanted and (reason := self._rights_of(entry)):
            raise _Stopped(Refused(f"the members of the group may not be changed: {reason}"))
        raw = dict(entry.raw)
        self._set(raw, wanted, entry)
        if ENABLED in wanted:
            raw["useraccountcontrol"] = [self._flags(raw, enabled=wanted[ENABLED] == ("true",))]
        if wanted.get("lockedout") and "lockouttime" in raw:
            raw["lockouttime"] = [b"0"]
        name = self._renamed(entry, wanted)
        joins, leaves = self._memberships(entry, wanted)
        self._own_memberships(raw, wanted)
        if raw != entry.raw:
            self._directory.replace(entry, raw)
            self.changed = True
        made = () if name is None else self._make_units(name.parent)
        if name is not None:
            self._rename(entry, name, wanted)
        for group in (*joins, *leaves):
            self._directory.set_member(group, entry, member=group in joins)
            self.changed = True
        return Done(self._key(entry), made=made)

    def _renamed(self, entry: Entry, wanted: Mapping[str, Values]) -> DistinguishedName | None:
        """Return the new name that *wanted* asks for; None if it stays."""
        old = parse_dn(entry.dn)
        place = wanted.get("container", (str(old.parent),))[0]
        value = wanted["cn"][0] if "cn" in wanted else old.rdn.value
        try:
            same_place = dn_key(place) == old.parent.key
        except InvalidName as exc:
            raise _Stopped(Refused(f'attribute "container": {exc.message}')) from exc
        if same_place and value == old.rdn.value:
            return None
        return self._placed(place, value, beside=entry)

    def _rename(self, entry: Entry, name: DistinguishedName, wanted: Mapping[str, Values]) -> None:
        raw = dict(entry.raw)
        for attribute in {"cn", "name"} & {*raw, *wanted}:
            raw[attribute] = [name.rdn.value.encode()]
        self._directory.replace(entry, raw)
        self._directory.rename(entry, name)
        self.changed = True

    def _memberships(self, entry: Entry, wanted: Mapping[str, Values]) -> tuple[list[Entry], list[Entry]]:
        """Return the groups to join and to leave; Refused when one is not in the directory."""
        if "memberof" not in wanted:
            return [], []
        held = {group.key: group for group in self._directory.groups_of(entry)}
        named = {key_of(value) for value in entry.raw.get("memberof", ())}
        goal: dict[str, Entry] = {}
        for key in map(dn_key, wanted["memberof"]):
            group = self._directory.entries.get(key)
            if group is not None and group.kind == GROUPS:
                goal[key] = group
            elif group is not None or key not in named:
                raise _Stopped(Refused('attribute "memberOf" names a group that is not in the directory'))
        joins = [group for key, group in goal.items() if key not in held]
        leaves = [group for key, group in held.items() if key not in goal]
        if any(self._rights_of(group) for group in (*joins, *leaves)):
            raise _Stopped(Refused('attribute "memberOf" names a group that is protected'))
        return joins, leaves

    def _rights_of(self, group: Entry) -> str:
        """Return why nobody may touch *group*, or a group that it is in, through however many others."""
        met, left = {group.key}, [group]
        while left:
            one = left.pop()
            if reason := self._protection(one):
                return reason
            above = [found for found in self._directory.groups_of(one) if found.key not in met]
            met.update(found.key for found in above)
            left += above
        return ""

    def _own_memberships(self, raw: dict[str, list[bytes]], wanted: Mapping[str, Values]) -> None:
        """Bring the memberOf that an export wrote at the user in line with the groups."""
        if "memberof" in wanted and "memberof" in raw:
            raw["memberof"] = [value.encode() for value in wanted["memberof"]]
            if not raw["memberof"]:
                del raw["memberof"]

    def _switch(self, effect: Effect, *, enabled: bool) -> Outcome:
        if self._schema.objects != USERS:
            raise _Stopped(Refused("only users can be enabled and disabled"))
        entry = self._target(effect)
        flags = self._flags(entry.raw, enabled=enabled)
        if entry.raw.get("useraccountcontrol") != [flags]:
            self._directory.replace(entry, {**entry.raw, "useraccountcontrol": [flags]})
            self.changed = True
        return Done(self._key(entry))

    def _flags(self, raw: Mapping[str, list[bytes]], *, enabled: bool) -> bytes:
        self._directory.ldif.spellings.setdefault("useraccountcontrol", "userAccountControl")
        held = raw.get("useraccountcontrol", [b""])[0].decode(errors="replace")
        return with_enabled(held, enabled=enabled).encode()

    def _delete(self, entry: Entry) -> Outcome:
        if not self._directory.is_empty(entry):
            raise _Stopped(Refused("the object has other objects inside"))
        key = self._key(entry)
        self._directory.remove(entry)
        self.changed = True
        return Done(key)

    def _key(self, entry: Entry) -> NativeKey:
        return NativeKey(self._directory.guid(entry))
