"""`keepstep emulate`: an Infobip of one's own, to try things on."""

from typing import Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home, run_async
from keepstep.cli.output import say
from keepstep.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Emulated applications, over real HTTP.", no_args_is_help=True)
    group.callback()(_group)
    group.command("infobip")(at_home(infobip))
    app.add_typer(group, name="emulate")


def _group() -> None:
    """Run an emulated application."""


def infobip(
    invocation: Invocation,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")] = 8085,
    people: Annotated[int, typer.Option("--people", min=0, help="How many fictional people there are.")] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same people.")] = 1,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="NAME[:key=value,…], such as cut-page:after=2; may be repeated.")
    ] = None,
) -> None:
    """Run the Infobip emulator on this machine until Ctrl-C."""
    from keepstep.emulator import Emulator, EmulatorError, serve

    try:
        emulator = Emulator(people=people, seed=seed, faults=tuple(fault or ()))
    except EmulatorError as exc:
        raise UsageError(str(exc), hint="`keepstep emulate infobip --help` shows how a fault is written") from exc
    invocation.stopped = "the emulator is off; it keeps nothing"

    def ready(url: str) -> None:
        say(
            [
                f"Infobip emulator at {url} with {emulator.count:,} persons",
                "  Basic keepstep / demo-password, or `Authorization: App demo-key`",
                f"  control: {url}/_emulator    stop: Ctrl-C",
            ]
        )

    try:
        run_async(serve(emulator, host="127.0.0.1", port=port, ready=ready))
    except EmulatorError as exc:
        raise UsageError(str(exc), hint="choose another port; --port 0 takes any free one") from exc
