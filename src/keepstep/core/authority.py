"""Who asks, and what they may do: judged below every door, and denied unless a role allows it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.right import BY_PLACE, FRESH, Right
from keepstep.core.role import ALL, BUILT_IN, RoleSpec
from keepstep.errors import InvalidName, NotPermitted, ReauthenticationNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a right is asked for: whatever is said here, one role has to allow all of it.

    *place*: the name (DN) of whom it is about; empty where nobody is meant, None where it is not known.
    *change*: the kind of change. *attributes*: what it writes.
    """

    connection: str = ""
    rule: str = ""
    template: str = ""
    place: str | None = ""
    change: str = ""
    attributes: Collection[str] = ()


NOTHING: Final = Reach()


@dataclass(frozen=True, slots=True)
class Authority:
    """What somebody may do by their *roles* (by name); nothing without one.

    *only*: the rights that a token is limited to; None where no token asks. *fresh*: whether they proved who they are
    a moment ago.
    """

    operator: str
    roles: Mapping[str, RoleSpec] = field(default_factory=dict[str, RoleSpec])
    only: frozenset[Right] | None = None
    fresh: bool = True

    def may(self, right: Right, reach: Reach = NOTHING) -> bool:
        """Return whether one role has *right* and reaches all of *reach*."""
        if self.only is not None and right not in self.only:
            return False
        return any(right in role.rights and _reaches(role, reach) for role in self.roles.values())

    def require(self, right: Right, reach: Reach = NOTHING) -> None:
        """NotPermitted, with what is missing, unless one role has *right* and reaches all of *reach*.

        ReauthenticationNeeded if it is one of those that need a fresh sign-in, and there is none.
        """
        if not self.may(right, reach):
            raise NotPermitted(_refusal(self, right, reach), hint=_HINT)
        if right in FRESH:
            self.require_fresh(right)

    def require_everywhere(self, right: Right, reach: Reach = NOTHING) -> None:
        """NotPermitted unless one role has *right*, reaches all of *reach*, and ends at no container."""
        self.require(right, replace(reach, place=None))

    def require_fresh(self, what: str) -> None:
        """ReauthenticationNeeded, about *what*, unless they proved who they are a moment ago."""
        if not self.fresh:
            raise ReauthenticationNeeded(
                f"{what} needs you to prove again who you are", hint="give your password again"
            )

    def everywhere(self, right: Right, reach: Reach = NOTHING) -> bool:
        """Return whether one role has *right*, reaches all of *reach*, and ends at no container."""
        # whoever is in no known place is reached only by a role that ends nowhere
        return self.may(right, replace(reach, place=None))

    def reached_rules(self, *rights: Right) -> frozenset[str] | None:
        """Return the rules, in small letters, that one of *rights* reaches wherever it ends; None: all of them."""
        return self._reached(rights, lambda role: role.rules)

    def reached_templates(self, *rights: Right) -> frozenset[str] | None:
        """Return the templates, in small letters, that one of *rights* reaches wherever it ends; None: all of them."""
        return self._reached(rights, lambda role: role.templates)

    def _reached(
        self, rights: Collection[Right], allowed: Callable[[RoleSpec], str | Sequence[str]]
    ) -> frozenset[str] | None:
        asked = frozenset(rights) if self.only is None else frozenset(rights) & self.only
        lists = [allowed(role) for role in self.roles.values() if asked.intersection(role.rights)]
        if ALL in lists:
            return None
        return frozenset(name.casefold() for names in lists for name in names)

    def leads(self, right: Right, reach: Reach) -> bool:
        """Return whether somebody whom *right* reaches can be in the container *reach.place*, or anywhere below it."""
        bases = [base for role in self.roles.values() if role.within != ALL for base in role.within]
        below = [base for base in bases if reach.place and _below(parse_dn(base), reach.place)]
        return self.may(right, reach) or any(self.may(right, replace(reach, place=base)) for base in below)

    def sees(self, connection: str, place: str | None) -> bool:
        """Return whether a right reaches whoever is in *place* (DN, None: not known) of *connection*, whatever it is.

        Of anybody else they are not to know that they are there.
        """
        return any(self.may(right, Reach(connection=connection, place=place)) for right in BY_PLACE)


_HINT: Final = "ask an administrator for a role that allows it; `keepstep operator rights` shows what somebody may do"


def owner(operator: str) -> Authority:
    """Return the authority of whoever holds the home folder and its key, and so everything."""
    return Authority(operator, {"administrator": BUILT_IN["administrator"]})


def visible(authority: Authority, right: Right, connection: str, names: Sequence[str | None]) -> list[bool]:
    """Return for each of *names* (DN, None: not known) whether *right* reaches whoever is called so."""
    if authority.everywhere(right, Reach(connection=connection)):
        return [True] * len(names)
    return [authority.may(right, Reach(connection=connection, place=name)) for name in names]


def _reaches(role: RoleSpec, reach: Reach) -> bool:
    return (
        _listed(role.connections, reach.connection)
        and _listed(role.rules, reach.rule)
        and _listed(role.templates, reach.template)
        and _listed(role.changes, reach.change)
        and all(_listed(role.attributes, name) for name in reach.attributes)
        and _inside(role, reach.place)
    )


def _listed(allowed: str | Sequence[str], name: str) -> bool:
    return not name or allowed == ALL or name.casefold() in {one.casefold() for one in allowed}


def _inside(role: RoleSpec, place: str | None) -> bool:
    if place is not None and not place:
        return True
    if role.within == ALL and not role.outside:
        return True
    try:
        name = parse_dn(place or "")
    except InvalidName:
        return False
    if not name.rdns:
        return False
    within = role.within == ALL or any(_below(name, base) for base in role.within)
    return within and not any(_below(name, base) for base in role.outside)


def _below(name: DistinguishedName, base: str) -> bool:
    return name.is_below(parse_dn(base))


def _refusal(authority: Authority, right: Right, reach: Reach) -> str:
    """Return what is not allowed, in words: names of things, never a value of somebody's attributes."""
    if authority.only is not None and right not in authority.only:
        return f"this token is not for {right}"
    if not any(right in role.rights for role in authority.roles.values()):
        return f"{authority.operator} has no role with the right {right}"
    said = [
        f"{word} {value}"
        for word, value in (
            ("connection", reach.connection),
            ("rule", reach.rule),
            ("template", reach.template),
            ("change", reach.change),
            ("attribute", ", ".join(sorted(reach.attributes))),
        )
        if value
    ]
    if right in BY_PLACE and reach.place is None:
        said.append("whoever is in no container of a directory")
    elif reach.place:
        said.append("the container that this account is in")
    return f"no role of {authority.operator} with the right {right} reaches {' and '.join(said) or 'this'}"
