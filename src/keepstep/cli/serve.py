"""`keepstep serve`: a process that stays and goes on with what is due."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home
from keepstep.cli.output import say, shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.wiring import Installation


class Role(StrEnum):
    """What the process does."""

    WORKER = "worker"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("serve")(at_home(serve))


def serve(
    invocation: Invocation,
    *,
    role: Annotated[str, typer.Option("--role", help="What it does: worker goes on with runs.")] = "worker",
) -> None:
    """Go on with the runs that are due, until it is stopped (Ctrl-C, SIGTERM)."""
    if role not in set(Role):
        raise UsageError(f'there is no role "{role}"', hint="--role worker goes on with runs")
    import asyncio
    import signal

    from keepstep.workshop import worker_of

    invocation.stopped = "what was under way is taken up by the next worker"

    def work(store: "Installation") -> None:
        async def run() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
            async with worker_of(store, lambda line: say([shown(line)])) as worker:
                say([f"worker {worker.name} is ready"])
                await worker.run(stop)
            say(["stopped"])

        asyncio.run(run())

    invocation.with_store(work)
