"""The process of `keepstep serve` that answers, and the worker beside it, stopped by the same signal."""

import asyncio
import gc
from dataclasses import dataclass

from keepstep.api.app import make_app
from keepstep.api.server import Server
from keepstep.api.serving import Address, listen
from keepstep.cli.beside import Beside
from keepstep.cli.invocation import Invocation
from keepstep.cli.output import say
from keepstep.cli.worker_process import stopped_by_signals
from keepstep.settings import DEFAULT_URL
from keepstep.telemetry.correlation import correlated
from keepstep.wiring import Installation
from keepstep.workshop import Workshop


def run_server(invocation: Invocation, store: Installation, address: Address, beside: Beside | None) -> None:
    """Answer at *address*, with the worker *beside* it if there is to be one, until a signal comes."""
    with correlated(""):  # each request has an id of its own
        asyncio.run(_Serving(invocation, store, address, beside).run())


@dataclass(slots=True)
class _Serving:
    """One process that stays."""

    invocation: Invocation
    store: Installation
    address: Address
    beside: Beside | None

    async def run(self) -> None:
        """Serve until a signal comes, or nothing can be served."""
        stop = stopped_by_signals()
        beside = None if self.beside is None else asyncio.create_task(self.beside.run(stop))
        try:
            await self._answer(stop)
        finally:
            stop.set()
            if beside is not None:
                await beside

    async def _answer(self, stop: asyncio.Event) -> None:
        server = Server(
            installation=self.store,
            shop=Workshop(self.store, heeded=False),
            secrets=self.invocation.secrets,
            stop=stop,
        )
        server.demo.resume()
        try:
            await listen(make_app(server), self.address, stop, self._ready)
        finally:
            await server.shop.close()
            server.demo.close()

    def _ready(self, url: str) -> None:
        # what is there by now stays: looked through again and again, it would stop every request for 0.2 s
        gc.collect()
        gc.freeze()
        say([f"answering at {url}"])
        if (token := self.store.identity.desk.invite_first()) is not None:
            self.invocation.secrets.append(token)
            told = self.store.settings.url
            reached = url if told == DEFAULT_URL else told
            say(
                [
                    "there are no operators yet; the first one, an administrator, chooses a name and a password here:",
                    f"  {reached}/welcome#{token.reveal()}",
                ]
            )
