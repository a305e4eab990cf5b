"""A person says yes to a connection, in a browser: the question to an authorization server, and its answer.

Nothing is kept in between: what makes the answer the one to this question is sealed, and given to whoever asked.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, SecretStr

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs
from keepstep.api.routes.session import Asked
from keepstep.core.configuration import Configuration
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.errors import NotFound, SecretMissing, UsageError

router = APIRouter(tags=["connections"])

Keeper = Annotated[Asker, Depends(Needs(Right.SET_SECRETS))]
_PURPOSE: Final = "consent of a connection"
_PATIENCE: Final = timedelta(minutes=15)


class ConsentBegun(BaseModel):
    """A question. *callback*: to be registered there; *address*: to be opened; *visit*: goes with the answer."""

    callback: str
    address: str
    visit: str


class ConsentAnswer(Asked):
    """The answer: the *address* that the browser was sent to, and the *visit* of the question."""

    address: Annotated[SecretStr, Field(max_length=8000)]
    visit: Annotated[str, Field(max_length=4000)]


@router.post("/connections/{connection}/consent")
@aside
async def begin_consent(asker: Keeper, connection: str) -> ConsentBegun:
    """Ask the authorization server of a connection: gives the address that a person opens to say yes."""
    asker.authority.require(Right.SET_SECRETS)
    here = asker.here
    connections = here.connections(_configuration(asker, connection))
    consent = connections.consent(connection)
    try:
        until = here.clock.now() + _PATIENCE
        told = json.dumps([connection, asker.operator.name, *consent.random, until.isoformat()])
        key_id, sealed = here.vault.seal_for_a_while(_PURPOSE, Secret(told))
        visit = f"{key_id}.{urlsafe_b64encode(sealed).decode()}"
        return ConsentBegun(callback=consent.callback, address=consent.address, visit=visit)
    finally:
        await consent.close()


@router.post("/connections/{connection}/consent/answer", status_code=204)
@aside
async def answer_consent(asker: Keeper, connection: str, asked: ConsentAnswer) -> None:
    """Exchange the answer of the authorization server for tokens, which are kept sealed."""
    asker.authority.require(Right.SET_SECRETS)
    here = asker.here
    configuration = _configuration(asker, connection)
    random = _random(asker, connection, asked.visit)
    consent = here.connections(configuration).consent(connection, random)
    try:
        await consent.take(asked.address.get_secret_value().strip())
    finally:
        await consent.close()
    here.audit.add("connection_authorize", connection, {}, operator=asker.operator.name)


def _configuration(asker: Asker, connection: str) -> Configuration:
    configuration = asker.server.configuration()
    if connection not in configuration.connections:
        raise NotFound(f'there is no connection "{connection}"', hint="GET /connections lists them")
    return configuration


def _random(asker: Asker, connection: str, visit: str) -> tuple[str, str]:
    """Return state and verifier of the question that *visit* is of; UsageError if it is not one of theirs."""
    refused = UsageError("this is not the answer to a question that you began here", hint="begin again")
    key_id, _, sealed = visit.partition(".")
    try:
        text = asker.here.vault.unseal(
            _PURPOSE, key_id, urlsafe_b64decode(sealed), what="this question", hint="begin again"
        )
        of, operator, state, verifier, until = json.loads(text.reveal())
    except (ValueError, SecretMissing):
        raise refused from None
    late = asker.here.clock.now() > datetime.fromisoformat(until)
    if (of, operator) != (connection, asker.operator.name) or late:
        raise refused
    return str(state), str(verifier)
