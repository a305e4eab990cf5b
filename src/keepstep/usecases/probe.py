"""Ask a connected system what works: reach, credentials, rights, and one declared call."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from keepstep.core.authority import Reach
from keepstep.core.configuration import Configuration
from keepstep.core.endpoint_test import EndpointTest
from keepstep.core.exchange import Exchange
from keepstep.core.field_tree import single_values
from keepstep.core.plan import ActionKind
from keepstep.core.right import Right
from keepstep.core.situation import Situation
from keepstep.errors import ConfigurationError
from keepstep.ports import Finding, Ports
from keepstep.usecases.edit_endpoint import Draft, EndpointDesk, Tests
from keepstep.usecases.reconcile import KINDS


@runtime_checkable
class Prober(Protocol):
    """A connector whose declared calls can be tried one by one."""

    async def probe(self, endpoint: str, values: Mapping[str, str]) -> Exchange:
        """Send the call *endpoint* once, with *values* in its places, and return what went back and forth."""
        ...


def wanted_kinds(configuration: Configuration, connection: str) -> frozenset[ActionKind]:
    """Return the kinds of change that the rules into *connection* may make; empty if it is only read."""
    kinds: set[ActionKind] = set()
    for rule in configuration.rules.values():
        if rule.target_side.connection == connection:
            chosen = {rule.reaction(situation) for situation in Situation}
            kinds |= {KINDS[reaction] for reaction in chosen if reaction in KINDS}
    return frozenset(kinds)


async def check_connection(ports: Ports, name: str, wanted: frozenset[ActionKind]) -> list[Finding]:
    """Return what works on connection *name* and what is missing for *wanted*; changes nothing there."""
    ports.authority.require(Right.TEST_CONNECTIONS, Reach(connection=name))
    return await ports.connector(name).check(wanted)


async def test_endpoint(
    ports: Ports, desk: EndpointDesk, tests: Tests, draft: Draft, values: Mapping[str, str]
) -> Exchange:
    """Try the endpoint that *draft* is about, remember what was tested, and return what went back and forth.

    *ports* are those of the configuration of *draft*. Nothing is saved.
    """
    found = await try_call(ports, draft.connection, draft.endpoint, values)
    tests.keep(
        EndpointTest(
            connection=draft.connection,
            endpoint=draft.endpoint,
            digest=desk.digest(draft),
            good=found.good,
            records=found.records,
            at=ports.clock.now(),
            operator=ports.operator,
            fields=single_values(found.fields),
        )
    )
    return found


async def try_call(ports: Ports, connection: str, endpoint: str, values: Mapping[str, str]) -> Exchange:
    """Send one declared call of *connection* and return request, answer and the fields found.

    ConfigurationError if the connection has no calls to try, or not this one.
    """
    ports.authority.require(Right.TEST_CONNECTIONS, Reach(connection=connection))
    connector = ports.connector(connection)
    if not isinstance(connector, Prober):
        raise ConfigurationError(
            f'connection "{connection}" is no application and has no endpoints',
            hint=f"`keepstep people {connection}` reads it; `keepstep connection check {connection}` checks it",
        )
    return await connector.probe(endpoint, values)
