"""Measure how much of the rate limits of applications is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from keepstep.core.authority import Authority
from keepstep.core.call_count import CallCount
from keepstep.core.configuration import ApplicationOf, Configuration
from keepstep.core.connection import RestConnection
from keepstep.core.quota import QuotaUse, look_back, quota_uses, rate_shares
from keepstep.core.right import Right
from keepstep.core.suggest import did_you_mean
from keepstep.errors import NotFound
from keepstep.ports import Clock


class CountedCalls(Protocol):
    """What was counted of the calls to applications."""

    def since(self, moment: datetime) -> Sequence[CallCount]:
        """Return what was counted from *moment* on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaDesk:
    """What measuring needs of the world."""

    configuration: Configuration
    application_of: ApplicationOf
    counted: CountedCalls
    clock: Clock
    by: Authority


def measure_quota(desk: QuotaDesk, connection: str = "") -> list[QuotaUse]:
    """Return the use of every rate limit of *connection*, or of all REST connections where none is named.

    NotFound if it is none of them.
    """
    desk.by.require(Right.READ_CONFIGURATION)
    rest = {name: spec for name, spec in desk.configuration.connections.items() if isinstance(spec, RestConnection)}
    if connection and connection not in rest:
        near = did_you_mean(connection, rest)
        raise NotFound(
            f'there is no REST connection "{connection}"{near}', hint=f"REST connections: {', '.join(rest) or 'none'}"
        )
    now = desk.clock.now()
    rates = {
        name: rate_shares(desk.application_of(spec).rates, spec.pace)
        for name, spec in rest.items()
        if connection in {"", name}
    }
    counts = desk.counted.since(look_back((rate for found in rates.values() for rate in found.values()), now))
    return [use for name, found in rates.items() for use in quota_uses(name, found, counts, now)]
