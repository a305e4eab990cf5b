"""Look around in a directory: its containers, who is in them, and one account with the other side of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keepstep.core.authority import Reach, visible
from keepstep.core.basis import Basis, display_name
from keepstep.core.browse import Browse, Browsing, Unit, called
from keepstep.core.configuration import Configuration
from keepstep.core.link import LinkState
from keepstep.core.mapping import map_record
from keepstep.core.right import Right
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.unmappable import PASSWORDS
from keepstep.core.values import NativeKey, Record, Values
from keepstep.errors import KeepstepError, NotFound, UsageError
from keepstep.ports import Ports, Query
from keepstep.usecases.permit import PLACE
from keepstep.usecases.reconcile import prepare

SHOWN = ("displayName", "sAMAccountName", "uid", "mail", "title", "department", "description", "enabled", "lockedOut")
"""What a list of accounts tells of each, as far as the side has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What somebody wants to see of a side. *text*: words that begin something they are called by."""

    text: str = ""
    within: str = ""
    flat: bool = False
    enabled: bool | None = None
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountListed:
    """One account of a list."""

    key: NativeKey
    name: str
    dn: str
    attributes: Mapping[str, Values]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsListed:
    """Some accounts by name. *more*: there are others, and a narrower look finds them."""

    items: tuple[AccountListed, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeCompared:
    """One attribute that a rule writes: what it wants, and what stands there."""

    attribute: str
    wanted: Values
    held: Values
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """How a rule sees an account. *source*: it is one of its source side. *key*, *link*: with whom it is one person.

    *there*: the other one exists; it is called *name*. *left_out*, *trouble*: why no attribute is compared.
    """

    rule: str
    source: bool
    connection: str
    objects: str
    key: NativeKey | None = None
    link: LinkState | None = None
    name: str = ""
    there: bool = False
    attributes: tuple[AttributeCompared, ...] = ()
    left_out: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShown:
    """One account with everything that it holds, and its counterpart by each rule."""

    connection: str
    objects: str
    key: NativeKey
    name: str
    dn: str
    attributes: Mapping[str, Values]
    counterparts: tuple[Counterpart, ...] = field(default=())


async def list_units(ports: Ports, connection: str, parent: str) -> tuple[Unit, ...]:
    """Return the containers directly in *parent* (empty: the base), as far as whoever asks sees into or through them.

    UsageError for a connection that is no directory, and for a container outside of its base.
    """
    reach = Reach(connection=connection)
    ports.authority.require(Right.READ_PEOPLE, reach)
    found = await _directory(ports, connection).units(parent)
    if ports.authority.everywhere(Right.READ_PEOPLE, reach):
        return found
    ways = [one for one in found if ports.authority.leads(Right.READ_PEOPLE, replace(reach, place=one.dn))]
    return tuple(ways)


async def list_accounts(ports: Ports, side: Side, look: Look) -> AccountsListed:
    """Return those of *side* that *look* selects and whoever asks may see, in the order of their names.

    Who is out of reach is not told apart from who is not there. UsageError as for `list_units`.
    """
    reach = Reach(connection=side.connection)
    ports.authority.require(Right.READ_PEOPLE, reach)
    directory = _directory(ports, side.connection)
    schema = await ports.connector(side.connection).schema(side.objects)
    names = tuple(kind.name for name in SHOWN if (kind := schema.attribute(name)) is not None)
    shown = tuple(name for entry in schema.display for name in entry.split())
    asked = Browse(
        objects=side.objects,
        attributes=tuple(dict.fromkeys((*names, *shown, PLACE))),
        wanted=called(look.text, schema),
        within=look.within,
        flat=look.flat,
        enabled=look.enabled,
        most=look.most,
    )
    found = await directory.browse(asked)
    places = [_place(record) or None for record in found.records]
    seen = visible(ports.authority, Right.READ_PEOPLE, side.connection, places)
    items = [
        AccountListed(
            key=record.key,
            name=display_name(record, schema),
            dn=_place(record),
            attributes={name: held for name in names if (held := record.attributes.get(name))},
        )
        for record, reached in zip(found.records, seen, strict=True)
        if reached
    ]
    return AccountsListed(items=tuple(sorted(items, key=lambda one: one.name.casefold())), more=found.more)


async def show_account(ports: Ports, configuration: Configuration, side: Side, key: NativeKey) -> AccountShown:
    """Return one account of *side* with what each rule makes of it. NotFound if it is not there, or out of reach."""
    ports.authority.require(Right.READ_PEOPLE, Reach(connection=side.connection))
    schema = await ports.connector(side.connection).schema(side.objects)
    names = [name for name in schema.attributes if name.casefold() not in PASSWORDS]
    record = await _record(ports, side, key, names)
    place = _place(record) if record is not None else ""
    reached = Reach(connection=side.connection, place=place or None)
    if record is None or not ports.authority.may(Right.READ_PEOPLE, reached):
        raise NotFound(f"there is no such account in {side}")
    counterparts = [
        await _counterpart(ports, configuration, name, rule, (side, record))
        for name, rule in configuration.rules.items()
        if side in {rule.source_side, rule.target_side}
    ]
    return AccountShown(
        connection=side.connection,
        objects=side.objects,
        key=key,
        name=display_name(record, schema),
        dn=place,
        attributes={name: held for name, held in sorted(record.attributes.items(), key=_folded) if held},
        counterparts=tuple(counterparts),
    )


async def _counterpart(
    ports: Ports, configuration: Configuration, name: str, rule: SyncRule, here: tuple[Side, Record]
) -> Counterpart:
    """Return how rule *name* sees the account of *here*; what cannot be asked is told, and hides nothing else."""
    side, record = here
    source = side == rule.source_side
    other = rule.target_side if source else rule.source_side
    seen = Counterpart(rule=name, source=source, connection=other.connection, objects=other.objects)
    links = ports.links.about(name, [record.key])
    link = next((one for one in links if record.key == (one.source_key if source else one.target_key)), None)
    if not ports.authority.everywhere(Right.READ_PEOPLE, Reach(rule=name, connection=other.connection)):
        return replace(seen, trouble="the other side is not yours to see")
    partner = None if link is None else link.target_key if source else link.source_key
    seen = replace(seen, key=partner, link=link.state if link is not None else None)
    try:
        basis = await prepare(ports, name, rule, configuration.mappings[rule.mapping])
        there: Record | None = None
        if partner is not None:
            wanted = basis.target_attributes if source else basis.source_attributes
            there = await _record(ports, other, partner, wanted)
        origin = await _record(ports, side, record.key, basis.source_attributes) if source else there
        target = there if source else await _record(ports, side, record.key, basis.target_attributes)
        schema = basis.schema if source else basis.source_schema
        seen = replace(seen, there=there is not None, name=display_name(there, schema) if there is not None else "")
        if origin is None:
            return seen
        desired = map_record(basis.mapping, origin)
    except KeepstepError as exc:
        return replace(seen, trouble=exc.message)
    if desired.skip:
        return replace(seen, left_out=desired.skip)
    return replace(seen, attributes=tuple(_compared(basis, desired.attributes, target)))


def _compared(basis: Basis, desired: Mapping[str, Values], target: Record | None) -> Iterator[AttributeCompared]:
    """Yield what the rule keeps equal at *target*; for an account that is not there, what it would be made with."""
    wanted = desired if target is None else basis.wanted(desired, target)
    for name, values in wanted.items():
        held = target.attributes.get(name, ()) if target is not None else ()
        kind = basis.schema.attribute(name)
        same = kind is not None and kind.comparable(values) == kind.comparable(held)
        yield AttributeCompared(attribute=name, wanted=values, held=held, same=same)


async def _record(ports: Ports, side: Side, key: NativeKey, names: Sequence[str]) -> Record | None:
    query = Query(objects=side.objects, attributes=tuple(dict.fromkeys(names)))
    return (await ports.connector(side.connection).fetch(query, [key])).get(key)


def _directory(ports: Ports, connection: str) -> Browsing:
    connector = ports.connector(connection)
    if not isinstance(connector, Browsing):
        raise UsageError(f'"{connection}" is no directory to look around in', hint="list its people as work")
    return connector


def _place(record: Record) -> str:
    return record.one(PLACE)


def _folded(item: tuple[str, Values]) -> str:
    return item[0].casefold()
