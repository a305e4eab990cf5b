"""One call of the program: where its home is, whether it prints JSON, and how its work is run and stopped."""

import functools
import inspect
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar, cast, get_type_hints

import typer

from keepstep.key_place import KeyPlace, key_place
from keepstep.settings import HOME_VARIABLE, Settings, read_settings

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.core.secret import Secret
    from keepstep.ports import Ports
    from keepstep.usecases.approve import ApprovalDesk
    from keepstep.usecases.compare import ComparisonDesk
    from keepstep.wiring import Installation

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help=f"The home folder (default: ${HOME_VARIABLE}, else ./keepstep-home).",
        show_default=False,
        file_okay=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(slots=True)
class Invocation:
    """What was asked for beside the command itself. *stopped*: what to say when Ctrl-C ends the work."""

    home: Path | None = None
    json: bool = False
    stopped: str = "nothing was changed"
    secrets: list["Secret"] = field(default_factory=list["Secret"])
    keys: KeyPlace | None = None

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        if self.keys is None:
            self.keys = key_place(os.environ)
            if self.keys.text is not None:
                self.secrets.append(self.keys.text)
        return read_settings(os.environ, home=self.home, keys=self.keys)

    def with_store(self, work: "Callable[[Installation], ResultT]") -> ResultT:
        """Return what *work* makes of the opened home folder."""
        from secrets import token_hex

        from keepstep.cli.progress import shown_progress
        from keepstep.core.secret import noticing
        from keepstep.telemetry.correlation import correlated
        from keepstep.wiring import opened

        with (
            correlated(token_hex(8)),
            shown_progress() as progress,
            opened(self.settings, progress=progress, noticed=noticing(self.secrets)) as installation,
        ):
            return work(installation)

    def with_systems(self, work: "Callable[[Systems], Awaitable[ResultT]]") -> ResultT:
        """Return what *work* makes of the connected systems of the configuration in force."""
        return self.with_store(lambda installation: self.on_systems(installation, installation.configuration(), work))

    def on_systems(
        self,
        installation: "Installation",
        configuration: "Configuration",
        work: "Callable[[Systems], Awaitable[ResultT]]",
    ) -> ResultT:
        """Return what *work* makes of the connected systems of *configuration*; their connections are closed after."""

        async def run() -> ResultT:
            connections = installation.connections(configuration)
            try:
                return await work(Systems(installation, configuration, installation.ports(connections)))
            finally:
                await connections.close()

        return run_async(run())


@dataclass(frozen=True, slots=True)
class Systems:
    """An opened home, a configuration, and ports to its connected systems."""

    installation: "Installation"
    configuration: "Configuration"
    ports: "Ports"

    @property
    def approval_desk(self) -> "ApprovalDesk":
        """Where people are asked to agree to plans."""
        return self.installation.approval_desk(self.configuration, self.ports)

    @property
    def comparison_desk(self) -> "ComparisonDesk":
        """What comparisons need of the world."""
        from keepstep.usecases.compare import ComparisonDesk

        return ComparisonDesk(ports=self.ports, standings=self.installation.standings)


def run_async(work: Awaitable[ResultT]) -> ResultT:
    """Return what *work* gives. Ctrl-C and SIGTERM cancel it, let it close what it holds, raise KeyboardInterrupt."""
    import asyncio

    async def run() -> ResultT:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        with suppress(RuntimeError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def at_home(command: Callable[Concatenate[Invocation, P], int | None]) -> Callable[..., None]:
    """Return *command* with the option --home; the number it returns becomes the exit code."""
    return _wrapped(command, {"home": Home})


def with_data(command: Callable[Concatenate[Invocation, P], int | None]) -> Callable[..., None]:
    """Return *command* with the options --home and --json; the number it returns becomes the exit code."""
    return _wrapped(command, {"home": Home, "json": Json})


def _wrapped(command: Callable[Concatenate[Invocation, P], int | None], options: dict[str, Any]) -> Callable[..., None]:
    """Return a function that typer sees with *options* beside those of *command*."""

    @functools.wraps(command)
    def run(context: typer.Context, **given: Any) -> None:
        invocation = context.find_root().obj
        assert isinstance(invocation, Invocation)  # noqa: S101 - main makes it
        invocation.home = given.pop("home", None) or invocation.home
        invocation.json = given.pop("json", False) or invocation.json
        code = command(invocation, **given)  # pyright: ignore[reportCallIssue] - typer fills in the parameters
        if code:
            raise typer.Exit(code)

    own = list(inspect.signature(command).parameters.values())[1:]
    hints = get_type_hints(command, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("context", keyword, annotation=typer.Context)]
    parameters += [parameter.replace(kind=keyword, annotation=hints[parameter.name]) for parameter in own]
    defaults = {"home": None, "json": False}
    parameters += [inspect.Parameter(n, keyword, annotation=hint, default=defaults[n]) for n, hint in options.items()]
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue] - set for typer
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
