"""The program `keepstep`: its commands by noun, and how every way to end looks to the caller."""

import errno
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from keepstep import __version__
from keepstep.cli import (
    approval,
    audit,
    automation,
    backup,
    channel,
    compare,
    config,
    connection,
    demo,
    doctor,
    emulate,
    endpoint,
    event,
    macro,
    mapping,
    operator,
    password,
    people,
    plan,
    report,
    run,
    secret,
    serve,
    support,
    template,
    token,
    webhook,
    why,
)
from keepstep.cli.crash import crash_lines
from keepstep.cli.invocation import Home, Invocation, Json, Server
from keepstep.cli.output import tell
from keepstep.cli.seclusion import seclude
from keepstep.errors import KeepstepError, UsageError
from keepstep.store.crash_report import write_report


def _print_version(asked: bool) -> None:  # noqa: FBT001 - the shape that the option asks for
    if asked:
        typer.echo(f"keepstep {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)]
_NOUNS: Final = (
    demo,
    config,
    secret,
    password,
    connection,
    endpoint,
    webhook,
    macro,
    mapping,
    people,
    compare,
    plan,
    report,
    approval,
    run,
    template,
    automation,
    event,
    channel,
    serve,
    why,
    operator,
    token,
    audit,
    backup,
    emulate,
    doctor,
    support,
)
ORDER: Final = (
    *("demo", "init", "config", "secret", "connection", "endpoint", "webhook", "macro", "mapping", "people"),
    *(
        "compare",
        "report",
        "plan",
        "apply",
        "approval",
        "template",
        "run",
        "why",
        "automation",
        "event",
        "channel",
        "notice",
        "serve",
        "operator",
        "token",
        "password",
        "audit",
        "backup",
        "restore",
        "emulate",
        "doctor",
        "support",
    ),
)


class Root(TyperGroup):
    """The program: whatever a command raises ends as one line what, one line what to do, and an exit code."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # pyright: ignore[reportIncompatibleMethodOverride] - same class, public name
        """Return the commands in the order in which a newcomer needs them."""
        known = super().list_commands(ctx)
        return sorted(known, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def invoke(self, ctx: typer.Context) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - same class, public name
        """Run the command."""
        with ending_told(ctx.ensure_object(Invocation)):
            return super().invoke(ctx)


@contextmanager
def ending_told(invocation: Invocation) -> Generator[None]:
    """Have whatever is raised inside told on the error stream, and end as an exit code (typer.Exit)."""
    try:
        yield
    except KeepstepError as error:
        tell(error_lines(error))
        raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None
    except (KeyboardInterrupt, typer.Abort):
        tell(["", f"stopped: {invocation.stopped}"])
        raise typer.Exit(130) from None
    except (typer.TyperException, typer.Exit, BrokenPipeError):
        raise
    except OSError as error:
        tell(_system_lines(error))
        raise typer.Exit(1) from None
    except Exception as error:  # noqa: BLE001 - the last resort: reported in a file, and told
        tell(crash_lines(write_report(error, invocation.settings.crash_folder, invocation.secrets)))
        raise typer.Exit(1) from None


def error_lines(error: KeepstepError) -> list[str]:
    """Return what to print: what happened, and what to do."""
    first, *more = error.message.split("\n")
    lines = [f"error: {first}", *(f"       {line}" for line in more)]
    return [*lines, f"hint: {error.hint}"] if error.hint else lines


def _system_lines(error: OSError) -> list[str]:
    where = f" {error.filename}" if error.filename else ""
    hint = "make room on the disk, then run the command again" if error.errno == errno.ENOSPC else "check path and mode"
    return [f"error: {error.strerror or type(error).__name__}{where}", f"hint: {hint}; nothing that was done is lost"]


def build() -> typer.Typer:
    """Return the program with all its commands."""
    app = typer.Typer(
        name="keepstep",
        cls=Root,
        help="Keeps Active Directory and Infobip in step.",
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help: rich alone costs as long as all the rest
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_globals)
    for noun in _NOUNS:
        noun.register(app)
    return app


def _globals(
    context: typer.Context, *, home: Home = None, server: Server = "", json: Json = False, version: Version = False
) -> None:
    del version  # printed before this is called
    invocation = context.ensure_object(Invocation)
    invocation.choose(home, server)
    invocation.json = json


def main() -> NoReturn:
    """Run the program with the arguments of the process, and leave with its exit code."""
    seclude()
    build()(prog_name="keepstep")
    sys.exit(0)
