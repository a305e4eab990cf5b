"""`keepstep webhook`: the outbound calls of applications, listed and tried on chosen people."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keepstep.cli.invocation import Systems
    from keepstep.core.subject import Subject
    from keepstep.usecases.fire import Rendering, Shot, WebhookTrial


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(
        help="The outbound calls of applications, listed and tried on chosen people.", no_args_is_help=True
    )
    group.command("list")(with_data(list_webhooks))
    group.command("test")(with_data(try_webhook))
    app.add_typer(group, name="webhook")


def list_webhooks(
    invocation: Invocation, connection: Annotated[str, typer.Argument(help="Only those of this connection.")] = ""
) -> None:
    """List webhooks: the own ones of connections, and those that their presets bring along."""
    from keepstep.connectors.rest.preset import application_of
    from keepstep.core.connection import RestConnection

    found = invocation.with_store(lambda store: store.configuration()).connections
    if connection and connection not in found:
        raise UsageError(f'there is no connection "{connection}"', hint=f"connections: {', '.join(found) or 'none'}")
    rows = [
        (f"{name}.{hook}", one.method, "own" if hook in spec.webhooks else spec.preset, one.description)
        for name, spec in found.items()
        if isinstance(spec, RestConnection) and connection in {"", name}
        for hook, one in application_of(spec).webhooks.items()
    ]
    if invocation.json:
        names = ("webhook", "method", "from", "description")
        say_json([dict(zip(names, row, strict=True)) for row in rows])
    elif not rows:
        say(["there are no webhooks: see docs/webhooks.md"])
    else:
        say_table(("webhook", "method", "from", "description"), rows)


def try_webhook(  # noqa: PLR0913 - the ways to choose somebody
    invocation: Invocation,
    connection: Annotated[str, typer.Argument(help="The connection.")],
    webhook: Annotated[str, typer.Argument(help="The webhook.")],
    *,
    user: Annotated[list[str] | None, typer.Option("--user", help="A user; may be repeated.")] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help="A group; may be repeated.")] = None,
    directory: Annotated[str, typer.Option("--directory", help="The directory, if there are several.")] = "",
    value: Annotated[
        list[str] | None, typer.Option("--value", help="NAME=TEXT for a macro, as with.tag=Staff.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Send it. Without this nothing is sent.")] = False,
) -> int:
    """Show what a webhook would send for chosen users and groups; with --live send it, and show the answers."""
    from keepstep.usecases.fire import WebhookTrial, fire_webhook, firing_of, render_webhook

    given = dict(_pair(text) for text in value or ())
    if not user and not group:
        raise UsageError("say for whom: --user or --group")

    async def work(systems: "Systems") -> int:
        spec = firing_of(systems.ports, connection).webhook(webhook)
        who = await _chosen(systems, directory, {"users": user or (), "groups": group or ()})
        trial = WebhookTrial(connection=connection, name=webhook, webhook=spec, subjects=who, given=given)
        rendered = await render_webhook(systems.ports, trial)
        if not live:
            return _show_rendered(invocation, trial, rendered)
        return _show_shots(invocation, trial, await fire_webhook(systems.ports, trial))

    return invocation.with_systems(work)


async def _chosen(systems: "Systems", directory: str, ids: "dict[str, Sequence[str]]") -> "list[Subject]":
    from keepstep.core.connection import ActiveDirectoryConnection, LdifConnection
    from keepstep.core.sync_rule import Side
    from keepstep.usecases.choose_subjects import find_subjects

    kinds = ActiveDirectoryConnection | LdifConnection
    known = [name for name, spec in systems.configuration.connections.items() if isinstance(spec, kinds)]
    if directory and directory not in known:
        raise UsageError(f'there is no directory "{directory}"', hint=f"directories: {', '.join(known) or 'none'}")
    if not directory and len(known) != 1:
        raise UsageError("say in which directory: --directory NAME", hint=f"directories: {', '.join(known) or 'none'}")
    name = directory or known[0]
    return [
        subject
        for objects, wanted in ids.items()
        if wanted
        for subject in await find_subjects(systems.ports, Side(name, objects), wanted)
    ]


def _pair(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--value {text!r}: write NAME=TEXT")
    return name, (value,)


def _show_rendered(invocation: Invocation, trial: "WebhookTrial", rendered: "list[Rendering]") -> int:
    bad = any(one.problem for one in rendered)
    if invocation.json:
        say_json({"webhook": f"{trial.connection}.{trial.name}", "sent": False, "requests": rendered})
        return 1 if bad else 0
    for one in rendered:
        say([Line(f"{shown(one.subject.name)} ({one.subject.side})", "head")])
        if one.request is None:
            say([Line(f"  cannot be sent: {shown(one.problem)}", "bad")])
            continue
        sent = one.request
        lines = [f"{sent.method} {sent.url}", *(f"{name}: {value}" for name, value in sent.headers), ""]
        say([f"  {shown(line)}" for line in (*lines, *sent.body.split("\n"))])
    say(["nothing was sent; --live sends it"])
    return 1 if bad else 0


def _show_shots(invocation: Invocation, trial: "WebhookTrial", shots: "list[Shot]") -> int:
    bad = [one for one in shots if one.result.state != "succeeded"]
    if invocation.json:
        say_json({"webhook": f"{trial.connection}.{trial.name}", "sent": True, "calls": shots})
        return 1 if bad else 0
    for one in shots:
        result = one.result
        why = f": {shown(result.detail)}" if result.detail else ""
        tone = "good" if result.state == "succeeded" else "bad"
        say([Line(f"{shown(one.subject.name)} ({one.subject.side}) {result.state}{why}", tone)])
        say([f"  {result.attempts} calls in {result.seconds * 1000:,.0f} ms"])
        say([f"  > {shown(line)}" for line in result.request.split("\n")])
        say([f"  < {shown(line)}" for line in result.answer.split("\n")])
        say([f"  {name} = {shown(', '.join(held))}" for name, held in result.values.items()])
    return 1 if bad else 0
