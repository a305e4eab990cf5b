"""`keepstep event`: what happened in connected systems, whoever did it."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import say, say_json, say_table, shown, tell

if TYPE_CHECKING:
    from keepstep.core.event import Event

COLUMNS = ("number", "at", "event", "who", "changed", "by")
SideOption = Annotated[str, typer.Option("--side", help="Only of this side, as corp.users.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What happened in connected systems.", no_args_is_help=True)
    group.command("list")(with_data(list_events, server=True))
    group.command("look")(with_data(look))
    app.add_typer(group, name="event")


def list_events(
    invocation: Invocation,
    *,
    side: SideOption = "",
    kind: Annotated[str, typer.Option("--kind", help="Only these: created, modified, disabled, …")] = "",
    who: Annotated[str, typer.Option("--who", help="Only about this object: its name or its key.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 50,
) -> None:
    """List the newest events first, with the attributes that changed."""
    from keepstep.client.events import events

    found = invocation.either(
        lambda store: store.events.newest(side=side, kind=kind, who=who, limit=limit),
        lambda client: events(client, {"side": side, "kind": kind, "who": who}, limit),
    )
    if invocation.json:
        say_json(found)
    elif not found:
        say(["nothing happened yet on a side that is watched: an automation that starts by events has it watched"])
    else:
        say_table(COLUMNS, [_row(event) for event in found])


def _row(event: "Event") -> tuple[str, ...]:
    from keepstep.core.event import event_name

    changed = ", ".join(event.changed) + (f" {event.group}" if event.group else "")
    name = event_name(event.side.objects, event.kind)
    return str(event.number), f"{event.at:%Y-%m-%d %H:%M:%S}", name, shown(event.name), shown(changed), event.origin


def look(
    invocation: Invocation,
    side: Annotated[str, typer.Argument(help="The side, as corp.users.")],
    *,
    attributes: Annotated[
        list[str] | None, typer.Option("--attribute", help="Watch this, too; may be repeated.")
    ] = None,
) -> None:
    """Look at a side once, now, and tell what happened since the last look. The first look only remembers."""
    from keepstep.core.sync_rule import Side

    async def work(systems: Systems) -> "list[Event]":
        from keepstep.core.automated import watched_sides
        from keepstep.usecases.watch import watch_once

        place = Side(*side.split(".", 1)) if "." in side else Side(side, "users")
        names, _ = watched_sides(systems.configuration).get(place, (frozenset[str](), 0.0))
        last = systems.installation.events.last_number()
        first = not systems.installation.events.watch(place).settled
        found = await watch_once(systems.ports, systems.installation.events, place, {*names, *(attributes or ())})
        if found.note:
            tell([f"warning: {shown(found.note)}"])
        if first and not found.unproven:
            tell([f"{place} is remembered as it is now; what changes from now on is told"])
        return [event for event in systems.installation.events.since(last, 10_000) if event.side == place]

    events = invocation.with_systems(work)
    if invocation.json:
        say_json(events)
    elif events:
        say_table(COLUMNS, [_row(event) for event in events])
    else:
        say(["nothing happened"])
