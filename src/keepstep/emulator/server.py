"""Serve an emulator over HTTP: for ever, for the length of a block, or in a thread of its own."""

import asyncio
import ssl
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from aiohttp import web

from keepstep.emulator.app import api_app
from keepstep.emulator.control import PREFIX, control_app
from keepstep.emulator.emulator import Emulator
from keepstep.emulator.replies import EmulatorError

_LOCAL: Final = "127.0.0.1"
_START_SECONDS: Final = 120


def create_app(emulator: Emulator) -> web.Application:
    """Return the whole application: the emulated calls, the control calls, and the webhooks' sender."""
    app = api_app(emulator.world)
    app.add_subapp(PREFIX, control_app(emulator))

    async def webhooks(_: web.Application) -> AsyncIterator[None]:
        await emulator.world.webhooks.start()
        yield
        await emulator.world.webhooks.stop()

    app.cleanup_ctx.append(webhooks)
    return app


@asynccontextmanager
async def running(
    emulator: Emulator, *, port: int = 0, host: str = _LOCAL, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[str]:
    """Serve *emulator* inside the block and yield its base URL; port 0 picks a free one.

    Raises EmulatorError when the address cannot be used.
    """
    runner = web.AppRunner(create_app(emulator), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls)
        try:
            await site.start()
        except OSError as error:
            raise EmulatorError(f"cannot listen on {host} port {port}: {error.strerror}") from error
        taken = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        yield f"{'https' if tls else 'http'}://{shown}:{taken}"
    finally:
        await runner.cleanup()


async def serve(
    emulator: Emulator, *, host: str = _LOCAL, port: int = 8085, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until cancelled; *ready* is called with the base URL once calls are taken."""
    async with running(emulator, host=host, port=port) as url:
        if ready is not None:
            ready(url)
        await asyncio.Event().wait()


@contextmanager
def running_in_thread(emulator: Emulator, *, port: int = 0) -> Generator[str]:
    """Serve *emulator* in a thread inside the block and yield its base URL; for callers that are not asynchronous."""
    started, urls, failures = threading.Event(), list[str](), list[EmulatorError]()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        try:
            async with running(emulator, port=port) as url:
                urls.append(url)
                started.set()
                await stop.wait()
        except EmulatorError as error:
            failures.append(error)
        finally:
            started.set()

    def body() -> None:
        loop.run_until_complete(run())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=body, name="emulator", daemon=True)
    thread.start()
    started.wait(_START_SECONDS)
    if failures or not urls:
        thread.join(_START_SECONDS)
        raise failures[0] if failures else EmulatorError("the emulator did not start")
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_START_SECONDS)
