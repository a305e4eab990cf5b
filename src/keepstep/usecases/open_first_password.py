"""Open the first password of a new account: once, by somebody who may, and written down before it is seen."""

from typing import Protocol

from keepstep.core.authority import Authority, Reach
from keepstep.core.first_password import WaitingPassword
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.ports import Audit


class SealedPasswords(Protocol):
    """Where first passwords wait."""

    def waiting(self) -> list[WaitingPassword]:
        """Return whose password waits, the longest wait first."""
        ...

    def find(self, account: str, *, connection: str = "") -> WaitingPassword:
        """Return the password that waits for *account*; SecretMissing if none does."""
        ...

    def open(self, waiting: WaitingPassword, *, operator: str) -> Secret:
        """Return the password of *waiting*, which is gone then."""
        ...


def waiting_passwords(sealed: SealedPasswords, *, by: Authority) -> list[WaitingPassword]:
    """Return whose first password waits to be opened, of the connections that *by* reaches; no password is shown."""
    by.require(Right.OPEN_FIRST_PASSWORDS)
    return [one for one in sealed.waiting() if by.may(Right.OPEN_FIRST_PASSWORDS, Reach(connection=one.connection))]


def open_first_password(
    sealed: SealedPasswords, audit: Audit, account: str, *, connection: str, by: Authority
) -> Secret:
    """Return the first password of *account*, once: it is gone for good then.

    SecretMissing if none waits, which says when and by whom it was opened; UsageError if several connections have one.
    """
    by.require(Right.OPEN_FIRST_PASSWORDS, *(() if not connection else (Reach(connection=connection),)))
    waiting = sealed.find(account, connection=connection)
    by.require(Right.OPEN_FIRST_PASSWORDS, Reach(connection=waiting.connection))
    # written down first: a password that somebody saw and nobody knows of is worse than a note too many
    audit.add("password_show", waiting.account, {"connection": waiting.connection}, operator=by.operator)
    return sealed.open(waiting, operator=by.operator)
