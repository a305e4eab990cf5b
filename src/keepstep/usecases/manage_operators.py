"""Add, change and remove operators, their roles, links, second factors, sessions and tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from keepstep.core.audit import AuditNote
from keepstep.core.authority import Authority
from keepstep.core.one_time_code import SEED_BYTES, step_of
from keepstep.core.operator import (
    ApiToken,
    GivenRole,
    Operator,
    OperatorKind,
    Session,
    checked_name,
    checked_password,
    checked_roles,
)
from keepstep.core.right import Right
from keepstep.core.role import RoleSpec
from keepstep.core.secret import Secret
from keepstep.errors import NotPermitted, SignInRefused, UsageError
from keepstep.ports import Clock
from keepstep.usecases.sign_in import Hasher

LINK_HOURS: Final = 72
"""How long a link is good by which somebody chooses a password."""

LONGEST_TOKEN: Final = timedelta(days=730)
RECOVERY_CODES: Final = 10


class KeptOperators(Protocol):
    """The operators as they are kept; each change with its audit entry."""

    def all(self) -> list[Operator]:
        """Return every operator."""
        ...

    def any(self) -> bool:
        """Return whether there is one at all."""
        ...

    def get(self, name: str) -> Operator:
        """Return the operator called *name*; NotFound if there is none."""
        ...

    def add(self, operator: Operator, note: AuditNote) -> None:
        """Keep a new *operator*."""
        ...

    def change(self, operator: Operator, note: AuditNote) -> None:
        """Keep *operator* as it is now said."""
        ...

    def remove(self, name: str, note: AuditNote) -> None:
        """Forget the operator called *name*."""
        ...

    def set_code_seed(self, name: str, seed: bytes | None, codes: Sequence[str], note: AuditNote) -> None:
        """Keep the second factor of *name*, or take it away."""
        ...

    def invite(self, operator: str, token: Secret, *, expires: datetime, note: AuditNote) -> None:
        """Keep a link for *operator*."""
        ...

    def invited(self, token: Secret, now: datetime) -> str:
        """Return whom the link is for."""
        ...

    def redeem(self, token: Secret, operator: Operator, hashed: str, note: AuditNote, now: datetime) -> None:
        """Use the link up."""
        ...


class KeptTokens(Protocol):
    """Sessions and tokens as they are kept."""

    def of(self, operator: str) -> list[Session]:
        """Return the sessions of *operator*."""
        ...

    def end(self, operator: str, id_: str, note: AuditNote) -> int:
        """End the session *id_* of *operator*, or all."""
        ...

    def add_token(self, token: Secret, held: ApiToken, note: AuditNote) -> None:
        """Keep a new token."""
        ...

    def tokens(self, operator: str = "") -> list[ApiToken]:
        """Return the tokens of *operator*, or of all."""
        ...

    def end_token(self, id_: str, now: datetime, note: AuditNote) -> ApiToken:
        """End the token *id_*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDesk:
    """What managing operators needs of the world. *roles*: those of the configuration. *chance*: cannot be guessed."""

    by: Authority
    operators: KeptOperators
    sessions: KeptTokens
    hasher: Hasher
    clock: Clock
    roles: Callable[[], Mapping[str, RoleSpec]]
    chance: Callable[[], str]
    bytes_of_chance: Callable[[int], bytes]

    def all(self) -> list[Operator]:
        """Return every operator."""
        self.by.require(Right.MANAGE_OPERATORS)
        return self.operators.all()

    def get(self, name: str) -> Operator:
        """Return the operator called *name*; everybody may look at themselves."""
        self._self_or_manager(name)
        return self.operators.get(name)

    def add(self, operator: Operator) -> Operator:
        """Keep a new *operator*; UsageError if the name or a role is none, or there is one of that name."""
        self.by.require(Right.MANAGE_OPERATORS)
        roles = checked_roles(operator.roles, self.roles(), self.clock.now())
        made = replace(operator, name=checked_name(operator.name), roles=roles, created=self.clock.now())
        self.operators.add(made, self._note("operator_add", made.name, kind=made.kind, **_roles(roles)))
        return self.operators.get(made.name)

    def change(self, name: str, *, roles: Sequence[GivenRole] | None = None, enabled: bool | None = None) -> Operator:
        """Give *name* exactly *roles*, switch them on or off; None leaves it. Who is switched off is signed out."""
        self.by.require(Right.MANAGE_OPERATORS)
        before = self.operators.get(name)
        given = before.roles if roles is None else checked_roles(roles, self.roles(), self.clock.now())
        after = replace(before, roles=given, enabled=before.enabled if enabled is None else enabled)
        if after == before:
            return before
        was = {f"before_{key}": text for key, text in _state(before).items()}
        self.operators.change(after, self._note("operator_change", after.name, **was, **_state(after)))
        return self.operators.get(after.name)

    def remove(self, name: str) -> None:
        """Forget *name*, and end what they have; UsageError for oneself."""
        self.by.require(Right.MANAGE_OPERATORS)
        found = self.operators.get(name)
        if found.name == self.by.operator:
            raise UsageError("nobody removes themselves", hint="have another administrator do it")
        self.operators.remove(found.name, self._note("operator_remove", found.name, **_state(found)))

    def invite(self, name: str) -> Secret:
        """Return the token of a link by which *name* chooses a password, once, within three days.

        UsageError for a service, which has none.
        """
        self.by.require(Right.MANAGE_OPERATORS)
        found = self.operators.get(name)
        if found.kind is OperatorKind.SERVICE:
            raise UsageError(f'"{found.name}" is a service, and has tokens only', hint="`keepstep token create`")
        if found.kind is OperatorKind.MEMBER:
            raise UsageError(f'"{found.name}" signs in with the password of the directory')
        return self._invited(found.name)

    def invite_first(self) -> Secret | None:
        """Return the token of a link by which the first operator, an administrator, is made; None if there is one.

        Whoever can call this holds the home folder.
        """
        self.by.require(Right.MANAGE_OPERATORS)
        return None if self.operators.any() else self._invited("")

    def reset(self, name: str) -> None:
        """Take the second factor of *name* away and end every session: for who lost it."""
        self.by.require(Right.MANAGE_OPERATORS)
        found = self.operators.get(name)
        self.operators.set_code_seed(found.name, None, (), self._note("second_factor_reset", found.name))
        self.sessions.end(found.name, "", self._note("sessions_end", found.name))

    def sessions_of(self, name: str) -> list[Session]:
        """Return the sessions of *name*."""
        self._self_or_manager(name)
        return self.sessions.of(name.lower())

    def end_sessions(self, name: str, id_: str = "") -> int:
        """End the session *id_* of *name*, or all of them; return how many ended."""
        self._own_or_manager(name)
        return self.sessions.end(name.lower(), id_, self._note("sessions_end", name.lower(), session=id_ or "all"))

    def new_seed(self) -> bytes:
        """Return a seed for a second factor, which is kept nowhere until `set_second_factor` proves it."""
        return self.bytes_of_chance(SEED_BYTES)

    def set_second_factor(self, seed: bytes, code: str) -> list[str]:
        """Keep *seed* as the second factor of whoever asks, once *code* proves it; return new recovery codes.

        SignInRefused if the code is not of it.
        """
        if len(seed) < SEED_BYTES or step_of(seed, code, self.clock.now(), after=0) is None:
            raise SignInRefused("the code is not of this seed", hint="look whether the clock of the phone is right")
        self.by.require_fresh("a second factor")
        codes = [self.bytes_of_chance(10).hex() for _ in range(RECOVERY_CODES)]
        name = self.by.operator
        self.operators.set_code_seed(name, seed, codes, self._note("second_factor", name))
        return codes

    def make_token(
        self, name: str, of: str, *, rights: frozenset[Right] | None, lasts: timedelta
    ) -> tuple[ApiToken, Secret]:
        """Return a new token called *name* in the name of *of*, and its text, which is kept nowhere.

        ReauthenticationNeeded for an open browser: a token is asked for no proof.
        """
        self._own_or_manager(of)
        self.by.require_fresh("a token")
        owner = self.operators.get(of)
        if owner.kind is OperatorKind.MEMBER:
            raise UsageError("whose roles are those of groups has no tokens", hint="make a service: `--service`")
        if not timedelta(0) < lasts <= LONGEST_TOKEN:
            raise UsageError("a token lasts up to two years", hint="make another one then")
        if self.by.only is not None and not (frozenset(Right) if rights is None else rights) <= self.by.only:
            raise NotPermitted("a token makes no token that may more than itself")
        if not name.strip():
            raise UsageError("a token needs a name", hint="say what it is for")
        now = self.clock.now()
        token = Secret(f"ks_{self.chance()}")
        held = ApiToken(
            id=self.chance()[:12],
            operator=owner.name,
            name=name.strip(),
            rights=rights,
            created=now,
            expires=now + lasts,
        )
        limited = {} if rights is None else {"rights": ", ".join(sorted(rights))}
        detail = {"token": held.id, "called": held.name, "expires": held.expires.isoformat(), **limited}
        self.sessions.add_token(token, held, self._note("token_create", owner.name, **detail))
        return held, token

    def tokens(self, of: str = "") -> list[ApiToken]:
        """Return the tokens of *of*, or of everybody."""
        if of:
            self._self_or_manager(of)
        else:
            self.by.require(Right.MANAGE_OPERATORS)
        return self.sessions.tokens(of.lower())

    def end_token(self, id_: str) -> ApiToken:
        """End the token *id_*; everybody who is signed in may end their own."""
        held = next((one for one in self.sessions.tokens() if one.id == id_), None)
        self._own_or_manager("" if held is None else held.operator)
        return self.sessions.end_token(id_, self.clock.now(), self._note("token_end", id_))

    def _invited(self, name: str) -> Secret:
        token = Secret(self.chance())
        expires = self.clock.now() + timedelta(hours=LINK_HOURS)
        self.operators.invite(
            name, token, expires=expires, note=self._note("operator_invite", name or "first operator")
        )
        return token

    def _self_or_manager(self, name: str) -> None:
        if name.lower() != self.by.operator.lower():
            self.by.require(Right.MANAGE_OPERATORS)

    def _own_or_manager(self, name: str) -> None:
        """As `_self_or_manager`, and a token is not who it is of: it outlives nothing, and ends nothing of theirs."""
        if self.by.only is not None:
            self.by.require(Right.MANAGE_OPERATORS)
        self._self_or_manager(name)

    def _note(self, action: str, subject: str, **detail: str) -> AuditNote:
        return AuditNote(action=action, subject=subject, detail=detail, operator=self.by.operator)


def choose_password(desk: OperatorDesk, token: Secret, password: Secret, *, name: str = "") -> str:
    """Use the link of *token* up: keep *password* for whom it is; return their name. Every session of theirs ends.

    *name*: of the first operator, who becomes an administrator. SignInRefused if the link is not good any more.
    """
    now = desk.clock.now()
    of = desk.operators.invited(token, now) or checked_name(name)
    checked_password(password.reveal(), of)
    first = Operator(name=of, roles=(GivenRole(role="administrator"),), created=now)
    note = AuditNote(action="choose_password", subject=of, detail={}, operator=of)
    desk.operators.redeem(token, first, desk.hasher.hashed(password), note, now)
    return of


def _roles(roles: Sequence[GivenRole]) -> dict[str, str]:
    return {"roles": ", ".join(f"{one.role} until {one.until}" if one.until else one.role for one in roles)}


def _state(operator: Operator) -> dict[str, str]:
    return {"enabled": "yes" if operator.enabled else "no", **_roles(operator.roles)}
