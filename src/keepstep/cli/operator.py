"""`keepstep operator`: who may sign in, with which roles, until when."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import Line, say, say_json, say_table
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.operator import GivenRole, Operator
    from keepstep.core.secret import Secret
    from keepstep.wiring import Installation

OperatorName = Annotated[str, typer.Argument(metavar="NAME", help="An operator.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="A role, or ROLE=YYYY-MM-DD for one that ends.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Who may sign in, and what they may do.", no_args_is_help=True)
    group.command("list")(with_data(list_operators))
    group.command("show")(with_data(show))
    group.command("add")(with_data(add))
    group.command("roles")(with_data(give_roles))
    group.command("rights")(with_data(rights))
    group.command("link")(at_home(link))
    group.command("enable")(at_home(enable))
    group.command("disable")(at_home(disable))
    group.command("reset")(at_home(reset))
    group.command("sign-out")(at_home(sign_out))
    group.command("remove")(at_home(remove))
    app.add_typer(group, name="operator")


def list_operators(invocation: Invocation) -> None:
    """List who may sign in."""
    found = invocation.with_store(lambda store: store.identity.desk.all())
    if invocation.json:
        say_json([operator_data(one) for one in found])
    elif not found:
        say(["there are no operators yet: `keepstep serve` prints a link for the first one"])
    else:
        head = ("operator", "kind", "roles", "enabled", "password", "second factor", "signed in (UTC)")
        say_table(head, [_row(one) for one in found])


def show(invocation: Invocation, name: OperatorName) -> None:
    """Show one operator."""
    found = invocation.with_store(lambda store: store.identity.desk.get(name))
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

    def work(store: "Installation") -> "tuple[Operator, Secret | None]":
        desk, now = store.identity.desk, store.clock.now()
        made = desk.add(Operator(name=name, kind=kind, display=display, email=email, roles=given, created=now))
        return made, None if service else desk.invite(made.name)

    made, token = invocation.with_store(work)
    if invocation.json:
        say_json({**operator_data(made), "link": token and link_of(invocation, token)})
        return
    say([f"operator {made.name} is added"])
    if token is not None:
        _say_link(invocation, token)
    else:
        say([f"make a token for it: `keepstep token create {made.name} --name WHAT-FOR`"])


def give_roles(invocation: Invocation, name: OperatorName, *, role: Roles = None) -> None:
    """Give an operator exactly these roles; none of them takes every role away."""
    given = _given(role or [])
    _say(invocation, invocation.with_store(lambda store: store.identity.desk.change(name, roles=given)))


def rights(invocation: Invocation, name: OperatorName) -> None:
    """Show what an operator may do, and by which role."""
    from keepstep.core.operator import authority_of, rights_in_words
    from keepstep.core.right import MEANINGS

    def work(store: "Installation") -> "list[tuple[str, str, str, str]]":
        found = store.identity.desk.get(name)
        held = authority_of(found, store.configuration().roles, store.clock.now(), only=None, fresh=True)
        return [(str(right), MEANINGS[right], role, reach) for right, role, reach in rights_in_words(held)]

    found = invocation.with_store(work)
    if invocation.json:
        say_json([{"right": right, "role": role, "reach": reach} for right, _, role, reach in found])
    elif not found:
        say([f"{name} may do nothing"])
    else:
        say_table(("right", "means", "by role", "reaches"), found)


def link(invocation: Invocation, name: OperatorName) -> None:
    """Print a link by which an operator chooses a new password, once, within three days. Earlier links are void."""
    _say_link(invocation, invocation.with_store(lambda store: store.identity.desk.invite(name)))


def enable(invocation: Invocation, name: OperatorName) -> None:
    """Let an operator sign in again."""
    invocation.with_store(lambda store: store.identity.desk.change(name, enabled=True))
    say([f"operator {name} may sign in"])


def disable(invocation: Invocation, name: OperatorName) -> None:
    """Let an operator do nothing any more: they are signed out, and their tokens are refused."""
    invocation.with_store(lambda store: store.identity.desk.change(name, enabled=False))
    say([f"operator {name} is switched off"])


def reset(invocation: Invocation, name: OperatorName) -> None:
    """Take the second factor of an operator away, who lost it, and sign them out."""
    invocation.with_store(lambda store: store.identity.desk.reset(name))
    say([f"operator {name} signs in without a second factor now"])


def sign_out(invocation: Invocation, name: OperatorName) -> None:
    """End every session of an operator."""
    count = invocation.with_store(lambda store: store.identity.desk.end_sessions(name))
    say([f"{count} sessions ended"])


def remove(invocation: Invocation, name: OperatorName) -> None:
    """Forget an operator, with sessions and tokens."""
    invocation.with_store(lambda store: store.identity.desk.remove(name))
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


def link_of(invocation: Invocation, token: "Secret") -> str:
    """Return the link of *token*. It stands behind a `#`, which no server and no proxy ever sees."""
    return f"{invocation.settings.url}/welcome#{token.reveal()}"


def _say_link(invocation: Invocation, token: "Secret") -> None:
    invocation.secrets.append(token)
    say(["this link is good once, for three days; it is not shown again:", f"  {link_of(invocation, token)}"])


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
