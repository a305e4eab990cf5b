"""Keep a secret, or forget one: nobody can read it back."""

from typing import Protocol

from keepstep.core.authority import Authority
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.ports import Audit


class KeptSecrets(Protocol):
    """Where secrets are sealed."""

    def set(self, name: str, secret: Secret) -> None:
        """Keep *secret* under *name*; UsageError for a bad name or an empty secret."""
        ...

    def remove(self, name: str) -> None:
        """Forget the secret called *name*; SecretMissing if there is none."""
        ...


def keep_secret(vault: KeptSecrets, audit: Audit, name: str, secret: Secret, *, by: Authority) -> None:
    """Keep *secret* under *name*, in place of an earlier one."""
    by.require(Right.SET_SECRETS)
    vault.set(name, secret)
    audit.add("secret_set", name, {}, operator=by.operator)


def forget_secret(vault: KeptSecrets, audit: Audit, name: str, *, by: Authority) -> None:
    """Forget the secret called *name*."""
    by.require(Right.SET_SECRETS)
    vault.remove(name)
    audit.add("secret_remove", name, {}, operator=by.operator)
