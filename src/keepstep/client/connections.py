"""The connections of a server, and the endpoints and webhooks of each, listed and tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from keepstep.client.client import Client, at
from keepstep.core.circuit import Circuit
from keepstep.core.exchange import Exchange
from keepstep.core.quota import QuotaUse
from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError
from keepstep.usecases.edit_endpoint import ListedEndpoint
from keepstep.usecases.edit_webhook import ListedWebhook
from keepstep.usecases.try_webhook import Trial

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConnectionThere:
    """One connection."""

    name: str
    kind: str
    enabled: bool
    circuit: Circuit | None


def connections(client: Client) -> list[ConnectionThere]:
    """Return the connections."""
    return client.get(list[ConnectionThere], "/connections")


def circuits(client: Client, name: str | None, *, close: bool) -> list[Circuit]:
    """Return how connections stand: that of *name*, used again first where *close*, or all of which something is known.

    UsageError for a name that is none.
    """
    if name is not None and close:
        client.send("DELETE", f"{at('connections', name)}/circuit")
    known = {one.name: one for one in connections(client)}
    if name is None:
        return [one.circuit for one in known.values() if one.circuit is not None]
    if name not in known:
        near = did_you_mean(name, known)
        raise UsageError(f'there is no connection "{name}"{near}', hint="`keepstep connection list` lists them")
    return [known[name].circuit or Circuit(connection=name)]


def quota(client: Client, connection: str) -> list[QuotaUse]:
    """Return the use of every rate limit of *connection*, or of all where it is empty."""
    return client.get(list[QuotaUse], "/quota", connection=connection)


def endpoints(client: Client, connection: str | None) -> list[ListedEndpoint]:
    """Return the endpoints of *connection*, or of all REST connections."""
    return _of_each(client, connection, "endpoints", ListedEndpoint)


def webhooks(client: Client, connection: str | None) -> list[ListedWebhook]:
    """Return the webhooks of *connection*, or of all REST connections."""
    return _of_each(client, connection, "webhooks", ListedWebhook)


def _of_each(client: Client, connection: str | None, what: str, kind: type[T]) -> list[T]:
    names = [connection] if connection else [one.name for one in connections(client) if one.kind == "rest"]
    return [one for name in names for one in client.get(list[kind], f"{at('connections', name)}/{what}")]


def endpoint_tried(
    client: Client, connection: str, endpoint: str, values: Mapping[str, str], spec: Any | None
) -> Exchange:
    """Return what one live call showed; *spec*: a draft in place of what is in force."""
    path = f"{at('connections', connection)}{at('endpoints', endpoint)}/test"
    return client.post(Exchange, path, {"values": values, "spec": spec})


def webhook_tried(client: Client, connection: str, webhook: str, asked: Mapping[str, Any]) -> Trial:
    """Return what came of a webhook for users and groups, rendered or sent."""
    path = f"{at('connections', connection)}{at('webhooks', webhook)}/test"
    return client.post(Trial, path, asked, Idempotency_Key=uuid4().hex)
