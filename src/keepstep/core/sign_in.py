"""How operators sign in, as the configuration says it, and the groups whose members have roles."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import Field

from keepstep.core.distinguished_name import same_dn
from keepstep.core.duration import Duration, parse_duration
from keepstep.core.operator import GivenRole
from keepstep.core.role import RoleSpec, roles_of
from keepstep.core.secret import Secret, SecretRef
from keepstep.core.spec import Name, Spec
from keepstep.core.suggest import did_you_mean

FRESH_FOR: Final = timedelta(minutes=10)
"""How long after a proof of who they are somebody may do what needs a fresh one."""


class Delegation(Spec):
    """A group, of the directory or as the provider says it, whose members have *roles*; *until*: the last day of it."""

    group: Annotated[str, Field(min_length=1)]
    roles: Annotated[list[Name], Field(min_length=1)]
    until: date | None = None


class OidcSpec(Spec):
    """An OpenID provider whose people sign in there (authorization code with PKCE).

    *name*: the claim that is taken for the name of the operator; *groups*: the claim that lists groups.
    """

    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretRef | None = None
    scope: str = "openid profile email"
    name: str = "preferred_username"
    groups: str = "groups"
    title: str = "Single sign-on"


class SignInSpec(Spec):
    """Who may sign in beside local operators, and how long a session lasts.

    *idle*, *longest*: a session ends after so long without a request, or in any case. *directory*: the connection whose
    people sign in with their password there, if a group of theirs is among *delegations*; *oidc*: a provider likewise.
    """

    idle: Duration = "30m"
    longest: Duration = "12h"
    directory: str = ""
    oidc: OidcSpec | None = None
    delegations: list[Delegation] = []

    @property
    def idle_for(self) -> timedelta:
        """After how long without a request a session ends."""
        return parse_duration(self.idle)

    @property
    def lasts(self) -> timedelta:
        """After how long a session ends in any case."""
        return parse_duration(self.longest)

    def faults(
        self, directories: Collection[str], own: dict[str, RoleSpec]
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the place and the words of what does not fit *directories* and the roles of the configuration."""
        if self.directory and self.directory not in directories:
            near = did_you_mean(self.directory, directories)
            yield ("directory",), f'there is no Active Directory connection "{self.directory}"{near}'
        known = roles_of(own)
        for position, delegation in enumerate(self.delegations):
            for number, role in enumerate(delegation.roles):
                if role not in known:
                    place = ("delegations", position, "roles", number)
                    yield place, f'there is no role "{role}"{did_you_mean(role, known)}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Who somebody says they are: a sign-in name or a user principal name, and a password.

    *called*: told by which name the directory knows them before the password is tried; what it raises ends the try.
    """

    who: str
    password: Secret
    called: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody whom a directory says to be who they say. *groups*: the names (DN) of all that they are in."""

    name: str
    display: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()


def delegated(delegations: Sequence[Delegation], groups: Sequence[str]) -> tuple[GivenRole, ...]:
    """Return the roles that the members of *groups* have; of two ends of one role the later one."""
    found: dict[str, GivenRole] = {}
    for delegation in delegations:
        if not any(same_dn(delegation.group, group) for group in groups):
            continue
        for role in delegation.roles:
            held = found.get(role)
            later = (
                held is None or delegation.until is None or (held.until is not None and held.until < delegation.until)
            )
            if later:
                found[role] = GivenRole(role=role, until=delegation.until)
    return tuple(found.values())
