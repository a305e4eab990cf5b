"""Secrets, sealed: each with a key of its own, which the master key seals (envelope encryption, AES-256-GCM)."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select, update

from keepstep.core.secret import Secret
from keepstep.errors import KeepstepError, SecretMissing, UsageError
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.key_source import KeySource
from keepstep.store.master_keys import IN_USE, MasterKeys
from keepstep.store.tables import SECRETS

_OWN: Final = "connection:"
_MADE: Final = "keepstep:"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")


def reserved(connection: str) -> str:
    """Return the name that the secret of *connection* itself is kept under; `secret set` and references refuse it."""
    return f"{_OWN}{connection}"


def owner(name: str) -> str:
    """Return the connection that the secret called *name* belongs to, or the empty text."""
    return name.removeprefix(_OWN) if name.startswith(_OWN) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSecret:
    """A secret without its text. *problem*, *remedy*: why it cannot be opened, and what to do; empty if it can."""

    name: str
    since: datetime
    key: str
    problem: str = ""
    remedy: str = ""


class Vault:
    """Keeps secrets sealed in the database. The master key is read when a secret is first sealed or opened."""

    def __init__(self, database: Database, keys: KeySource, clock: Clock) -> None:
        self.keys = MasterKeys(database, keys, clock)
        self._database = database
        self._clock = clock

    def set(self, name: str, secret: Secret) -> None:
        """Keep *secret* under *name*, in place of any earlier one. UsageError for a bad name or an empty secret."""
        if not NAME.fullmatch(name):
            hint = "use up to 64 letters, digits, dots, dashes and underscores"
            raise UsageError("this cannot be the name of a secret", hint=hint)
        if not secret.reveal():
            raise UsageError(f'secret "{name}" would be empty', hint="give it on standard input or at the prompt")
        self._keep(name, secret)

    def keep(self, connection: str, secret: Secret) -> None:
        """Keep the *secret* that *connection* came by itself, under a name that nobody can give to another."""
        self._keep(reserved(connection), secret)

    def _keep(self, name: str, secret: Secret) -> None:
        with self._database.write() as connection:
            key_id, sealed = self.seal(connection, name, secret)
            row = {"key_id": key_id, "sealed": sealed, "at": self._clock.now()}
            statement = self._database.insert(SECRETS).values(name=name, **row)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))

    def made(self, purpose: str, make: Callable[[], Secret]) -> Secret:
        """Return the secret that Keepstep itself has for *purpose*, made when it is first asked for.

        Every process gets the same. SecretMissing if it cannot be opened: it is never quietly made anew.
        """
        name = f"{_MADE}{purpose}"
        if name not in self.names():
            with self._database.write() as connection:
                key_id, sealed = self.seal(connection, name, make())
                row = {"name": name, "key_id": key_id, "sealed": sealed, "at": self._clock.now()}
                statement = self._database.insert(SECRETS).values(**row)
                connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
        return self.get(name)

    def lost(self, purpose: str) -> bool:
        """Return whether there is a secret that Keepstep has for *purpose*, sealed with a key that is not at hand."""
        wanted = select(SECRETS.c.key_id).where(SECRETS.c.name == f"{_MADE}{purpose}")
        with self._database.read() as connection:
            key_id = connection.execute(wanted).scalar()
        return key_id is not None and not self.opens(key_id)

    def make_anew(self, connection: Connection, purpose: str, secret: Secret) -> None:
        """Keep *secret* in place of the lost one for *purpose*, in the transaction of *connection*."""
        name = f"{_MADE}{purpose}"
        key_id, sealed = self.seal(connection, name, secret)
        row = {"key_id": key_id, "sealed": sealed, "at": self._clock.now()}
        connection.execute(update(SECRETS).where(SECRETS.c.name == name).values(**row))

    def kept(self, connection: str) -> Secret | None:
        """Return what was kept for *connection*, or None. SecretMissing if it cannot be opened."""
        name = reserved(connection)
        return self.get(name) if name in self.names() else None

    def get(self, name: str) -> Secret:
        """Return the secret called *name*. SecretMissing if there is none or it cannot be opened."""
        with self._database.read() as connection:
            row = connection.execute(select(SECRETS.c.key_id, SECRETS.c.sealed).where(SECRETS.c.name == name)).first()
        if row is None:
            raise _missing(name)
        key_id, sealed = row
        again = f"bring back the master key, or {_anew(name)}"
        return self.unseal(name, key_id, sealed, what=f'secret "{name}"', hint=again)

    def seal(self, connection: Connection, name: str, secret: Secret) -> tuple[str, bytes]:
        """Return the id of the master key in use, and *secret* sealed with it under *name*.

        Both are to be written in the transaction of *connection*: so long no other key comes into use.
        """
        key = self.keys.sealing_within(connection)
        return key.id, key.seal(name, secret.reveal())

    def seal_for_a_while(self, name: str, secret: Secret) -> tuple[str, bytes]:
        """As `seal`, for what is not kept here, and not for long: a change of the key does not seal it anew."""
        key = self.keys.sealing()
        return key.id, key.seal(name, secret.reveal())

    def unseal(self, name: str, key_id: str, sealed: bytes, *, what: str, hint: str) -> Secret:
        """Return what was sealed under *name*. SecretMissing, about *what*, if it does not open."""
        key = self.keys.find(key_id)
        if key is None:
            told = f"{what} was sealed with another master key ({key_id}) than {self.keys.source.where} holds"
            raise SecretMissing(told, hint=hint)
        try:
            return Secret(key.open(name, sealed))
        except ValueError as exc:
            raise SecretMissing(f"{what} was damaged in the database", hint=hint) from exc

    def opens(self, key_id: str) -> bool:
        """Return whether the master key called *key_id* can be had."""
        try:
            return self.keys.find(key_id) is not None
        except KeepstepError:
            return False

    def sign(self, purpose: str, content: bytes) -> bytes:
        """Return a code for *content* that only this installation can make, and only for *purpose* (HMAC-SHA256)."""
        return hmac.digest(self.keys.sealing().derived(purpose), content, "sha256")

    def signed(self, purpose: str, content: bytes, code: bytes) -> bool:
        """Return whether this installation made *code* for *content* and *purpose*, with whichever key at hand."""

        def fits() -> bool:
            codes = [hmac.digest(key.derived(purpose), content, "sha256") for key in self.keys.at_hand().keys[::-1]]
            return any(hmac.compare_digest(made, code) for made in codes)

        before = self.keys.at_hand()
        if fits():
            return True
        self.keys.sealing()  # which reads the keys again if the one in use is not among them
        return self.keys.at_hand() is not before and fits()

    def names(self) -> list[str]:
        """Return the names of all secrets, sorted."""
        with self._database.read() as connection:
            return sorted(connection.execute(select(SECRETS.c.name).where(SECRETS.c.name != IN_USE)).scalars())

    def listed(self) -> list[KeptSecret]:
        """Return all secrets by name, each tried, and none of their texts."""
        with self._database.read() as connection:
            rows = connection.execute(select(SECRETS).where(SECRETS.c.name != IN_USE).order_by(SECRETS.c.name)).all()
        found: list[KeptSecret] = []
        for row in rows:
            error = self._refusal(row.name)
            problem, remedy = (error.message, error.hint) if error else ("", "")
            found.append(KeptSecret(name=row.name, since=row.at, key=row.key_id, problem=problem, remedy=remedy))
        return found

    def since(self) -> dict[str, datetime]:
        """Return when each secret was set, by name; none is opened."""
        with self._database.read() as connection:
            rows = connection.execute(select(SECRETS.c.name, SECRETS.c.at).where(SECRETS.c.name != IN_USE)).all()
        return {row.name: row.at for row in rows}

    def _refusal(self, name: str) -> KeepstepError | None:
        try:
            self.get(name)
        except KeepstepError as error:
            return error
        return None

    def remove(self, name: str) -> None:
        """Forget the secret called *name*. SecretMissing if there is none; UsageError if Keepstep itself needs it."""
        if name.startswith(_MADE):
            raise UsageError(
                f'secret "{name}" is of Keepstep itself', hint="what it signed could not be proven any more"
            )
        with self._database.write() as connection:
            if not connection.execute(delete(SECRETS).where(SECRETS.c.name == name)).rowcount:
                raise _missing(name)


def _anew(name: str) -> str:
    if name.startswith(_MADE):
        return "have another made: `keepstep secret give-up`"
    if connection := owner(name):
        return f"authorize it anew: `keepstep connection authorize {connection}`"
    return f"set it anew: `keepstep secret set {name}`"


def _missing(name: str) -> SecretMissing:
    return SecretMissing(f'there is no secret "{name}"', hint=f"set it: `keepstep secret set {name}`")
