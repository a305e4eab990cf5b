"""First passwords that a server keeps, each opened once."""

from dataclasses import dataclass

from keepstep.client.client import Client
from keepstep.core.secret import Secret


@dataclass(frozen=True, slots=True)
class _Shown:
    password: str


def opened_there(client: Client, account: str, connection: str) -> Secret:
    """Return the first password of *account*, which is gone for good then."""
    asked = {"account": account, "connection": connection}
    return Secret(client.post(_Shown, "/first-passwords/open", asked).password)
