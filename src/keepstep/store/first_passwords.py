"""The first passwords of new accounts: sealed until somebody opens one, once, or until its time is over."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from keepstep.core.first_password import WaitingPassword
from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.errors import SecretMissing, UsageError
from keepstep.ports import Clock, FirstPassword
from keepstep.store.database import Database
from keepstep.store.tables import FIRST_PASSWORDS as TABLE
from keepstep.store.tables import storable
from keepstep.store.vault import Vault


class FirstPasswords:
    """Keeps each until it is opened; what was opened, replaced or is too old is overwritten.

    On PostgreSQL the sealed bytes of old rows stay in the table's files until the server vacuums it.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def seal(self, first: FirstPassword) -> None:
        """Keep *first*, on disk when this returns, in place of an earlier one of the account."""
        now = self._clock.now()
        said = {
            "account": storable(first.account),
            "created": now,
            "expires": now + timedelta(days=first.days),
            "opened_at": None,
            "opened_by": None,
        }
        place = {"connection": first.connection, "object_key": first.key}
        with self._database.erasing() as connection:
            name = sealed_name(first.connection, first.key)
            key_id, sealed = self._vault.seal(connection, name, first.password)
            row = {**said, "key_id": key_id, "sealed": sealed}
            statement = self._database.insert(TABLE).values(**place, **row)
            connection.execute(statement.on_conflict_do_update(index_elements=list(place), set_=row))

    def withdraw(self, connection: str, key: NativeKey) -> None:
        """Forget the one of an account that is not there after all."""
        with self._database.erasing() as opened:
            opened.execute(delete(TABLE).where(TABLE.c.connection == connection, TABLE.c.object_key == key))

    def waiting(self) -> list[WaitingPassword]:
        """Return whose password waits, the longest wait first."""
        self._drop_expired()
        columns = (TABLE.c.connection, TABLE.c.account, TABLE.c.created, TABLE.c.expires)
        statement = select(*columns).where(TABLE.c.sealed.is_not(None)).order_by(TABLE.c.created, TABLE.c.account)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return [WaitingPassword(connection=c, account=a, since=since, until=until) for c, a, since, until in rows]

    def find(self, account: str, *, connection: str = "") -> WaitingPassword:
        """Return the password that waits for *account*, in any letter case.

        SecretMissing says that there is none, or when and by whom it was opened; UsageError that several
        connections have one.
        """
        self._drop_expired()
        with self._database.read() as opened:
            rows = opened.execute(select(TABLE).where(_of(account, connection)).order_by(TABLE.c.created.desc())).all()
        held = [row for row in rows if row.sealed is not None]
        if len({row.connection for row in held}) > 1:
            raise UsageError(
                f"{', '.join(sorted({row.connection for row in held}))} have a password for this account each",
                hint="name one with --connection",
            )
        if held:
            row = held[0]
            return WaitingPassword(connection=row.connection, account=row.account, since=row.created, until=row.expires)
        if not rows:
            raise SecretMissing(
                "no first password is kept for this account",
                hint="`keepstep password list` shows whose is; `new_accounts.deliver: sealed` keeps the new ones",
            )
        if rows[0].opened_at is None:
            what = f"expired at {rows[0].expires:%Y-%m-%d %H:%M} UTC"
        else:
            what = f"was opened at {rows[0].opened_at:%Y-%m-%d %H:%M} UTC by {rows[0].opened_by}"
        raise SecretMissing(f"the first password of this account {what}", hint="set another one in the directory")

    def open(self, waiting: WaitingPassword, *, operator: str) -> Secret:
        """Return the password of *waiting*, which is gone then, before this returns. SecretMissing if it was before."""
        chosen = (_of(waiting.account, waiting.connection), TABLE.c.created == waiting.since)
        with self._database.erasing() as connection:
            row = connection.execute(
                select(TABLE).where(*chosen, TABLE.c.sealed.is_not(None)).with_for_update()
            ).first()
            if row is None:
                raise SecretMissing(
                    "the first password of this account was opened by somebody else just now",
                    hint="set another one in the directory",
                )
            again = "bring back the master key, or set another password in the directory"
            name = sealed_name(row.connection, row.object_key)
            password = self._vault.unseal(name, row.key_id, row.sealed, what="this first password", hint=again)
            note = {"sealed": None, "opened_at": self._clock.now(), "opened_by": storable(operator)}
            connection.execute(update(TABLE).where(*chosen).values(**note))
        return password

    def lost(self) -> int:
        """Return how many of those that wait cannot be opened, because the master key that sealed them is lost."""
        statement = select(TABLE.c.key_id, func.count()).where(TABLE.c.sealed.is_not(None)).group_by(TABLE.c.key_id)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return sum(count for key_id, count in rows if not self._vault.opens(key_id))

    def _drop_expired(self) -> None:
        over = (TABLE.c.expires <= self._clock.now(), TABLE.c.sealed.is_not(None))
        with self._database.read() as connection:
            if connection.execute(select(TABLE.c.account).where(*over)).first() is None:
                return
        with self._database.erasing() as connection:
            connection.execute(update(TABLE).where(*over).values(sealed=None))


def _of(account: str, connection: str) -> ColumnElement[bool]:
    same = func.lower(TABLE.c.account) == account.lower()
    return same & (TABLE.c.connection == connection) if connection else same


def sealed_name(connection: str, key: str) -> str:
    """Return what a password is sealed under; no secret can have this name."""
    return f"first password\0{connection}\0{key}"
