"""`keepstep password`: the first passwords of new accounts, each shown once."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import say, say_json, say_table, shown

if TYPE_CHECKING:
    from keepstep.client.client import Client
    from keepstep.core.secret import Secret
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="First passwords of new accounts, shown once.", no_args_is_help=True)
    group.command("list")(with_data(list_passwords, server=True))
    group.command("show")(at_home(show, server=True))
    app.add_typer(group, name="password")


def list_passwords(invocation: Invocation) -> None:
    """List whose first password waits to be opened, and since when; no password is shown."""
    from keepstep.core.first_password import WaitingPassword
    from keepstep.usecases.open_first_password import waiting_passwords

    waiting = invocation.either(
        lambda store: waiting_passwords(store.first_passwords, by=store.authority),
        lambda client: client.get(list[WaitingPassword], "/first-passwords"),
    )
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
    from keepstep.client.first_passwords import opened_there
    from keepstep.usecases.open_first_password import open_first_password

    def here(store: "Installation") -> "Secret":
        sealed, audit = store.first_passwords, store.audit
        return open_first_password(sealed, audit, account, connection=connection, by=store.authority)

    def there(client: "Client") -> "Secret":
        return opened_there(client, account, connection)

    invocation.stopped = "the password may be gone: see `keepstep password list`"
    password = invocation.either(here, there)
    invocation.secrets.append(password)
    say([shown(password.reveal())])
