"""`keepstep people`: who is in a connected system."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.listing import Format, Listing, form_of, written
from keepstep.cli.output import tell
from keepstep.core.report import ReportCell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keepstep.client.client import Client
    from keepstep.core.values import Record, Values

INCOMPLETE = 12
"""The exit code when a read was not complete."""

FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How the list is written (default: as FILE ends, else table).", show_default=False),
]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("people")(with_data(people, server=True))


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
    names = [name.strip() for name in attributes.split(",") if name.strip()]
    how = _How(form=form_of(form, out, json=invocation.json), attributes=names, out=out)
    short = invocation.either_systems(
        lambda systems: _list(systems, connection, how), lambda client: _listed(client, connection, how)
    )
    if not short:
        return 0
    tell([f"error: the list is not complete: {short}", "hint: run it again; do not rely on who is missing"])
    return INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """How a list is written, and what it tells."""

    form: Format
    attributes: list[str]
    out: Path | None


def _listed(client: "Client", asked: str, how: _How) -> str:
    """Write the list that a server gives; return why it is not complete, or the empty text."""
    from keepstep.client.works import done, rows_of
    from keepstep.core.work import ListedPerson

    name, _, objects = asked.partition(".")
    wanted = {"kind": "people", "connection": name, "objects": objects, "attributes": how.attributes}
    work = done(client, wanted)
    names = tuple(filter(None, work.result["attributes"].split(",")))
    multi = frozenset(work.result["several"].split(","))
    listing = Listing(format=how.form, out=how.out, columns=("key", *names), multi=multi & set(names))
    with written(listing) as write:
        for some in rows_of(client, work.id, ListedPerson):
            write(_cells(one.key, one.attributes, names, multi) for one in some)
    return work.result["incomplete"]


async def _list(systems: Systems, asked: str, how: _How) -> str:
    """Write the list that the connected system gives; return why it is not complete, or the empty text."""
    from keepstep.ports import Query
    from keepstep.usecases.list_people import names_of
    from keepstep.workshop import people_of

    name, _, objects = asked.partition(".")
    connector = systems.ports.connector(name)
    objects = objects or people_of(systems.configuration, name)
    schema = await connector.schema(objects)
    names = names_of(schema, how.attributes)
    multi = frozenset(each for each in names if (kind := schema.attribute(each)) and kind.multi)
    listing = Listing(format=how.form, out=how.out, columns=("key", *names), multi=multi)
    count = 0
    with written(listing) as write:

        def take(records: "Sequence[Record]") -> None:
            nonlocal count
            count += len(records)
            write(_cells(record.key, record.attributes, names, multi) for record in records)
            systems.ports.progress(f"read {name}.{objects}", count)

        verdict = await connector.read(Query(objects=objects, attributes=names), take)
    return "" if verdict.whole else verdict.reason


def _cells(
    key: str, held: "Mapping[str, Values | None]", names: tuple[str, ...], multi: frozenset[str]
) -> list[ReportCell]:
    cells: list[ReportCell] = [key]
    for name in names:
        values = held.get(name)
        if not values:
            cells.append(None)
        else:
            cells.append(tuple(values) if name in multi else values[0])
    return cells
