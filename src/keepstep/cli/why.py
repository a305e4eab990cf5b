"""`keepstep why` and `why-not`: why an account is as it is, and why nothing is done about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import say, say_json, shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from keepstep.core.explanation import Write


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command("why")(with_data(why, server=True))
    app.command("why-not")(with_data(why_not, server=True))


def why(  # noqa: PLR0913 - the ways to ask
    invocation: Invocation,
    who: Annotated[str, typer.Argument(help="Sign-in name, mail, employee id or immutable key, of either side.")],
    *,
    attribute: Annotated[str, typer.Option("--attribute", help="Only writes of this attribute.")] = "",
    at: Annotated[str, typer.Option("--at", help="Only what was written by this time (ISO 8601, UTC).")] = "",
    rule: Annotated[str, typer.Option("--rule", help="Only on the sides of this rule.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many writes.")] = 10,
) -> None:
    """Explain why an account is as it is.

    Each write that Keepstep made of it is told with the chain that led to it, newest first.
    """
    from keepstep.core.explanation import Explanation

    moment = _moment(at)

    async def work(systems: Systems) -> "Explanation":
        from keepstep.usecases.explain import Question, explain

        asked = Question(who=who, attribute=attribute, at=moment, rule=rule)
        return await explain(systems.ports, systems.installation.history, systems.configuration, asked)

    given = {"who": who, "attribute": attribute, "at": moment and moment.isoformat(), "rule": rule}
    found = invocation.either_systems(work, lambda client: client.get(Explanation, "/why", **given))
    if invocation.json:
        say_json(found)
        return
    for account in found.accounts:
        say([f"{shown(account.name)}: {account.side} {shown(account.key)}"])
    for write in found.writes[:limit]:
        say(_write_lines(write))
    if not found.writes:
        say(["Keepstep wrote nothing of that"])
    for part in found.standing:
        say([f"{part.name}: {shown(part.text)}"])


def why_not(
    invocation: Invocation,
    who: Annotated[str, typer.Argument(help="Sign-in name, mail, employee id or immutable key, of either side.")],
    *,
    rule: Annotated[str, typer.Option("--rule", help="Only this rule.")] = "",
    attribute: Annotated[str, typer.Option("--attribute", help="Why this attribute is not written.")] = "",
) -> None:
    """Explain why nothing is done about somebody, or what the next plan would do.

    Both sides are read as for a plan; nothing is written, and no plan is kept.
    """
    from keepstep.core.explanation import WhyNot

    async def work(systems: Systems) -> "WhyNot":
        from keepstep.usecases.explain import Question
        from keepstep.usecases.explain_not import explain_not

        asked = Question(who=who, attribute=attribute, rule=rule)
        return await explain_not(systems.ports, systems.installation.circuits.get, systems.configuration, asked)

    given = {"who": who, "attribute": attribute, "rule": rule}
    found = invocation.either_systems(work, lambda client: client.get(WhyNot, "/why-not", **given))
    if invocation.json:
        say_json(found)
        return
    for account in found.accounts:
        say([f"{shown(account.name)}: {account.side} {shown(account.key)}"])
    for part in found.unasked:
        say([f"{part.name}: {shown(part.text)}"])
    for answer in found.rules:
        say(["", f"rule {answer.rule}"])
        say([f"  {'would':>13}  {shown(text)}" for text in answer.would])
        say([f"  {part.name:>13}  {shown(part.text)}" for part in answer.parts])


def _write_lines(write: "Write") -> "Iterator[str]":
    from keepstep.cli.plan_view import delta_text

    yield ""
    yield f"{write.at:%Y-%m-%d %H:%M:%S} UTC  {shown(write.what)}: {write.state}"
    for delta in write.deltas:
        yield f"    {delta_text(delta)}"
    for part in write.chain:
        lines = part.text.splitlines() or [""]
        yield f"  {part.name:>13}  {shown(lines[0])}"
        yield from (f"  {'':>13}  {shown(line)}" for line in lines[1:])


def _moment(text: str) -> "datetime | None":
    from datetime import UTC, datetime

    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f'"{text}" is no time', hint="write it as 2026-11-26T14:30") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
