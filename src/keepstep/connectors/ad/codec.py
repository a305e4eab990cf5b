"""Between entries of LDAP and records, and between the values of an effect and modifications."""

from collections.abc import Callable, Sequence

from keepstep.connectors.ldap_session.session import Entry
from keepstep.core.directory_record import Shields, reader, sources
from keepstep.core.directory_schema import wire_of
from keepstep.core.directory_values import encode
from keepstep.core.schema import Schema
from keepstep.core.values import Record, Values


def attributes_for(names: Sequence[str]) -> tuple[str, ...]:
    """Return the LDAP attributes to ask for so that records with *names* can be made."""
    return sources(names)


def decoder(names: Sequence[str], schema: Schema, shields: Shields) -> Callable[[Entry], Record]:
    """Return the function that makes records with *names*, spelled as there; it raises ValueError without a key."""
    read = reader(names, schema=schema, shields=shields)
    return lambda entry: read(entry.dn, entry.values)


def wire_values(schema: Schema, name: str, values: Values) -> list[bytes]:
    """Return what the directory is sent for *values* of *name*; ValueError, without the value, if they are unfit."""
    return encode(wire_of(schema, name), values)
