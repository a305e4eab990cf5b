"""Operators and tokens as a server holds them, managed as those of a home folder are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from keepstep.client.client import Client, at
from keepstep.core.operator import ApiToken, GivenRole, Operator, Session
from keepstep.core.right import MEANINGS, Right
from keepstep.core.secret import Secret


@dataclass(frozen=True, slots=True)
class _HeldRight:
    right: Right
    role: str
    reach: str


@dataclass(frozen=True, slots=True)
class _Link:
    link: str


@dataclass(frozen=True, slots=True)
class _MadeToken:
    held: ApiToken
    token: str


@dataclass(frozen=True, slots=True)
class RemoteOperators:
    """The desk where operators and tokens of a server are managed."""

    client: Client

    def all(self) -> list[Operator]:
        """Return every operator."""
        return self.client.get(list[Operator], "/operators")

    def get(self, name: str) -> Operator:
        """Return the operator called *name*; NotFound if there is none."""
        return self.client.get(Operator, at("operators", name))

    def add(self, operator: Operator) -> Operator:
        """Keep a new *operator*."""
        said = {"name": operator.name, "kind": str(operator.kind), "display": operator.display}
        return self.client.post(
            Operator, "/operators", {**said, "email": operator.email, "roles": _written(operator.roles)}
        )

    def change(self, name: str, *, roles: Sequence[GivenRole] | None = None, enabled: bool | None = None) -> Operator:
        """Give *name* exactly *roles*, switch them on or off; None leaves it."""
        said = {"roles": None if roles is None else _written(roles), "enabled": enabled}
        return self.client.changed(Operator, "PATCH", at("operators", name), said)

    def remove(self, name: str) -> None:
        """Forget the operator called *name*."""
        self.client.send("DELETE", at("operators", name))

    def reset(self, name: str) -> None:
        """Take the second factor of *name* away."""
        self.client.send("DELETE", f"{at('operators', name)}/second-factor")

    def end_sessions(self, name: str) -> int:
        """End every session of *name*; return how many there were."""
        path = f"{at('operators', name)}/sessions"
        count = len(self.client.get(list[Session], path))
        self.client.send("DELETE", path)
        return count

    def link(self, name: str) -> Secret:
        """Return a link by which *name* chooses a password."""
        return Secret(self.client.post(_Link, f"{at('operators', name)}/link", {}).link)

    def rights(self, name: str) -> list[tuple[str, str, str, str]]:
        """Return what *name* may do: right, meaning, by which role, how far."""
        found = self.client.get(list[_HeldRight], f"{at('operators', name)}/rights")
        return [(str(one.right), MEANINGS[one.right], one.role, one.reach) for one in found]

    def tokens(self, operator: str) -> list[ApiToken]:
        """Return the tokens of *operator*, or of all."""
        return self.client.get(list[ApiToken], "/tokens", operator=operator)

    def make_token(
        self, name: str, operator: str, *, rights: frozenset[Right] | None, lasts: timedelta
    ) -> tuple[ApiToken, Secret]:
        """Make a token of *operator* for *name*."""
        said = {"operator": operator, "name": name, "days": lasts.days}
        limited = None if rights is None else sorted(map(str, rights))
        made = self.client.post(_MadeToken, "/tokens", {**said, "rights": limited})
        return made.held, Secret(made.token)

    def end_token(self, id_: str) -> None:
        """End the token *id_*."""
        self.client.send("DELETE", at("tokens", id_))


def _written(roles: Sequence[GivenRole]) -> list[dict[str, Any]]:
    return [{"role": given.role, "until": given.until} for given in roles]
