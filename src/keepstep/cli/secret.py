"""`keepstep secret`: passwords and keys, read from a prompt or the standard input, never from an argument."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import say, say_json
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.wiring import Installation

Name = Annotated[str, typer.Argument(help="The name that the configuration refers to.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Passwords and keys, kept sealed.", no_args_is_help=True)
    group.command("set")(at_home(set_secret))
    group.command("list")(with_data(list_secrets))
    group.command("remove")(at_home(remove))
    app.add_typer(group, name="secret")


def set_secret(invocation: Invocation, name: Name) -> None:
    """Keep a secret: asks for it on a terminal, else takes the first line of the standard input."""
    from keepstep.core.secret import Secret

    text = _asked(name) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    secret = Secret(text)
    invocation.secrets.append(secret)

    def work(installation: "Installation") -> None:
        installation.vault.set(name, secret)
        installation.audit.add("secret_set", name, {}, operator=installation.settings.operator)

    invocation.with_store(work)
    say([f'secret "{name}" is kept'])


def _asked(name: str) -> str:
    first = typer.prompt(f"{name} (not shown)", hide_input=True, err=True)
    if typer.prompt("again", hide_input=True, err=True) != first:
        raise UsageError("the two inputs differ", hint="run the command again; nothing was kept")
    return str(first)


def list_secrets(invocation: Invocation) -> None:
    """List the names of the secrets; what they hold is never shown."""
    from keepstep.store.vault import owner

    names = invocation.with_store(lambda installation: installation.vault.names())
    if invocation.json:
        say_json(names)
    else:
        belongs = {name: f"  (the authorization of connection {owner(name)})" for name in names if owner(name)}
        belongs |= {name: "  (of Keepstep itself)" for name in names if name.startswith("keepstep:")}
        say(
            [f"{name}{belongs.get(name, '')}" for name in names]
            or ["no secrets are kept yet: `keepstep secret set NAME`"]
        )


def remove(invocation: Invocation, name: Name) -> None:
    """Forget a secret."""

    def work(installation: "Installation") -> None:
        installation.vault.remove(name)
        installation.audit.add("secret_remove", name, {}, operator=installation.settings.operator)

    invocation.with_store(work)
    say([f'secret "{name}" is forgotten'])
