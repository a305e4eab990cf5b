"""Operators: who may sign in, or has a token, and which roles they have until when."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from keepstep.core.authority import Authority
from keepstep.core.right import Right
from keepstep.core.role import RoleSpec, roles_of
from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@\-]{0,63}")

LONGEST_NAME: Final = 64
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256


class OperatorKind(StrEnum):
    """PERSON signs in; MEMBER too, with the password of a directory and the roles of groups; SERVICE has tokens."""

    PERSON = "person"
    MEMBER = "member"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRole:
    """A role that somebody has; *until*: the last day of it; None: no end."""

    role: str
    until: date | None = None

    def holds(self, now: datetime) -> bool:
        """Return whether it is in force at *now* (UTC)."""
        return self.until is None or now.date() <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One person or service. *second_factor*, *password*: whether they have one; neither is ever here itself."""

    name: str
    kind: OperatorKind = OperatorKind.PERSON
    display: str = ""
    email: str = ""
    enabled: bool = True
    roles: tuple[GivenRole, ...] = ()
    password: bool = False
    second_factor: bool = False
    created: datetime
    signed_in: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that somebody signed in with. *proven*: when they last proved who they are."""

    id: str
    operator: str
    created: datetime
    seen: datetime
    proven: datetime
    origin: str = ""
    agent: str = ""

    def ends(self, idle: timedelta, longest: timedelta) -> datetime:
        """Return when it ends if nothing more is asked with it."""
        return min(self.seen + idle, self.created + longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token by which a program asks in the name of *operator*. *rights*: what it is limited to; None: not at all."""

    id: str
    operator: str
    name: str
    rights: frozenset[Right] | None = None
    created: datetime
    expires: datetime
    used: datetime | None = None
    origin: str = ""
    ended: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Return whether it is good at *now*."""
        return self.ended is None and now < self.expires


def checked_name(name: str) -> str:
    """Return *name* as it is kept, in lower case; UsageError if it cannot be the name of an operator."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            "this cannot be the name of an operator",
            hint="use up to 64 letters, digits, dots, dashes, underscores and @, a letter or digit first",
        )
    return name.lower()


def checked_password(password: str, name: str) -> str:
    """Return *password*; UsageError, which tells nothing of it, if it is too short, too long, or says the name."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", hint="a sentence is good"
        )
    if name.casefold() in password.casefold() or len(set(password)) < SHORTEST_PASSWORD // 2:
        raise UsageError("this password is easy to guess: it repeats, or it says the name", hint="a sentence is good")
    return password


def checked_roles(given: Sequence[GivenRole], own: Mapping[str, RoleSpec], now: datetime) -> tuple[GivenRole, ...]:
    """Return *given*; UsageError names a role that is not there, or is over already."""
    known = roles_of(own)
    for one in given:
        if one.role not in known:
            near = did_you_mean(one.role, known)
            raise UsageError(f'there is no role "{one.role}"{near}', hint=f"roles: {', '.join(sorted(known))}")
        if not one.holds(now):
            raise UsageError(f"{one.until} is over", hint="give a day to come, or none")
    return tuple({one.role: one for one in given}.values())


def authority_of(
    operator: Operator, own: Mapping[str, RoleSpec], now: datetime, *, only: frozenset[Right] | None, fresh: bool
) -> Authority:
    """Return what *operator* may do at *now*: nothing if switched off, nothing by roles that are over or gone."""
    known = roles_of(own)
    held = {one.role: known[one.role] for one in operator.roles if one.holds(now) and one.role in known}
    return Authority(operator.name, held if operator.enabled else {}, only=only, fresh=fresh)


def rights_in_words(authority: Authority) -> Iterator[tuple[Right, str, str]]:
    """Yield each right that *authority* has, by which role, and how far that role reaches."""
    for name, role in authority.roles.items():
        kinds = {
            "connections": role.connections,
            "rules": role.rules,
            "templates": role.templates,
            "within": role.within,
            "changes": role.changes,
            "attributes": role.attributes,
        }
        whole = all(allowed == "all" for allowed in kinds.values())
        reach = (
            f"{word} {'all' if allowed == 'all' else ', '.join(allowed) or 'none'}" for word, allowed in kinds.items()
        )
        outside = [f"outside {', '.join(role.outside)}"] if role.outside else []
        text = "; ".join([*(["everything"] if whole else reach), *outside])
        for right in role.rights:
            if authority.only is None or right in authority.only:
                yield right, name, text
