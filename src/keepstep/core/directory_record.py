"""A directory object as LDAP gives it, turned into a record: the same for a live directory and for an export."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from keepstep.core.directory_schema import wire_of
from keepstep.core.directory_values import Wire, decode, filetime_text, is_enabled, is_locked, protection
from keepstep.core.distinguished_name import DistinguishedName, bare_dn, parse_dn
from keepstep.core.schema import Schema, Syntax
from keepstep.core.values import EMPTY, NativeKey, Record, Values
from keepstep.errors import InvalidName

Raw = Mapping[str, Sequence[bytes]]
"""The values of one object by lower-case LDAP attribute name."""

_SOURCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "enabled": ("userAccountControl",),
        "lockedout": ("lockoutTime",),
        "container": (),
        "distinguishedname": (),
        "protected": ("adminCount", "isCriticalSystemObject", "objectSid"),
    }
)


def sources(names: Iterable[str]) -> tuple[str, ...]:
    """Return the LDAP attributes to ask for so that `record_of` can give *names*; objectGUID is among them."""
    wanted = {"objectguid": "objectGUID"}
    for name in names:
        for source in _SOURCES.get(name.casefold(), (name,)):
            wanted.setdefault(source.casefold(), source)
    return tuple(wanted.values())


def record_of(dn: str, raw: Raw, names: Sequence[str], *, schema: Schema, shields: "Shields") -> Record:
    """Return the record of the object *dn* with the attributes *names*, spelled as asked.

    An attribute that the object lacks is absent. The key is the objectGUID; ValueError if there is none.
    """
    return reader(names, schema=schema, shields=shields)(dn, raw)


def reader(names: Sequence[str], *, schema: Schema, shields: "Shields") -> Callable[[str, Raw], Record]:
    """Return `record_of` for many objects: what *names* mean is worked out once."""
    steps = [(name, name.casefold(), *_meaning(name, schema)) for name in names]

    def read(dn: str, raw: Raw) -> Record:
        guid = decode(Wire.GUID, raw.get("objectguid", ())[:1])
        if not guid:
            raise ValueError("the object has no objectGUID")
        attributes: dict[str, Values] = {}
        for name, lower, decoded, virtual in steps:
            if virtual is not None:
                values = virtual(dn, raw, shields)
            elif (held := raw.get(lower)) is not None:
                values = decoded(held)
            else:
                continue
            if values:
                attributes[name] = values
        return Record(NativeKey(guid[0]), attributes)

    return read


_Decoded = Callable[[Sequence[bytes]], Values]
_Virtual = Callable[[str, Raw, "Shields"], Values]


def _meaning(name: str, schema: Schema) -> tuple[_Decoded, _Virtual | None]:
    """Return how the values of *name* are decoded, and what works it out where it is one of our own names."""
    kind = schema.attribute(name)
    wire = wire_of(schema, name)
    virtual = _VIRTUAL.get(name.casefold()) if kind is not None else None
    if kind is not None and kind.syntax is Syntax.DN:
        return lambda held: tuple(map(bare_dn, decode(wire, held))), virtual
    if wire is not Wire.TEXT:
        return lambda held: decode(wire, held), virtual
    return _text, virtual


def _text(held: Sequence[bytes]) -> Values:
    try:
        return tuple([value.decode() for value in held])
    except UnicodeDecodeError:
        return decode(Wire.TEXT, held)


class Shields:
    """The names that a connection protects: accounts, and containers with all that is in them."""

    def __init__(self, protected: Iterable[str] = ()) -> None:
        self._names: Final[tuple[DistinguishedName, ...]] = tuple(parse_dn(text) for text in protected)

    def reason(self, dn: str) -> str:
        """Return why *dn* may not be touched, or the empty text; a name that cannot be read is shielded."""
        if not self._names:
            return ""
        try:
            name = parse_dn(dn)
        except InvalidName:
            return "its name cannot be read"
        if any(name.is_below(shield) for shield in self._names):
            return "protected by the connection"
        return ""


def _enabled(_dn: str, raw: Raw, _shields: Shields) -> Values:
    flags = _first(raw, "useraccountcontrol")
    return (_truth(is_enabled(flags)),) if flags else ()


def _locked_out(_dn: str, raw: Raw, _shields: Shields) -> Values:
    return (_truth(is_locked(_first(raw, "lockouttime"))),)


def _container(dn: str, _raw: Raw, _shields: Shields) -> Values:
    try:
        return (str(parse_dn(dn).parent),)
    except InvalidName:
        return ()


def _distinguished_name(dn: str, _raw: Raw, _shields: Shields) -> Values:
    return (bare_dn(dn),)


def _account_expires(_dn: str, raw: Raw, _shields: Shields) -> Values:
    ticks = _first(raw, "accountexpires")
    return (filetime_text(ticks),) if ticks else EMPTY


def _protected(dn: str, raw: Raw, shields: Shields) -> Values:
    sid = decode(Wire.SID, raw.get("objectsid", ())[:1])
    reason = protection(
        admin_count=_first(raw, "admincount"),
        critical=_first(raw, "iscriticalsystemobject"),
        sid=sid[0] if sid else "",
    ) or shields.reason(dn)
    return (reason,) if reason else ()


_VIRTUAL: Final[Mapping[str, Callable[[str, Raw, Shields], Values]]] = MappingProxyType(
    {
        "enabled": _enabled,
        "lockedout": _locked_out,
        "container": _container,
        "distinguishedname": _distinguished_name,
        "accountexpires": _account_expires,
        "protected": _protected,
    }
)


def _first(raw: Raw, name: str) -> str:
    values = raw.get(name, ())
    return values[0].decode(errors="replace") if values else ""


def _truth(value: bool) -> str:  # noqa: FBT001 - the value itself, not a switch
    return "true" if value else "false"
