"""The process of `keepstep serve`: what answers and what works, stopped by the same signal."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from keepstep.api.app import make_app
from keepstep.api.server import Server
from keepstep.api.serving import Address, listen
from keepstep.cli.invocation import Invocation
from keepstep.cli.output import say, shown
from keepstep.errors import UsageError
from keepstep.settings import DEFAULT_URL
from keepstep.telemetry.correlation import correlated
from keepstep.telemetry.log import Style, logging_to
from keepstep.telemetry.traces import say_missing, traces
from keepstep.wiring import Installation
from keepstep.workshop import Workshop, worker_of


@contextmanager
def server_log(form: str) -> Generator[None]:
    """Have what happens inside logged on the error stream in *form*, and traced where the environment says so.

    UsageError if there is no such form. Without one it is text on a terminal, else JSON.
    """
    if form and form not in set(Style):
        raise UsageError(f'the log is not written as "{form}"', hint="--log json, --log text")
    style = Style(form) if form else Style.TEXT if sys.stderr.isatty() else Style.JSON
    with logging_to(sys.stderr, style, traces(os.environ)):
        say_missing(os.environ)
        yield


def run_server(invocation: Invocation, store: Installation, address: Address | None, *, works: bool) -> None:
    """Answer at *address*, if there is one, and work if it *works*, until a signal comes."""
    with correlated(""):  # each request and each turn has an id of its own
        asyncio.run(_Serving(invocation, store, address, works).run())


@dataclass(slots=True)
class _Serving:
    """One process that stays."""

    invocation: Invocation
    store: Installation
    address: Address | None
    works: bool

    async def run(self) -> None:
        """Serve until a signal comes, or one part of it fails."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with asyncio.TaskGroup() as group:
            if self.works:
                group.create_task(self._work(stop))
            if self.address is not None:
                group.create_task(self._answer(self.address, stop))
        say(["stopped"])

    async def _work(self, stop: asyncio.Event) -> None:
        async with worker_of(self.store, lambda line: say([shown(line)])) as worker:
            say([f"worker {worker.name} is ready"])
            await worker.run(stop)

    async def _answer(self, address: Address, stop: asyncio.Event) -> None:
        server = Server(
            installation=self.store,
            shop=Workshop(self.store, heeded=False),
            secrets=self.invocation.secrets,
            stop=stop,
        )
        try:
            await listen(make_app(server), address, stop, self._ready)
        finally:
            await server.shop.close()

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
