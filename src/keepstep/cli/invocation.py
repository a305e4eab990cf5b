"""One call of the program: where its home is, whether it prints JSON, and how its work is run and stopped."""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar, cast, get_type_hints

import typer

from keepstep.errors import UsageError
from keepstep.key_place import KeyPlace, key_place
from keepstep.settings import HOME_VARIABLE, SERVER_VARIABLE, Settings, read_settings

if TYPE_CHECKING:
    from keepstep.client.client import Client
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
Server = Annotated[
    str,
    typer.Option(
        "--server",
        metavar="URL",
        help=f"Ask this server in place of a home folder (default: ${SERVER_VARIABLE}); see docs/api.md.",
        show_default=False,
    ),
]
NoServer = Annotated[str, typer.Option("--server", metavar="URL", hidden=True)]
"""The option where it is refused, so that it is told why."""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(slots=True)
class Invocation:
    """What was asked for beside the command itself. *stopped*: what to say when Ctrl-C ends the work.

    *server*: the address of the server that is asked in place of a home folder; empty: none.
    """

    home: Path | None = None
    server: str = ""
    json: bool = False
    stopped: str = "nothing was changed"
    secrets: list["Secret"] = field(default_factory=list["Secret"])
    keys: KeyPlace | None = None
    token: "Secret | None" = None

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        if self.keys is None:
            self.keys = key_place(os.environ)
            if self.keys.text is not None:
                self.secrets.append(self.keys.text)
        return read_settings(os.environ, home=self.home, keys=self.keys)

    def choose(self, home: Path | None, server: str) -> None:
        """Work on *home*, or ask *server*; what is not given stays as it was. UsageError for both."""
        self.home, self.server = home or self.home, server or self.server
        if self.home and self.server:
            raise UsageError(
                "--home and --server exclude each other",
                hint="a command works on a home folder, or asks a server that works on its own",
            )

    @property
    def remote(self) -> str:
        """The server that is asked, as named by the option, else by the environment; empty: a home folder is used."""
        return self.server or ("" if self.home else os.environ.get(SERVER_VARIABLE, ""))

    def with_server(self, work: "Callable[[Client], ResultT]") -> ResultT:
        """Return what *work* makes of the answers of the server."""
        from keepstep.cli.progress import shown_progress
        from keepstep.client.client import Client
        from keepstep.client.server_address import server_address
        from keepstep.client.token_source import token_of

        address = server_address(self.remote)
        if self.token is None:
            self.token = token_of(os.environ, _asked_token)
            self.secrets.append(self.token)
        with shown_progress() as progress:
            return work(Client(address, self.token, progress))

    def either(self, work: "Callable[[Installation], ResultT]", remote: "Callable[[Client], ResultT]") -> ResultT:
        """Return what *work* makes of the opened home folder, or *remote* of the server, if one is asked."""
        return self.with_server(remote) if self.remote else self.with_store(work)

    def either_systems(
        self, work: "Callable[[Systems], Awaitable[ResultT]]", remote: "Callable[[Client], ResultT]"
    ) -> ResultT:
        """Return what *work* makes of the connected systems, or *remote* of the server, if one is asked."""
        return self.with_server(remote) if self.remote else self.with_systems(work)

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


def _asked_token() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("token (not shown)", hide_input=True, err=True))
    return sys.stdin.readline()


Command = Callable[Concatenate[Invocation, P], int | None]


def at_home(command: Command[P], *, server: bool = False) -> Callable[..., None]:
    """Return *command* with the option --home; the number it returns becomes the exit code.

    *server*: it can ask a server too.
    """
    return _wrapped(command, {"home": Home}, server=server)


def with_data(command: Command[P], *, server: bool = False) -> Callable[..., None]:
    """Return *command* with the options --home and --json, as `at_home` does."""
    return _wrapped(command, {"home": Home, "json": Json}, server=server)


def _wrapped(command: Command[P], options: dict[str, Any], *, server: bool) -> Callable[..., None]:
    """Return a function that typer sees with *options* beside those of *command*, and --server."""
    options = {**options, "server": Server if server else NoServer}

    @functools.wraps(command)
    def run(context: typer.Context, **given: Any) -> None:
        invocation = context.find_root().obj
        assert isinstance(invocation, Invocation)  # noqa: S101 - main makes it
        invocation.choose(given.pop("home", None), given.pop("server", ""))
        invocation.json = given.pop("json", False) or invocation.json
        if invocation.remote and not server:
            raise UsageError(
                f"`{context.command_path}` works on a home folder, and asks no server",
                hint="run it on the machine of the server, with --home DIR",
            )
        code = command(invocation, **given)  # pyright: ignore[reportCallIssue] - typer fills in the parameters
        if code:
            raise typer.Exit(code)

    own = list(inspect.signature(command).parameters.values())[1:]
    hints = get_type_hints(command, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("context", keyword, annotation=typer.Context)]
    parameters += [parameter.replace(kind=keyword, annotation=hints[parameter.name]) for parameter in own]
    defaults = {"home": None, "json": False, "server": ""}
    parameters += [inspect.Parameter(n, keyword, annotation=hint, default=defaults[n]) for n, hint in options.items()]
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue] - set for typer
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
