"""What a mapping makes of real people, and what it could read and write. Nothing is written to any side."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from keepstep.core.authority import Reach
from keepstep.core.basis import display_name
from keepstep.core.custom_format import CustomFormat, to_text
from keepstep.core.format_parts import to_parts
from keepstep.core.macro import compile_macro
from keepstep.core.mapping import Mapping as RowMapping
from keepstep.core.mapping import MappingSpec, compile_mapping, map_record
from keepstep.core.right import Right
from keepstep.core.schema import AttributeType, Schema, Syntax
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.values import NativeKey, Record, Values
from keepstep.errors import ConfigurationError, MacroError, UsageError
from keepstep.ports import Connector, Ports, Query
from keepstep.usecases.reconcile import prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whose records are looked at: those that *people* name, or the first *limit* of the side."""

    people: tuple[str, ...] = ()
    limit: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """What one record gives: target attribute to values, `()` for one that is cleared; or why it is left out."""

    key: NativeKey
    name: str
    attributes: Mapping[str, Values] = field(default_factory=dict[str, Values])
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One expression in both spellings, and what it gives for some people. *parts*: None if it has no parts."""

    expression: str
    parts: CustomFormat | None
    people: tuple[Previewed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One attribute that a side offers to mappings. *why_not*: why no row may write it."""

    name: str
    several: bool
    syntax: Syntax
    length: int | None
    writable: bool
    unique: bool
    why_not: str = ""


async def fields(ports: Ports, side: Side) -> list[Field]:
    """Return every attribute of *side* by its live schema, in the order of their names."""
    ports.authority.require(Right.READ_CONFIGURATION)
    schema = await ports.connector(side.connection).schema(side.objects)
    return [_field(schema, schema.attributes[name]) for name in sorted(schema.attributes, key=str.casefold)]


def _field(schema: Schema, kind: AttributeType) -> Field:
    why_not = schema.why_not_mapped(kind.name)
    return Field(
        name=kind.name,
        several=kind.multi,
        syntax=kind.syntax,
        length=kind.max_length,
        writable=kind.writable and not why_not,
        unique=kind.unique,
        why_not=why_not,
    )


async def preview(ports: Ports, name: str, rule: SyncRule, mapping: MappingSpec, chosen: Chosen) -> list[Previewed]:
    """Return what *mapping* makes of the chosen source records of *rule*; only for whoever sees everybody there."""
    ports.authority.require_everywhere(Right.READ_PEOPLE, Reach(rule=name, connection=rule.source_side.connection))
    basis = await prepare(ports, name, rule, mapping)
    return await _previews(ports, rule.source_side, basis.source_schema, basis.mapping, chosen)


async def preview_between(
    ports: Ports, source: Side, target: Side, mapping: MappingSpec, chosen: Chosen
) -> list[Previewed]:  # fmt: skip
    """Return what *mapping* makes of the chosen records of *source* for *target*, with no rule.

    Only for whoever sees everybody of *source*, and reaches *target*, whose schema says what a row can write.
    """
    ports.authority.require_everywhere(Right.READ_PEOPLE, Reach(connection=source.connection))
    ports.authority.require(Right.READ_PEOPLE, Reach(connection=target.connection))
    if mapping.into != str(target):
        hint = "let `into` of the mapping and `target` name the same side"
        raise ConfigurationError(f"the mapping is into {mapping.into}, and not into {target}", hint=hint)
    here, there = ports.connector(source.connection), ports.connector(target.connection)
    schema, target_schema = await asyncio.gather(here.schema(source.objects), there.schema(target.objects))
    context = ports.context.at(ports.clock.now())
    compiled = compile_mapping(mapping, schema, target_schema, place="the mapping", context=context)
    return await _previews(ports, source, schema, compiled, chosen)


async def _previews(
    ports: Ports, source: Side, schema: Schema, mapping: RowMapping, chosen: Chosen
) -> list[Previewed]:  # fmt: skip
    names = sorted(mapping.source_names)
    found: list[Previewed] = []
    for record in await _records(ports, source, schema, (*names, *_shown(schema)), chosen):
        desired = map_record(mapping, record)
        name = display_name(record, schema)
        found.append(Previewed(key=record.key, name=name, attributes=dict(desired.attributes), left_out=desired.skip))
    return found


def _shown(schema: Schema) -> list[str]:
    return [name for entry in schema.display for name in entry.split()]


async def try_expression(ports: Ports, side: Side, written: str | CustomFormat, chosen: Chosen) -> Tried:
    """Return what *written* gives for the chosen records of *side*, under the name `value`, and both its spellings.

    Only for whoever sees everybody there.
    """
    ports.authority.require_everywhere(Right.READ_PEOPLE, Reach(connection=side.connection))
    schema = await ports.connector(side.connection).schema(side.objects)
    text = written if isinstance(written, str) else to_text(written)
    macro = compile_macro(text, names=ports.context.at(ports.clock.now()).row_names(schema), place="the expression")
    people: list[Previewed] = []
    for record in await _records(ports, side, schema, (*macro.names, *_shown(schema)), chosen):
        name = display_name(record, schema)
        try:
            values = macro.render(record.attributes)
        except MacroError as exc:
            people.append(Previewed(key=record.key, name=name, left_out=exc.message))
        else:
            people.append(Previewed(key=record.key, name=name, attributes={"value": values}))
    parts = written if isinstance(written, CustomFormat) else to_parts(text)
    return Tried(expression=text, parts=parts, people=tuple(people))


async def _records(
    ports: Ports, side: Side, schema: Schema, attributes: Sequence[str], chosen: Chosen
) -> list[Record]:  # fmt: skip
    connector = ports.connector(side.connection)
    query = Query(objects=side.objects, attributes=tuple(dict.fromkeys(attributes)))
    if chosen.people:
        return [await _named(connector, query, schema, who) for who in chosen.people]
    found: list[Record] = []
    enough = asyncio.Event()

    def take(records: Sequence[Record]) -> None:
        found.extend(records)
        if len(found) >= chosen.limit:
            enough.set()

    await _until(enough, connector, query, take)
    return found[: chosen.limit]


async def _until(
    enough: asyncio.Event, connector: Connector, query: Query, take: Callable[[Sequence[Record]], None]
) -> None:  # fmt: skip
    """Read *query* into *take* until there is *enough*; what is left is not read."""
    reading = asyncio.create_task(connector.read(query, take))
    waiting = asyncio.create_task(enough.wait())
    try:
        await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            reading.result()
    finally:
        for task in (reading, waiting):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _named(connector: Connector, query: Query, schema: Schema, who: str) -> Record:
    """Return the one record that *who* names: by its key, or by a value that belongs to one object."""
    found = await connector.fetch(query, [NativeKey(who)])
    records = list(found.values())
    names = [kind.name for kind in schema.unique]
    names += [name for name in ("mail", "cn", "employeeID", "distinguishedName") if schema.attribute(name)]
    for name in names:
        if records:
            break
        records = await connector.find(query, name, [who])
    if len(records) == 1:
        return records[0]
    told = "is nobody" if not records else f"names {len(records)} records"
    hint = f"name a key, or a value of {', '.join(names)}; `keepstep people` lists them"
    raise UsageError(f'"{who}" {told} in {query.objects}', hint=hint)
