"""From entries of LDAP to records."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from keepstep.connectors.ldap.subschema import KEY
from keepstep.connectors.ldap_session.session import Entry
from keepstep.core.directory_schema import wire_of
from keepstep.core.directory_values import Wire, decode
from keepstep.core.distinguished_name import bare_dn, parse_dn
from keepstep.core.ldap_filter import Filter, matches, names_in
from keepstep.core.schema import CONTAINER, DN_NAME, Schema, Syntax
from keepstep.core.values import ENABLED, NativeKey, Record, Values
from keepstep.errors import InvalidName

OURS: Final = frozenset({CONTAINER.lower(), DN_NAME.lower(), ENABLED.lower()})
"""The attributes that are worked out of others, or of the name, in lower case; no server is asked for them."""


def attributes_for(names: Sequence[str], schema: Schema, disabled: Filter | None) -> tuple[str, ...]:
    """Return the LDAP attributes to ask for so that records with *names* can be made.

    *disabled* selects those that are switched off.
    """
    asked = [name for name in names if name.lower() not in OURS and schema.attribute(name) is not None]
    if disabled is not None and ENABLED in map(str.lower, names):
        asked += sorted(names_in(disabled))
    return tuple({name.lower(): name for name in (KEY, *asked)}.values())


def key_of(entry: Entry) -> NativeKey:
    """Return the key of *entry*; ValueError if it came without one."""
    held = entry.values.get(KEY.lower(), ())
    return NativeKey(str(UUID(held[0].decode() if held else "")))


def decoder(names: Sequence[str], schema: Schema, disabled: Filter | None) -> Callable[[Entry], Record]:
    """Return the function that makes records with *names*, spelled as there; it raises ValueError without a key.

    An attribute that the entry lacks, and one that the schema does not have, are absent. *disabled* selects those that
    are switched off.
    """
    steps = [(name, _values_of(name, schema, disabled)) for name in names if schema.attribute(name) is not None]

    def read(entry: Entry) -> Record:
        found = ((name, values(entry)) for name, values in steps)
        return Record(key_of(entry), {name: values for name, values in found if values})

    return read


def _values_of(name: str, schema: Schema, disabled: Filter | None) -> Callable[[Entry], Values]:
    lower, wire = name.lower(), wire_of(schema, name)
    kind = schema.attribute(name)
    if lower == ENABLED and disabled is not None:
        return lambda entry: ("false" if matches(disabled, lambda held: _held(entry, held.lower())) else "true",)
    if lower == CONTAINER.lower():
        return _container
    if lower == DN_NAME.lower():
        return lambda entry: (bare_dn(entry.dn),)
    if kind is not None and kind.syntax is Syntax.DN:
        return lambda entry: tuple(map(bare_dn, decode(Wire.TEXT, _held(entry, lower))))
    return lambda entry: decode(wire, _held(entry, lower))


def _held(entry: Entry, lower: str) -> Sequence[bytes]:
    """Return the values of an attribute; those of a certificate come with an option (RFC 4523 2)."""
    return entry.values.get(lower) or entry.values.get(f"{lower};binary", ())


def _container(entry: Entry) -> Values:
    try:
        return (str(parse_dn(entry.dn).parent),)
    except InvalidName:
        return ()
