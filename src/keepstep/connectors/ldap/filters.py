"""The LDAP filters that a plain server is sent; whatever stands in a value, it stays a value."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from keepstep.connectors.ldap.subschema import KEY
from keepstep.core.connection import GroupScope, UserScope
from keepstep.core.directory_schema import wire_of
from keepstep.core.directory_values import Wire, encode
from keepstep.core.distinguished_name import bare_dn
from keepstep.core.ldap_filter import Filter, all_of, any_of, equal, parse
from keepstep.core.schema import Schema, Syntax
from keepstep.core.values import NativeKey


def of_classes(scope: UserScope | GroupScope) -> str:
    """Return the filter for entries of one of the classes of *scope*."""
    return any_of(*(equal("objectClass", name) for name in scope.classes))


def in_scope(scope: UserScope | GroupScope) -> str:
    """Return the filter for the objects of *scope*. InvalidFilter if its filter is none."""
    if scope.filter:
        parse(scope.filter)
    return all_of(of_classes(scope), scope.filter)


def switched_off(scope: UserScope | GroupScope) -> Filter | None:
    """Return what selects those of *scope* that are switched off, if anything does. InvalidFilter if it cannot."""
    return parse(scope.disabled) if isinstance(scope, UserScope) and scope.disabled else None


def with_keys(keys: Iterable[NativeKey]) -> str:
    """Return the filter for the entries with these keys, or the empty text; one that is no UUID selects nothing."""
    parts: list[str] = []
    for key in keys:
        try:
            parts.append(equal(KEY, str(UUID(key))))
        except ValueError:
            continue
    return any_of(*parts) if parts else ""


def holding(attribute: str, values: Sequence[str], schema: Schema) -> str:
    """Return the filter for the entries that hold one of *values*, or the empty text if none can be held."""
    kind, wire = schema.attribute(attribute), wire_of(schema, attribute)
    parts: list[str] = []
    for value in values:
        text = bare_dn(value) if kind is not None and kind.syntax is Syntax.DN else value
        try:
            (raw,) = encode(wire, (text,))
        except ValueError:
            continue
        if raw:
            parts.append(equal(attribute, raw.decode() if wire is Wire.TEXT else raw))
    return any_of(*parts) if parts else ""
