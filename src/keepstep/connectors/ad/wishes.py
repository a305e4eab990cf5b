"""What an effect wants of an object, judged by the schema before anything is sent, in the words of LDAP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.connectors.ad.codec import wire_values
from keepstep.connectors.ldap_session.results import Answer
from keepstep.core.directory_values import NEVER
from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.effect import Refused
from keepstep.core.schema import Schema, Syntax
from keepstep.core.suggest import did_you_mean
from keepstep.core.values import Values
from keepstep.errors import InvalidName

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}\Z")
_SPECIAL: Final = frozenset({"cn", "container", "enabled", "lockedout", "memberof", "member", "accountexpires"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The wanted parts of one object; None: nothing is wanted of it.

    *plain*: LDAP attributes to set; an empty list clears. *references*: those of them that name other objects.
    *asked*: all of it as it was asked for.
    """

    plain: Mapping[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    cn: str | None = None
    container: DistinguishedName | None = None
    enabled: bool | None = None
    unlock: bool = False
    member_of: Values | None = None
    members: Values | None = None
    references: tuple[str, ...] = ()
    asked: Mapping[str, Values] = field(default_factory=dict[str, Values])

    def named(self, answer: Answer) -> tuple[str, ...]:
        """Return the attributes that a refusal may be about: those that name objects, if one of these is missing."""
        return self.references if answer.misses_object else tuple(self.plain)


def wish_of(attributes: Mapping[str, Values], schema: Schema) -> Wish | Refused:
    """Return what *attributes* want, or why the directory would refuse them: the attribute is named, no value is."""
    special: dict[str, Values] = {}
    plain: dict[str, list[bytes]] = {}
    for name, given in attributes.items():
        kind = schema.attribute(name)
        if kind is None:
            meant = did_you_mean(name, schema.attributes)
            return Refused(f'attribute "{name}" does not exist for {schema.objects} of this directory{meant}')
        values = kind.normalise(given)
        if reason := kind.refusal(values):
            return Refused(reason)
        if kind.syntax is Syntax.INTEGER and not all(map(_INTEGER.match, values)):
            return Refused(f'attribute "{name}" takes a whole number')
        if kind.syntax is Syntax.DN and (reason := _no_name(values)):
            return Refused(f'attribute "{name}": {reason}')
        lower = kind.name.casefold()
        # memberOf of a group is read only, so only a user's comes here
        if lower in _SPECIAL:
            special[lower] = values
        if lower in _SPECIAL - {"accountexpires"}:
            continue
        try:
            plain[kind.name] = wire_values(schema, kind.name, values)
        except ValueError as exc:
            return Refused(f'attribute "{name}": {exc}')
        if lower == "accountexpires" and not values:
            plain[kind.name] = [str(NEVER).encode()]
    wish = _wish(special, plain)
    if isinstance(wish, Refused):
        return wish
    named = (schema.attribute(name) for name in plain)
    references = tuple(kind.name for kind in named if kind and kind.syntax is Syntax.DN)
    return replace(wish, references=references, asked=attributes)


def _no_name(values: Values) -> str:
    try:
        for value in values:
            parse_dn(value)
    except InvalidName as exc:
        return exc.message
    return ""


def _wish(special: Mapping[str, Values], plain: Mapping[str, list[bytes]]) -> Wish | Refused:
    for name in ("cn", "container"):
        if name in special and not special[name]:
            return Refused(f'attribute "{name}" cannot be empty')
    try:
        container = parse_dn(special["container"][0]) if "container" in special else None
        cn = special["cn"][0] if "cn" in special else None
        if cn is not None:
            DistinguishedName(()).child("CN", cn)
    except InvalidName as exc:
        return Refused(f"the name of the object: {exc.message}")
    return Wish(
        plain=plain,
        cn=cn,
        container=container,
        enabled=special["enabled"] == ("true",) if special.get("enabled") else None,
        unlock=special.get("lockedout") == ("false",),
        member_of=special.get("memberof"),
        members=special.get("member"),
    )
