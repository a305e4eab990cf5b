"""`keepstep operator`: who may sign in, with which roles, until when."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import Line, say, say_json, say_table
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keepstep.client.operators import RemoteOperators
    from keepstep.core.operator import GivenRole, Operator
    from keepstep.core.secret import Secret
    from keepstep.usecases.manage_operators import OperatorDesk
    from keepstep.wiring import Installation

ResultT = TypeVar("ResultT")
OperatorName = Annotated[str, typer.Argument(metavar="NAME", help="An operator.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="A role, or ROLE=YYYY-MM-DD for one that ends.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Who may sign in, and what they may do.", no_args_is_help=True)
    group.command("list")(with_data(list_operators, server=True))
    group.command("show")(with_data(show, server=True))
    group.command("add")(with_data(add, server=True))
    group.command("roles")(with_data(give_roles, server=True))
    group.command("rights")(with_data(rights, server=True))
    group.command("link")(at_home(link, server=True))
    group.command("enable")(at_home(enable, server=True))
    group.command("disable")(at_home(disable, server=True))
    group.command("reset")(at_home(reset, server=True))
    group.command("sign-out")(at_home(sign_out, server=True))
    group.command("remove")(at_home(remove, server=True))
    app.add_typer(group, name="operator")


def list_operators(invocation: Invocation) -> None:
    """List who may sign in."""
    found = on_desk(invocation, lambda desk: desk.all())
    if invocation.json:
        say_json([operator_data(one) for one in found])
    elif not found:
        say(["there are no operators yet: `keepstep serve` prints a link for the first one"])
    else:
        head = ("operator", "kind", "roles", "enabled", "password", "second factor", "signed in (UTC)")
        say_table(head, [_row(one) for one in found])


def show(invocation: Invocation, name: OperatorName) -> None:
    """Show one operator."""
    found = on_desk(invocation, lambda desk: desk.get(name))
    _say(invocation, found)


def add(  # noqa: PLR0913 - who, and how they are called
    invocation: Invocation,
    name: OperatorName,
    *,
    role: Roles = None,
    display: Annotated[str, typer.Option("--display", help="How people call them.")] = "",
    email: Annotated[str, typer.Option("--email", help="Their mail address.")] = "",
    service: Annotated[bool, typer.Option("--service", help="A program: it has tokens, and never signs in.")] = False,
) -> None:
    """Add an operator. A person gets a link by which they choose their password; it is printed once."""
    from keepstep.core.operator import Operator, OperatorKind

    given = _given(role or [])
    kind = OperatorKind.SERVICE if service else OperatorKind.PERSON

    new = Operator(name=name, kind=kind, display=display, email=email, roles=given, created=datetime.now(UTC))
    made = on_desk(invocation, lambda desk: desk.add(new))
    link = None if service else _link_of(invocation, made.name)
    if invocation.json:
        say_json({**operator_data(made), "link": link and link.reveal()})
        return
    say([f"operator {made.name} is added"])
    if link is not None:
        _say_link(link)
    else:
        say([f"make a token for it: `keepstep token create {made.name} --name WHAT-FOR`"])


def give_roles(invocation: Invocation, name: OperatorName, *, role: Roles = None) -> None:
    """Give an operator exactly these roles; none of them takes every role away."""
    given = _given(role or [])
    _say(invocation, on_desk(invocation, lambda desk: desk.change(name, roles=given)))


def rights(invocation: Invocation, name: OperatorName) -> None:
    """Show what an operator may do, and by which role."""
    from keepstep.client.operators import RemoteOperators
    from keepstep.core.operator import authority_of, rights_in_words
    from keepstep.core.right import MEANINGS

    def work(store: "Installation") -> "list[tuple[str, str, str, str]]":
        found = store.identity.desk.get(name)
        held = authority_of(found, store.configuration().roles, store.clock.now(), only=None, fresh=True)
        return [(str(right), MEANINGS[right], role, reach) for right, role, reach in rights_in_words(held)]

    found = invocation.either(work, lambda client: RemoteOperators(client).rights(name))
    if invocation.json:
        say_json([{"right": right, "role": role, "reach": reach} for right, _, role, reach in found])
    elif not found:
        say([f"{name} may do nothing"])
    else:
        say_table(("right", "means", "by role", "reaches"), found)


def link(invocation: Invocation, name: OperatorName) -> None:
    """Print a link by which an operator chooses a new password, once, within three days. Earlier links are void."""
    _say_link(_link_of(invocation, name))


def enable(invocation: Invocation, name: OperatorName) -> None:
    """Let an operator sign in again."""
    on_desk(invocation, lambda desk: desk.change(name, enabled=True))
    say([f"operator {name} may sign in"])


def disable(invocation: Invocation, name: OperatorName) -> None:
    """Let an operator do nothing any more: they are signed out, and their tokens are refused."""
    on_desk(invocation, lambda desk: desk.change(name, enabled=False))
    say([f"operator {name} is switched off"])


def reset(invocation: Invocation, name: OperatorName) -> None:
    """Take the second factor of an operator away, who lost it, and sign them out."""
    on_desk(invocation, lambda desk: desk.reset(name))
    say([f"operator {name} signs in without a second factor now"])


def sign_out(invocation: Invocation, name: OperatorName) -> None:
    """End every session of an operator."""
    count = on_desk(invocation, lambda desk: desk.end_sessions(name))
    say([f"{count} sessions ended"])


def remove(invocation: Invocation, name: OperatorName) -> None:
    """Forget an operator, with sessions and tokens."""
    on_desk(invocation, lambda desk: desk.remove(name))
    say([f"operator {name} is removed"])


def operator_data(one: "Operator") -> dict[str, Any]:
    """Return what JSON says of an operator."""
    return {
        "name": one.name,
        "kind": str(one.kind),
        "display": one.display,
        "email": one.email,
        "enabled": one.enabled,
        "roles": [{"role": given.role, "until": given.until and given.until.isoformat()} for given in one.roles],
        "password": one.password,
        "second_factor": one.second_factor,
        "created": one.created.isoformat(),
        "signed_in": one.signed_in and one.signed_in.isoformat(),
    }


def _link_of(invocation: Invocation, name: str) -> "Secret":
    """Return a link for *name*. Its token stands behind a `#`, which no server and no proxy ever sees."""
    from keepstep.client.operators import RemoteOperators
    from keepstep.core.secret import Secret

    def here(store: "Installation") -> "Secret":
        return Secret(f"{invocation.settings.url}/welcome#{store.identity.desk.invite(name).reveal()}")

    link = invocation.either(here, lambda client: RemoteOperators(client).link(name))
    invocation.secrets.extend((link, Secret(link.reveal().rpartition("#")[2])))
    return link


def on_desk(invocation: Invocation, work: "Callable[[OperatorDesk | RemoteOperators], ResultT]") -> "ResultT":
    """Return what *work* makes of the desk where operators are managed, here or on the server."""
    from keepstep.client.operators import RemoteOperators

    return invocation.either(lambda store: work(store.identity.desk), lambda client: work(RemoteOperators(client)))


def _say_link(link: "Secret") -> None:
    say(["this link is good once, for three days; it is not shown again:", f"  {link.reveal()}"])


def _given(texts: list[str]) -> "tuple[GivenRole, ...]":
    from keepstep.core.operator import GivenRole

    given: list[GivenRole] = []
    for text in texts:
        role, _, until = text.partition("=")
        try:
            given.append(GivenRole(role=role, until=date.fromisoformat(until) if until else None))
        except ValueError:
            raise UsageError(f'"{until}" is no day', hint="write it as 2027-03-31") from None
    return tuple(given)


def _row(one: "Operator") -> tuple[str, ...]:
    roles = ", ".join(f"{given.role} until {given.until}" if given.until else given.role for given in one.roles)
    yes = {True: "yes", False: "no"}
    last = f"{one.signed_in:%Y-%m-%d %H:%M}" if one.signed_in else "never"
    return (one.name, one.kind, roles or "none", yes[one.enabled], yes[one.password], yes[one.second_factor], last)


def _say(invocation: Invocation, one: "Operator") -> None:
    if invocation.json:
        say_json(operator_data(one))
        return
    head = ("operator", "kind", "roles", "enabled", "password", "second factor", "signed in (UTC)")
    say([Line(f"{label}: {value}") for label, value in zip(head, _row(one), strict=True)])
