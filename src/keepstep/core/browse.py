"""A look into a directory: who is called so, in which container, a bounded part at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from keepstep.core.distinguished_name import parse_dn
from keepstep.core.ldap_filter import all_of, any_of, equal, escape
from keepstep.core.schema import Schema
from keepstep.core.values import Record
from keepstep.errors import InvalidName, UsageError

CALLED: Final = (
    "displayName",
    "cn",
    "sAMAccountName",
    "givenName",
    "sn",
    "mail",
    "userPrincipalName",
    "employeeID",
    "uid",
)
"""What a word is looked for at the beginning of: what directories have an index for."""

UNITS: Final = any_of(
    *(equal("objectClass", name) for name in ("organizationalUnit", "container", "builtinDomain", "domain"))
)
"""What other objects are kept in."""

MOST: Final = 1000
"""How much one look shows: the page of a domain controller (MS-ADTS 3.1.1.3.4.6, MaxPageSize)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Browse:
    """What is looked for: *objects* that the LDAP filter *wanted* selects (empty: all), with *attributes*.

    *within*: the container (DN), empty for the base of the connection; *flat*: only what is directly in it.
    *enabled*: only such; None for both. *most*: how many at most, up to `MOST`.
    """

    objects: str
    attributes: tuple[str, ...]
    wanted: str = ""
    within: str = ""
    flat: bool = False
    enabled: bool | None = None
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Browsed:
    """Who was found. *more*: there are others, and the look was too wide."""

    records: tuple[Record, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A container: its DN, and what it is called in the one that it is in."""

    dn: str
    name: str


@runtime_checkable
class Browsing(Protocol):
    """A directory that a person can look around in."""

    async def browse(self, asked: Browse) -> Browsed:
        """Return a bounded part of whoever *asked* selects; UsageError for a container outside of the base."""
        ...

    async def units(self, parent: str) -> tuple[Unit, ...]:
        """Return the containers directly in *parent* (empty: the base itself), in the order of their names."""
        ...


def called(text: str, schema: Schema) -> str:
    """Return the LDAP filter for whoever is called by words that begin as those of *text*; empty for none."""
    names = [kind.name for name in CALLED if (kind := schema.attribute(name)) is not None]
    words = [any_of(*(f"({name}={escape(word)}*)" for name in names)) for word in text.split()]
    return all_of(*words) if words and names else ""


def base_of(within: str, base: str) -> str:
    """Return where a look begins: *within*, or *base*. UsageError if it is no name, or outside of *base*."""
    if not within:
        return base
    try:
        inside = parse_dn(within).is_below(parse_dn(base))
    except InvalidName as exc:
        raise UsageError(f"the container is no name (DN): {exc.message}") from exc
    if not inside:
        raise UsageError("the container is outside of the base of the connection", hint=f"it has to be below {base}")
    return within


def units_of(names: Sequence[str]) -> tuple[Unit, ...]:
    """Return *names* (DN) as containers, in the order of what they are called."""
    found = [Unit(dn=name, name=parse_dn(name).rdn.value) for name in names]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))
