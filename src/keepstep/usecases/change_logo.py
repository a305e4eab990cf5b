"""Give a connection a logo, or take it away."""

from typing import Protocol

from keepstep.core.authority import Authority, Reach
from keepstep.core.right import Right
from keepstep.ports import Audit


class KeptLogos(Protocol):
    """Where logos are."""

    def put(self, connection: str, content: bytes) -> None:
        """Keep the picture *content* as the logo of *connection*; UsageError if it is none."""
        ...

    def remove(self, connection: str) -> None:
        """Forget the logo of *connection*, if it has one."""
        ...


def change_logo(logos: KeptLogos, audit: Audit, connection: str, content: bytes | None, *, by: Authority) -> None:
    """Keep the picture *content* as the logo of *connection*; None: forget it."""
    by.require(Right.CHANGE_CONFIGURATION, Reach(connection=connection))
    if content is None:
        logos.remove(connection)
    else:
        logos.put(connection, content)
    audit.add("logo_remove" if content is None else "logo_set", connection, {}, operator=by.operator)
