"""The process of a worker: goes on with what is due until a signal comes."""

import asyncio
import signal

from keepstep.cli.output import say, shown
from keepstep.telemetry.correlation import correlated
from keepstep.wiring import Installation
from keepstep.workshop import worker_of


def run_worker(store: Installation) -> None:
    """Work until a signal comes: what is under way then ends, within 20 seconds."""
    with correlated(""):  # each turn has an id of its own
        asyncio.run(_work(store))


async def _work(store: Installation) -> None:
    stop = stopped_by_signals()
    async with worker_of(store, lambda line: say([shown(line)])) as worker:
        say([f"worker {worker.name} is ready"])
        await worker.run(stop)


def stopped_by_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
