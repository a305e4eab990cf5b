"""The LDAP filters this connector sends; whatever stands in a value, it stays a value."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from keepstep.core.connection import Scope
from keepstep.core.directory_schema import GROUPS, USERS, wire_of
from keepstep.core.directory_values import Wire, encode, guid_bytes
from keepstep.core.distinguished_name import bare_dn
from keepstep.core.ldap_filter import all_of, any_of, equal, parse
from keepstep.core.schema import Schema, UniqueScope
from keepstep.core.values import NativeKey

# sAMAccountType 0x30000000: normal user accounts, inetOrgPerson among them, and neither computers nor trusts;
# it is indexed (MS-ADTS 2.2.21).
KINDS: Final[Mapping[str, str]] = MappingProxyType({USERS: "(sAMAccountType=805306368)", GROUPS: "(objectClass=group)"})

# A value of these belongs to one object of the domain, of whatever kind: a group or a computer takes it, too.
# So does a name (cn) within its container.
_OF_ANY_KIND: Final = frozenset({"samaccountname", "userprincipalname", "objectguid", "objectsid", "distinguishedname"})


def in_scope(objects: str, scope: Scope) -> str:
    """Return the filter for *objects* of the configured scope. InvalidFilter if the configured filter is none."""
    if scope.filter:
        parse(scope.filter)
    return all_of(KINDS[objects], scope.filter)


def switched(*, on: bool) -> str:
    """Return the filter for accounts that are enabled, or disabled: userAccountControl (MS-ADTS 2.2.16)."""
    off = "(userAccountControl:1.2.840.113556.1.4.803:=2)"
    return f"(!{off})" if on else off


def with_keys(keys: Sequence[NativeKey]) -> str:
    """Return the filter for the objects with these GUIDs; keys that are no GUID select nothing."""
    parts: list[str] = []
    for key in keys:
        try:
            parts.append(equal("objectGUID", guid_bytes(key)))
        except ValueError:
            continue
    return any_of(*parts) if parts else ""


def holding(
    objects: str, attribute: str, values: Sequence[str], schema: Schema, scope: UniqueScope = UniqueScope.DOMAIN
) -> str:
    """Return the filter for the objects that hold one of *values*, or the empty text if none can be held."""
    wire = wire_of(schema, attribute)
    parts: list[str] = []
    for value in values:
        try:
            (raw,) = encode(wire, (value,))
        except ValueError:
            continue
        if not raw:
            continue
        if attribute.casefold() == "distinguishedname":
            parts.append(equal(attribute, bare_dn(value)))
        else:
            parts.append(equal(attribute, raw.decode() if wire is Wire.TEXT else raw))
    if not parts:
        return ""
    shared = _OF_ANY_KIND | {"cn"} if scope is UniqueScope.CONTAINER else _OF_ANY_KIND
    kind = "" if attribute.casefold() in shared else KINDS[objects]
    return all_of(kind, any_of(*parts))
