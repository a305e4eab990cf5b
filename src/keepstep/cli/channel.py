"""`keepstep channel` and `keepstep notice`: the ways to tell people, tried, and what they were told."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import say, say_json, say_table, shown

if TYPE_CHECKING:
    from keepstep.core.block_result import BlockResult
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="The ways to tell people: listed and tried.", no_args_is_help=True)
    group.command("list")(with_data(list_channels, server=True))
    group.command("test")(with_data(try_channel, server=True))
    app.add_typer(group, name="channel")
    told = typer.Typer(help="What people were told, and what waits to be told.", no_args_is_help=True)
    told.command("list")(with_data(list_notices, server=True))
    app.add_typer(told, name="notice")


def list_channels(invocation: Invocation) -> None:
    """List the channels of the configuration."""
    from keepstep.client.notifications import channels

    def here(store: "Installation") -> list[tuple[str, str, str]]:
        return [(name, one.kind, one.description) for name, one in store.configuration().channels.items()]

    rows = invocation.either(here, channels)
    if invocation.json:
        say_json([dict(zip(("channel", "kind", "description"), row, strict=True)) for row in rows])
    elif not rows:
        say(["there are no channels yet: write one under `channels` in keepstep.yaml"])
    else:
        say_table(("channel", "kind", "description"), [tuple(map(shown, row)) for row in rows])


def try_channel(
    invocation: Invocation,
    channel: Annotated[str, typer.Argument(help="The channel.")],
    *,
    text: Annotated[str, typer.Option("--text", help="What to say.")] = "This is a test: nothing happened.",
) -> int:
    """Send a test message over a channel. Exit code 1 if it could not be sent."""
    from keepstep.client.notifications import channel_tried

    result = invocation.either(
        lambda store: _tried(store, channel, text), lambda client: channel_tried(client, channel, text)
    )
    good = result.state == "succeeded"
    if invocation.json:
        say_json({"channel": channel, "state": str(result.state), "detail": result.detail, "request": result.request})
    else:
        say([f"{shown(channel)}: sent" if good else f"{shown(channel)}: {result.state}: {shown(result.detail)}"])
    return 0 if good else 1


def _tried(store: "Installation", channel: str, text: str) -> "BlockResult":
    import asyncio

    from keepstep.usecases.tell import try_channel
    from keepstep.workshop import Workshop

    desks = Workshop(store, heeded=False)

    async def sent() -> "BlockResult":
        try:
            return await try_channel(desks.tell_desk(), channel, text)
        finally:
            await desks.close()

    return asyncio.run(sent())


def list_notices(
    invocation: Invocation, *, limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50
) -> None:
    """List the newest messages first: over which channel, and whether they were sent."""
    from keepstep.client.notifications import notices

    found = invocation.either(lambda store: store.notices.newest(limit), lambda client: notices(client, limit))
    if invocation.json:
        say_json(found)
    elif not found:
        say(["nobody was told anything yet"])
    else:
        columns = ("channel", "due", "state", "tries", "subject", "why")
        rows = [
            (
                shown(one.channel),
                f"{one.due:%Y-%m-%d %H:%M:%S}",
                one.state,
                str(one.attempts),
                shown(one.subject),
                shown(one.detail),
            )
            for one in found
        ]
        say_table(columns, rows)
