"""`keepstep people`: who is in a connected system."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.listing import Format, Listing, form_of, written
from keepstep.cli.output import tell
from keepstep.core.report import ReportCell
from keepstep.errors import ConfigurationError

if TYPE_CHECKING:
    from keepstep.core.schema import Schema
    from keepstep.core.values import Record, Verdict

OURS = frozenset({"protected"})
KEYS = frozenset({"id", "objectGUID"})
"""Attributes that say again what the key says."""

INCOMPLETE = 12
"""The exit code when a read was not complete."""

FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How the list is written (default: as FILE ends, else table).", show_default=False),
]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("people")(with_data(people))


def people(
    invocation: Invocation,
    connection: Annotated[str, typer.Argument(help="A connection, or connection.objects such as corp.groups.")],
    *,
    form: FormatOption = None,
    attributes: Annotated[str, typer.Option("--attributes", help="Names with commas between (default: a few).")] = "",
    out: Out = None,
) -> int:
    """List the people of a connected system.

    Exit code 12 if the read was not proven complete.
    """
    chosen = form_of(form, out, json=invocation.json)
    verdict = invocation.with_systems(lambda systems: _list(systems, connection, (chosen, attributes, out)))
    if verdict.whole:
        return 0
    tell([f"error: the list is not complete: {verdict.reason}", "hint: run it again; do not rely on who is missing"])
    return INCOMPLETE


async def _list(systems: Systems, asked: str, how: tuple[Format, str, Path | None]) -> "Verdict":
    from keepstep.ports import Query
    from keepstep.workshop import people_of

    form, attributes, out = how
    name, _, objects = asked.partition(".")
    connector = systems.ports.connector(name)
    objects = objects or people_of(systems.configuration, name)
    schema = await connector.schema(objects)
    names = _names(schema, attributes)
    multi = frozenset(each for each in names if (kind := schema.attribute(each)) and kind.multi)
    listing = Listing(format=form, out=out, columns=("key", *names), multi=multi)
    count = 0
    with written(listing) as write:

        def take(records: "Sequence[Record]") -> None:
            nonlocal count
            count += len(records)
            write(_row(record, names, multi) for record in records)
            systems.ports.progress(f"read {name}.{objects}", count)

        return await connector.read(Query(objects=objects, attributes=names), take)


def _names(schema: "Schema", asked: str) -> tuple[str, ...]:
    if asked:
        names = tuple(filter(None, (name.strip() for name in asked.split(","))))
        for name in names:
            if schema.attribute(name) is None:
                from keepstep.core.suggest import did_you_mean, listed

                near = did_you_mean(name, schema.attributes)
                hint = f"it has: {listed(schema.attributes)}"
                raise ConfigurationError(f'{schema.objects} have no attribute "{name}"{near}', hint=hint)
        return names
    few = [name for entry in schema.display for name in entry.split()]
    few += [kind.name for kind in schema.unique] + [name for name in ("enabled",) if schema.attribute(name)]
    few = few or [name for name in schema.attributes if name not in OURS]
    return tuple(name for name in dict.fromkeys(few) if name not in KEYS)


def _row(record: "Record", names: tuple[str, ...], multi: frozenset[str]) -> list[ReportCell]:
    cells: list[ReportCell] = [record.key]
    for name in names:
        values = record.attributes.get(name)
        if not values:
            cells.append(None)
        else:
            cells.append(values if name in multi else values[0])
    return cells
