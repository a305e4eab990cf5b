"""`keepstep password`: the first passwords of new accounts, each shown once."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import say, say_json, say_table, shown

if TYPE_CHECKING:
    from keepstep.core.secret import Secret
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="First passwords of new accounts, shown once.", no_args_is_help=True)
    group.command("list")(with_data(list_passwords))
    group.command("show")(at_home(show))
    app.add_typer(group, name="password")


def list_passwords(invocation: Invocation) -> None:
    """List whose first password waits to be opened, and since when; no password is shown."""
    waiting = invocation.with_store(lambda installation: installation.first_passwords.waiting())
    if invocation.json:
        say_json(waiting)
    elif waiting:
        rows = [
            (one.connection, one.account, f"{one.since:%Y-%m-%d %H:%M}", f"{one.until:%Y-%m-%d}") for one in waiting
        ]
        say_table(("connection", "account", "since (UTC)", "until"), rows)
    else:
        say(["no first password waits to be opened"])


def show(
    invocation: Invocation,
    account: Annotated[str, typer.Argument(help="The account's login name (sAMAccountName).")],
    *,
    connection: Annotated[str, typer.Option("--connection", help="The connection, where several have one.")] = "",
) -> None:
    """Print the first password of a new account, once: it is gone for good then."""

    def work(installation: "Installation") -> "Secret":
        operator = installation.settings.operator
        waiting = installation.first_passwords.find(account, connection=connection)
        # written down first: a password that somebody saw and nobody knows of is worse than a note too many
        detail = {"connection": waiting.connection}
        installation.audit.add("password_show", waiting.account, detail, operator=operator)
        password = installation.first_passwords.open(waiting, operator=operator)
        invocation.secrets.append(password)
        return password

    invocation.stopped = "the password may be gone: see `keepstep password list`"
    say([shown(invocation.with_store(work).reveal())])
