"""One server: the opened home, the connected systems, and what every route has of both."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from keepstep.api.demonstration import Demonstration
from keepstep.api.metrics import Metrics
from keepstep.connectors.rest.openid import Provider
from keepstep.core.configuration import Configuration
from keepstep.core.plan_index import PlanIndex
from keepstep.core.role import RoleSpec
from keepstep.core.secret import Secret
from keepstep.core.sign_in import Claimed, Member, SignInSpec
from keepstep.errors import ConfigurationError, ConfigurationUnusable, KeepstepError
from keepstep.ports import Journal
from keepstep.store.password_hash import Argon2
from keepstep.usecases.sign_in import SignInDesk
from keepstep.wiring import Installation
from keepstep.workshop import Workshop


@dataclass(slots=True)
class Plans:
    """The plans that were looked at last: a plan never changes, and a large one takes long to read.

    While one is read, only those wait who want the same one.
    """

    held: OrderedDict[str, Future[PlanIndex]] = field(default_factory=OrderedDict[str, Future[PlanIndex]])
    lock: Lock = field(default_factory=Lock)

    def get(self, journal: Journal, digest: str) -> PlanIndex:
        """Return the plan whose digest starts with *digest*."""
        with self.lock:
            found = self.held.get(digest)
            mine = found is None
            if found is None:
                found = self.held[digest] = Future()
            self.held.move_to_end(digest)
            while len(self.held) > _PLANS:
                self.held.popitem(last=False)
        if mine:
            try:
                found.set_result(PlanIndex(journal.plan(digest), digest if len(digest) == _WHOLE else ""))
            except BaseException as error:
                with self.lock:
                    self.held.pop(digest, None)
                found.set_exception(error)
                raise
        return found.result()

    def warm(self, journal: Journal, digest: str) -> None:
        """Read a plan that somebody is about to look at; what is wrong with it is told to whoever does."""
        with suppress(KeepstepError):
            self.get(journal, digest)


_PLANS: Final = 3
_WHOLE: Final = 32


@dataclass(slots=True)
class Streams:
    """How many streams are open."""

    count: int = 0


@dataclass(slots=True, kw_only=True)
class Server:
    """What routes work with. *secure*: people reach it over HTTPS, or on this machine alone. *stop*: it is to end."""

    installation: Installation
    shop: Workshop
    secrets: list[Secret]
    stop: asyncio.Event
    secure: bool = True
    streams: Streams = field(default_factory=Streams)
    metrics: Metrics = field(default_factory=Metrics)
    hasher: Argon2 = field(default_factory=Argon2)
    plans: Plans = field(default_factory=Plans)
    demo: Demonstration = field(init=False)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.demo = Demonstration(self.installation.settings.home)

    @property
    def cookie(self) -> str:
        """What the cookie of a session is called: a `__Host-` cookie is of this host alone, and of HTTPS."""
        return "__Host-keepstep" if self.secure else "keepstep"

    def configuration(self) -> Configuration:
        """Return the configuration in force; ConfigurationUnusable while that is wrong: whoever asks did nothing."""
        with self.lock:
            try:
                return self.shop.configuration()
            except ConfigurationError as error:
                hint = error.hint or "an administrator can mend it: `keepstep config check` lists what is wrong"
                raise ConfigurationUnusable(error.message, hint=hint, mistakes=error.mistakes) from error

    @asynccontextmanager
    async def provider(self) -> AsyncGenerator[Provider]:
        """Give the OpenID provider of the configuration in force; NotFound if there is none."""
        provider = self.installation.openid(self.configuration())
        try:
            yield provider
        finally:
            await provider.close()

    def access(self) -> tuple[SignInSpec, Mapping[str, RoleSpec]]:
        """Return how people sign in, and their roles; while the configuration is wrong, as it last was right.

        So somebody can mend it. Where it was never right, there are the roles that are always there.
        """
        try:
            found: Configuration | None = self.configuration()
        except ConfigurationError:
            found = self.shop.inforce
        return (SignInSpec(), {}) if found is None else (found.sign_in, found.roles)

    def sign_in_desk(self) -> SignInDesk:
        """Return what signing in needs of the world."""
        spec, _ = self.access()

        def member(claimed: Claimed) -> Member | None:
            connections = self.installation.connections(self.configuration())
            # in a thread of its own: signing in waits for the directory, and nobody else does
            return asyncio.run(connections.member(spec.directory, claimed))

        return self.installation.identity.sign_in_desk(spec, self.hasher, member if spec.directory else None)
