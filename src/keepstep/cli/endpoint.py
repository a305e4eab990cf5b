"""`keepstep endpoint test`: one live call, with what went out, what came back, and the fields in it."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import say, say_json
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.exchange import Exchange


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="The declared calls of a REST application.", no_args_is_help=True)
    group.callback()(_group)
    group.command("test")(with_data(try_endpoint))
    app.add_typer(group, name="endpoint")


def _group() -> None:
    """Try a declared call."""


def try_endpoint(
    invocation: Invocation,
    connection: Annotated[str, typer.Argument(help="A REST connection of the configuration.")],
    endpoint: Annotated[str, typer.Argument(help="One of its endpoints, such as list-persons.")],
    *,
    value: Annotated[list[str] | None, typer.Option("--value", help="NAME=TEXT for a {NAME} in the call.")] = None,
) -> int:
    """Send one call and show request (secrets masked), answer, and the fields found. Exit code 1 if it is refused."""
    values = dict(_pair(text) for text in value or ())

    async def work(systems: Systems) -> "Exchange":
        from keepstep.usecases.probe import try_call

        return await try_call(systems.ports, connection, endpoint, values)

    from keepstep.cli.endpoint_view import exchange_lines
    from keepstep.core.exchange import masked_exchange

    found = masked_exchange(invocation.with_systems(work), invocation.secrets)
    if invocation.json:
        say_json(found)
    else:
        say(exchange_lines(found))
    return 0 if found.good else 1


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise UsageError("--value takes NAME=TEXT", hint="for instance --value key=7731204")
    return name, value
