"""Connections: whether they work, their endpoints and webhooks, each tried live."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.once import ByKey
from keepstep.api.routes.session import Asked
from keepstep.core.circuit import Circuit
from keepstep.core.configuration import Configuration, Document
from keepstep.core.exchange import Exchange, masked_exchange
from keepstep.core.right import Right
from keepstep.core.sync_rule import Side
from keepstep.errors import NotFound
from keepstep.ports import Finding
from keepstep.store.logos import Logos
from keepstep.usecases.choose_subjects import find_subjects
from keepstep.usecases.edit_endpoint import ListedEndpoint
from keepstep.usecases.edit_webhook import ListedWebhook
from keepstep.usecases.fire import WebhookTrial
from keepstep.usecases.probe import check_connection, test_endpoint, wanted_kinds
from keepstep.usecases.try_webhook import Trial, masked_trial, test_webhook

router = APIRouter(tags=["connections"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]
Tester = Annotated[Asker, Depends(Needs(Right.TEST_CONNECTIONS))]
Shooter = Annotated[Asker, Depends(Needs(Right.TEST_WEBHOOKS))]
Short = Annotated[str, Field(max_length=1000)]


class ConnectionListed(BaseModel):
    """One connection. *circuit*: whether it is left in peace, if something is known of it.

    *logo*: another text for another logo, to be asked for by; empty: it has none.
    """

    name: str
    kind: str
    enabled: bool
    address: str
    logo: str
    circuit: Circuit | None


class EndpointTrial(Asked):
    """Values for what an endpoint needs. *spec*: a draft in place of what is in force."""

    values: dict[str, Short] = {}
    spec: dict[str, Any] | None = None


class WebhookTest(Asked):
    """On whom a webhook is tried. *live*: it is sent. *spec*: a draft in place of what is in force."""

    directory: Annotated[str, Field(max_length=64)]
    users: Annotated[list[Short], Field(max_length=50)] = []
    groups: Annotated[list[Short], Field(max_length=50)] = []
    live: bool = False
    values: dict[str, Short] = {}
    spec: dict[str, Any] | None = None


@router.get("/connections")
def list_connections(asker: Reader) -> list[ConnectionListed]:
    """List the connections."""
    circuits = {one.connection: one for one in asker.here.circuits.all()}
    logos = Logos(asker.here.settings.home).marks()
    return [
        ConnectionListed(
            name=name,
            kind=spec.kind,
            enabled=spec.enabled,
            address=str(getattr(spec, "base_url", None) or getattr(spec, "url", None) or getattr(spec, "file", "")),
            logo=logos.get(name, ""),
            circuit=circuits.get(name),
        )
        for name, spec in asker.server.configuration().connections.items()
    ]


@router.post("/connections/{connection}/check")
@aside
async def check(asker: Tester, connection: str, *, write: bool = False) -> list[Finding]:
    """Check reach, TLS, credentials and rights; nothing is changed. `write`: every right to write is asked for."""
    configuration = asker.server.configuration()
    async with systems_of(asker.here, configuration) as ports:
        wanted = wanted_kinds(configuration, connection)
        if write:
            wanted |= ports.connector(connection).capabilities
        found = await check_connection(ports, connection, wanted)
        if all(finding.good for finding in found):
            ports.circuits.worked(connection)
        return found


@router.delete("/connections/{connection}/circuit", status_code=204)
def close_circuit(asker: Tester, connection: str) -> None:
    """Use a connection again that failed in a row and is left in peace, whatever it did."""
    asker.here.circuit_watch(_known(asker, connection)).worked(connection)


@router.get("/connections/{connection}/endpoints")
def list_endpoints(asker: Reader, connection: str) -> list[ListedEndpoint]:
    """List the endpoints of a connection, and when each was tested."""
    _known(asker, connection)
    return asker.here.endpoints.listed(asker.here.endpoint_tests, connection)


@router.post("/connections/{connection}/endpoints/{endpoint}/test")
@aside
async def try_endpoint(asker: Tester, connection: str, endpoint: str, asked: EndpointTrial) -> Exchange:
    """Send one call live: request, answer and the fields it offers, secrets masked."""
    _known(asker, connection)
    desk = asker.here.endpoints
    _may_draft(asker, asked.spec)
    draft = (
        desk.in_force(connection, endpoint)
        if asked.spec is None
        else desk.drafted(connection, endpoint, Document(name="what was sent", data=asked.spec))
    )
    async with systems_of(asker.here, draft.configuration) as ports:
        found = await test_endpoint(ports, desk, asker.here.endpoint_tests, draft, asked.values)
    return masked_exchange(found, asker.server.secrets)


@router.get("/connections/{connection}/webhooks")
def list_webhooks(asker: Reader, connection: str) -> list[ListedWebhook]:
    """List the webhooks of a connection, and when each was tested."""
    _known(asker, connection)
    return asker.here.webhooks.listed(asker.here.webhook_tests, connection)


@router.post("/connections/{connection}/webhooks/{webhook}/test")
@aside
async def try_webhook(asker: Shooter, connection: str, webhook: str, asked: WebhookTest, once: ByKey) -> Trial:
    """Render a webhook for users and groups; with `live` send it, and show each answer beside its request."""
    _known(asker, connection)
    _may_draft(asker, asked.spec)
    if not asked.live:
        return await _tried(asker, (connection, webhook), asked)
    return await once.give(Trial, lambda: _tried(asker, (connection, webhook), asked))


async def _tried(asker: Asker, place: tuple[str, str], asked: WebhookTest) -> Trial:
    connection, webhook = place
    desk = asker.here.webhooks
    draft = (
        desk.in_force(connection, webhook)
        if asked.spec is None
        else desk.drafted(connection, webhook, Document(name="what was sent", data=asked.spec))
    )
    async with systems_of(asker.here, draft.configuration) as ports:
        chosen = [
            one
            for objects, ids in (("users", asked.users), ("groups", asked.groups))
            if ids
            for one in await find_subjects(ports, Side(asked.directory, objects), ids)
        ]
        trial = WebhookTrial(
            connection=connection,
            name=webhook,
            webhook=draft.webhook,
            subjects=chosen,
            given={name: (text,) for key, text in asked.values.items() for name in (key, f"with.{key}")},
        )
        found = await test_webhook(ports, asker.here.webhook_tests, draft.digest, trial, live=asked.live)
    return masked_trial(found, asker.server.secrets)


def _may_draft(asker: Asker, spec: dict[str, Any] | None) -> None:
    """NotPermitted for a draft of one's own, which could be any call, without the right to put it in force."""
    if spec is not None:
        asker.authority.require(Right.CHANGE_CONFIGURATION)


def _known(asker: Asker, name: str) -> Configuration:
    configuration = asker.server.configuration()
    if name not in configuration.connections:
        raise NotFound(f'there is no connection "{name}"', hint=f"connections: {', '.join(configuration.connections)}")
    return configuration
