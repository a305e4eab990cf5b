"""`keepstep mapping`: which attributes a side offers, and what a mapping or a format makes of real people."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown
from keepstep.errors import ConfigurationError, UsageError
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.core.custom_format import CustomFormat
    from keepstep.core.sync_rule import Side
    from keepstep.core.values import Values
    from keepstep.usecases.preview import Chosen, Field, Previewed, Tried

_FORMAT: Final = re.compile(r"\s*(?:\{\s*\"?(?!\{)|(?:parts|alternatives|separator|case|at_most|remove_\w+)\s*:)")
"""How a custom format begins, in YAML or JSON; all else is an expression."""

SideName = Annotated[str, typer.Argument(metavar="SIDE", help="connection.objects, such as corp.users.")]
Users = Annotated[
    list[str] | None, typer.Option("--user", help="A key, login name, mail …; may be given several times.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Without --user: how many to look at.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What mappings can use, and what they make of real people.", no_args_is_help=True)
    group.command("fields")(with_data(fields, server=True))
    group.command("preview")(with_data(preview, server=True))
    group.command("try")(with_data(try_format, server=True))
    app.add_typer(group, name="mapping")


def fields(invocation: Invocation, side: SideName) -> int:
    """List the attributes that a side offers, by its live schema, and why some cannot be written."""
    from keepstep.client import mappings

    async def work(systems: Systems) -> "list[Field]":
        from keepstep.usecases.preview import fields as offered

        return await offered(systems.ports, _side(systems.configuration, side))

    found = invocation.either_systems(work, lambda client: mappings.fields(client, _side_there(invocation, side)))
    if invocation.json:
        say_json(found)
        return 0
    columns = ("name", "values", "syntax", "length", "unique", "written")
    say_table(columns, (_field_row(field) for field in found))
    return 0


def _field_row(field: "Field") -> tuple[str, ...]:
    length = f"{field.length:,}" if field.length is not None else ""
    written = "yes" if field.writable else f"no: {field.why_not}"
    values, unique = ("several" if field.several else "one"), ("yes" if field.unique else "")
    return field.name, values, field.syntax, length, unique, written


def preview(
    invocation: Invocation,
    rule: Annotated[str, typer.Argument(help="A rule of the configuration.")],
    *,
    user: Users = None,
    limit: Limit = 5,
) -> int:
    """Show what the mapping of a rule makes of people of its source, or why they are left out.

    Nothing is written, and the target is not read: whether a value is free there, `keepstep plan` says.
    """
    from keepstep.client import mappings

    async def work(systems: Systems) -> "list[Previewed]":
        from keepstep.usecases.preview import preview as previewed

        spec, mapping = rule_of(systems.configuration, rule)
        return await previewed(systems.ports, rule, spec, mapping, _chosen(user, limit))

    found = invocation.either_systems(work, lambda client: mappings.previewed(client, rule, _chosen(user, limit)))
    if invocation.json:
        say_json(found)
    else:
        say(_person_lines(found))
    return 0


def try_format(
    invocation: Invocation,
    side: SideName,
    written: Annotated[
        str, typer.Argument(metavar="FORMAT", help="A text with macros, or a custom format as YAML or JSON.")
    ],
    *,
    user: Users = None,
    limit: Limit = 5,
) -> int:
    """Show what one format gives for people of a side, and how it is written as an expression and as parts."""
    from keepstep.client import mappings

    async def work(systems: Systems) -> "Tried":
        from keepstep.usecases.preview import try_expression

        place = _side(systems.configuration, side)
        return await try_expression(systems.ports, place, _format(written), _chosen(user, limit))

    tried = invocation.either_systems(
        work,
        lambda client: mappings.tried(client, _side_there(invocation, side), _format(written), _chosen(user, limit)),
    )
    if invocation.json:
        parts = tried.parts.model_dump(exclude_defaults=True) if tried.parts else None
        say_json({"expression": tried.expression, "parts": parts, "people": tried.people})
        return 0
    say([Line("as an expression", "head"), f"  {shown(tried.expression)}", Line("as parts", "head")])
    say(f"  {shown(line)}" for line in _part_lines(tried.parts))
    say(["", *_person_lines(tried.people)])
    return 0


def _part_lines(parts: "CustomFormat | None") -> list[str]:
    if parts is None:
        return ["(cannot be written as parts)"]
    import msgspec

    written: str = msgspec.json.encode(parts.model_dump(exclude_defaults=True)).decode()
    return [written]


def _format(written: str) -> "str | CustomFormat":
    if not _FORMAT.match(written):
        return written
    from pydantic import ValidationError

    from keepstep.core.custom_format import CustomFormat
    from keepstep.core.spec_problem import problems_of
    from keepstep.store.config_file import parse

    data = parse(written, name="FORMAT").data
    try:
        return CustomFormat.model_validate(data)
    except ValidationError as error:
        told = [problem.text for problem in problems_of(error, CustomFormat, data)]
        raise ConfigurationError(
            "\n".join(told), hint="docs/mapping.md tells what a custom format is made of"
        ) from None


def _side_there(invocation: Invocation, text: str) -> "Side":
    from keepstep.cli.config import configuration_there

    return _side(configuration_there(invocation), text)


def _side(configuration: "Configuration", text: str) -> "Side":
    from keepstep.core.sync_rule import Side

    connection, dot, objects = text.partition(".")
    known = configuration.connections
    if connection not in known:
        from keepstep.core.suggest import did_you_mean

        raise ConfigurationError(f'there is no connection "{connection}"{did_you_mean(connection, known)}')
    if not dot:
        raise UsageError(f'"{text}" is not a side', hint="write connection.objects, such as corp.users")
    return Side(connection, objects)


def _chosen(users: list[str] | None, limit: int) -> "Chosen":
    from keepstep.usecases.preview import Chosen

    return Chosen(people=tuple(users or ()), limit=limit)


def _person_lines(people: "Iterable[Previewed]") -> "Iterator[Line | str]":
    some = False
    for person in people:
        some = True
        yield Line(f"{shown(person.name)}  {shown(person.key)}", "head")
        if person.left_out:
            yield Line(f"  left out: {shown(person.left_out)}", "bad")
        for name, values in person.attributes.items():
            yield f"  {shown(name)}: {_values(values)}"
    if not some:
        yield "there is nobody to look at"


def _values(values: "Values") -> str:
    return ", ".join(shown(value) for value in values) if values else "(none)"
