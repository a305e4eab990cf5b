"""The connected systems of an installation: each connector is built when it is first asked for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from keepstep.connectors.registry import Premises, build_connector, build_consent, prove_member
from keepstep.core.configuration import Configuration
from keepstep.core.connection import ConnectionSpec
from keepstep.core.oauth import Grant, unpacked
from keepstep.core.secret import Secret
from keepstep.core.sign_in import Claimed, Member
from keepstep.core.suggest import did_you_mean
from keepstep.errors import ConfigurationError
from keepstep.ports import Connector
from keepstep.store.vault import Vault

if TYPE_CHECKING:
    from keepstep.connectors.rest.consent import Consent

Noticed = Callable[[Secret], None]
"""Told of every secret that is opened, so that a crash report can mask it."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time, with time zone UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class KeptTokens:
    """The grants of connections, sealed in the vault; every token is told of, so that a crash report can mask it."""

    vault: Vault
    tell: Noticed

    def now(self) -> datetime:
        """Return the time, with time zone UTC."""
        return SystemClock().now()

    def noticed(self, token: Secret) -> None:
        """Tell of a token that is in use."""
        self.tell(token)

    def granted(self, connection: str) -> Grant | None:
        """Return what a person granted to *connection*, or None."""
        packed = self.vault.kept(connection)
        grant = unpacked(packed) if packed is not None else None
        if grant is not None:
            self._tell(grant)
        return grant

    def keep(self, connection: str, grant: Grant) -> None:
        """Keep *grant* in place of the earlier one, in one transaction."""
        self._tell(grant)
        self.vault.keep(connection, grant.packed())

    def _tell(self, grant: Grant) -> None:
        for secret in (grant.access, grant.refresh):
            if secret is not None:
                self.tell(secret)


@dataclass(slots=True)
class Connections:
    """Builds the connector of a connection when it is first asked for, and keeps it until `close`."""

    configuration: Configuration
    premises: Premises
    built: dict[str, Connector] = field(default_factory=dict[str, Connector])

    def __call__(self, name: str) -> Connector:
        """Return the connector called *name*; ConfigurationError if there is none, or it is switched off."""
        found = self.built.get(name)
        if found is None:
            found = self.built[name] = self._build(name)
        return found

    def consent(self, name: str, random: tuple[str, str] | None = None) -> "Consent":
        """Return a question to the authorization server of a connection: the one of *random*, or a new one."""
        return build_consent(name, self._spec(name), self.premises, random)

    async def member(self, name: str, claimed: Claimed) -> Member | None:
        """Return whom the password of *claimed* proves at the directory called *name*, or None."""
        return await prove_member(name, self._spec(name), self.premises, claimed)

    def _build(self, name: str) -> Connector:
        return build_connector(name, self._spec(name), replace(self.premises, others=self))

    def _spec(self, name: str) -> ConnectionSpec:
        spec = self.configuration.connections.get(name)
        if spec is None:
            known = self.configuration.connections
            near = did_you_mean(name, known)
            hint = f"connections: {', '.join(known)}" if known else "add one to keepstep.yaml"
            raise ConfigurationError(f'there is no connection "{name}"{near}', hint=hint)
        if not spec.enabled:
            raise ConfigurationError(
                f'connection "{name}" is switched off', hint=f"set connections.{name}.enabled to true to use it"
            )
        return spec

    async def close(self) -> None:
        """Let go of every connector; may be called twice."""
        built, self.built = self.built, {}
        await asyncio.gather(*(connector.close() for connector in built.values()))
