"""The configuration as a command edits it: that of a home folder, or of a server."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from keepstep.client.configuration import in_force, put
from keepstep.connectors.rest.preset import application_of
from keepstep.store.configuration_text import ConfigurationText
from keepstep.usecases.configure import understand
from keepstep.usecases.edit_endpoint import EndpointDesk
from keepstep.usecases.edit_webhook import WebhookDesk
from keepstep.usecases.put_in_force import Change, Kept, put_in_force

if TYPE_CHECKING:
    from collections.abc import Callable

    from keepstep.cli.invocation import Invocation
    from keepstep.client.client import Client
    from keepstep.client.configuration import InForce
    from keepstep.core.configuration import Configuration
    from keepstep.wiring import Installation

ResultT = TypeVar("ResultT")


class ServerText(ConfigurationText):
    """The configuration of a server; what was read of it is replaced only if nobody else changed it meanwhile."""

    def __init__(self, client: "Client") -> None:
        super().__init__("keepstep.yaml")
        self._client = client
        self._read: dict[str, InForce] = {}

    def text(self) -> str:
        """Return the text in force."""
        found = in_force(self._client)
        self._read[found.text] = found
        return found.text

    def install(self, text: str, *, before: str, operator: str) -> tuple[int, str]:
        """Put *text* in force in place of exactly *before*; return the number of the version, and what it is read by.

        Changed if somebody else changed it meanwhile.
        """
        return put(self._client, text, self._read[before]), ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """The configuration in force, edited by desks. One of *store* and *client* is there."""

    kept: Kept
    store: "Installation | None" = None
    client: "Client | None" = None
    endpoints: EndpointDesk = field(init=False)
    webhooks: WebhookDesk = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "endpoints", EndpointDesk(self.kept, application_of))
        object.__setattr__(self, "webhooks", WebhookDesk(self.kept, application_of))

    def understand(self, text: str) -> "Configuration":
        """Return the configuration that *text* would be; ConfigurationError lists every mistake in it."""
        return understand(self.kept.read(text), application_of)

    def put(self, change: Change) -> int:
        """Put *change* in force; return the number of the version. A server says in its own log what was changed."""
        if self.store is not None:
            return put_in_force(self.store.kept, self.store.audit, change, by=self.store.authority)
        return self.kept.install(change.text, before=change.before, operator="")[0]


def edited(invocation: "Invocation", work: "Callable[[Editing], ResultT]") -> ResultT:
    """Return what *work* makes of the configuration of the home folder, or of the server that is asked."""
    return invocation.either(
        lambda store: work(Editing(kept=store.kept, store=store)),
        lambda client: work(Editing(kept=ServerText(client), client=client)),
    )
