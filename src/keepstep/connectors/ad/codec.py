"""Between entries of LDAP and records, and between the values of an effect and modifications."""

import secrets
import string
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from keepstep.connectors.ad.session import Entry
from keepstep.core.directory_record import Shields, reader, sources
from keepstep.core.directory_schema import wire_of
from keepstep.core.directory_values import encode
from keepstep.core.schema import Schema
from keepstep.core.values import Record, Values

_SPECIALS: Final = "!#$%&()*+,-./:;=?@[]^_{}~"
_CLASSES: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SPECIALS)


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


def compose_password(length: int, avoid: Iterable[str] = ()) -> str:
    """Return a random password of *length* characters from four classes, with none of the words in *avoid* in it.

    That is what Windows calls complex (MS-SAMR 3.1.1.7.2): three of its classes, and no part of the names of three
    characters or more.
    """
    words = [word.casefold() for text in avoid for word in _words(text)]
    random = secrets.SystemRandom()
    while True:
        chosen = [secrets.choice(group) for group in _CLASSES]
        chosen += [secrets.choice("".join(_CLASSES)) for _ in range(length - len(chosen))]
        random.shuffle(chosen)
        password = "".join(chosen)
        if not any(word in password.casefold() for word in words):
            return password


def _words(text: str) -> list[str]:
    parts = "".join(ch if ch.isalnum() else " " for ch in text).split()
    return [part for part in (*parts, text) if len(part) >= 3]
