"""`keepstep token`: by which programs ask, in the name of an operator."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.operator import on_desk
from keepstep.cli.output import say, say_json, say_table
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.operator import ApiToken
    from keepstep.core.right import Right


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Tokens by which programs ask.", no_args_is_help=True)
    group.command("list")(with_data(list_tokens, server=True))
    group.command("create")(with_data(create, server=True))
    group.command("revoke")(at_home(revoke, server=True))
    app.add_typer(group, name="token")


def list_tokens(
    invocation: Invocation,
    *,
    operator: Annotated[str, typer.Option("--operator", help="Only those of this operator.")] = "",
) -> None:
    """List the tokens; none is ever shown again."""
    tokens, now = on_desk(invocation, lambda desk: desk.tokens(operator)), datetime.now(UTC)
    if invocation.json:
        say_json([token_data(one) for one in tokens])
    elif not tokens:
        say(["there are no tokens"])
    else:
        head = ("token", "operator", "called", "rights", "expires (UTC)", "last used (UTC)", "state")
        rows = [
            (
                *(one.id, one.operator, one.name, _rights(one), f"{one.expires:%Y-%m-%d %H:%M}"),
                f"{one.used:%Y-%m-%d %H:%M} from {one.origin}" if one.used else "never",
                "good" if one.holds(now) else "revoked" if one.ended else "expired",
            )
            for one in tokens
        ]
        say_table(head, rows)


def create(
    invocation: Invocation,
    operator: Annotated[str, typer.Argument(help="In whose name it asks.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What it is for.")],
    right: Annotated[list[str] | None, typer.Option("--right", help="Only this right; may be given again.")] = None,
    days: Annotated[int, typer.Option("--days", help="How long it is good.", min=1, max=730)] = 90,
) -> None:
    """Make a token, and print it once. It may what the operator may, or less with --right."""
    chosen = _chosen(right)
    lasts = timedelta(days=days)
    held, token = on_desk(invocation, lambda desk: desk.make_token(name, operator, rights=chosen, lasts=lasts))
    invocation.secrets.append(token)
    if invocation.json:
        say_json({**token_data(held), "token": token.reveal()})
        return
    say([f"token {held.id} is good until {held.expires:%Y-%m-%d}; it is not shown again:", f"  {token.reveal()}"])


def revoke(invocation: Invocation, token: Annotated[str, typer.Argument(help="The id of a token.")]) -> None:
    """End a token: it is refused from now on."""
    on_desk(invocation, lambda desk: desk.end_token(token))
    say([f"token {token} is revoked"])


def token_data(one: "ApiToken") -> dict[str, Any]:
    """Return what JSON says of a token; never the token itself."""
    return {
        "id": one.id,
        "operator": one.operator,
        "name": one.name,
        "rights": None if one.rights is None else sorted(one.rights),
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat(),
        "used": one.used and one.used.isoformat(),
        "origin": one.origin,
        "ended": one.ended and one.ended.isoformat(),
    }


def _chosen(texts: list[str] | None) -> "frozenset[Right] | None":
    from keepstep.core.right import Right
    from keepstep.core.suggest import did_you_mean

    for text in texts or ():
        if text not in set(Right):
            raise UsageError(
                f'there is no right "{text}"{did_you_mean(text, Right)}', hint=f"rights: {', '.join(Right)}"
            )
    return frozenset(map(Right, texts)) if texts else None


def _rights(one: "ApiToken") -> str:
    return "all of the operator" if one.rights is None else ", ".join(sorted(one.rights))
