"""Find whom a webhook or a template is about: by what a person calls them, by a search, by the members of a group."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.core.authority import Reach
from keepstep.core.right import Right
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey, Record
from keepstep.errors import ReadIncomplete, UsageError
from keepstep.ports import Connector, Ports, Query
from keepstep.usecases.permit import places_of

CALLED: Final = (
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "distinguishedName",
    "employeeID",
    "email",
    "externalId",
)
"""By which attributes somebody is looked up, as far as the side has them."""

_SHOWN: Final = ("sAMAccountName", "userPrincipalName", "displayName", "cn", "email", "externalId")
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who was found, and what was asked for and is not there."""

    subjects: list[Subject]
    unknown: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom somebody asks for: *ids*, or one of the others. *filter* is looked up as the search `BY_FILTER`.

    *skip_unknown*: who of *ids* is not found is left out.
    """

    ids: Sequence[str] = ()
    skip_unknown: bool = False
    search: str = ""
    filter: str = ""
    members_of: str = ""


BY_FILTER: Final = "chosen-by-filter"


async def choose(ports: Ports, side: Side, asked: Asked) -> Choice:
    """Return who is *asked* for. UsageError if somebody is not there and not to be left out."""
    if asked.search or asked.filter:
        found = await choose_by_search(ports, Side(side.connection, asked.search or BY_FILTER), side)
        return Choice(subjects=found, unknown=[])
    if asked.members_of:
        return Choice(subjects=await choose_members(ports, side, asked.members_of), unknown=[])
    if asked.skip_unknown:
        return await choose_seen(ports, side, asked.ids)
    return Choice(subjects=await find_subjects(ports, side, asked.ids), unknown=[])


async def choose_by_id(ports: Ports, side: Side, ids: Sequence[str]) -> Choice:
    """Return who *ids* are: sign-in names, mail addresses, DNs, employee ids or immutable keys; each once.

    UsageError if one of them means several.
    """
    shown = await _known(ports.connector(side.connection), side, _SHOWN)
    return _choice(ports, side, await _called(ports, side, ids, shown), shown)


async def choose_seen(ports: Ports, side: Side, ids: Sequence[str]) -> Choice:
    """Return who *ids* are, as `choose_by_id`; whom no right of whoever asks reaches is as if they were not there."""
    shown = await _known(ports.connector(side.connection), side, _SHOWN)
    found = await _called(ports, side, ids, shown)
    sees = ports.authority.sees
    if not sees(side.connection, None):
        places = await places_of(ports, side, list({key: None for held in found.values() for key in held}))
        found = {
            text: {key: record for key, record in held.items() if sees(side.connection, places.get(key))}
            for text, held in found.items()
        }
    return _choice(ports, side, found, shown)


_Called = dict[str, dict[NativeKey, Record]]
"""Who was found, by what they were called."""


async def _called(ports: Ports, side: Side, ids: Sequence[str], shown: Sequence[str]) -> _Called:
    connector = ports.connector(side.connection)
    names = await _known(connector, side, CALLED)
    wanted = list(dict.fromkeys(text.strip() for text in ids if text.strip()))
    query = Query(objects=side.objects, attributes=tuple(dict.fromkeys((*shown, *names))))
    found: _Called = {text: {} for text in wanted}
    for key, record in (await connector.fetch(query, [NativeKey(text) for text in wanted])).items():
        found[key][key] = record
    for attribute in names:
        left = [text for text in wanted if not found[text]]
        if not left:
            break
        folded = {text.casefold(): text for text in left}
        for record in await connector.find(query, attribute, left):
            for value in record.attributes.get(attribute, ()):
                if text := folded.get(value.casefold()):
                    found[text][record.key] = record
    return found


def _choice(ports: Ports, side: Side, found: _Called, shown: Sequence[str]) -> Choice:
    for text, records in found.items():
        if len(records) > 1:
            raise UsageError(_several(ports, side, text, records.values(), shown), hint="name the one that is meant")
    subjects = [_subject(side, record, shown) for records in found.values() for record in records.values()]
    return Choice(subjects=_once(subjects), unknown=[text for text, records in found.items() if not records])


def _several(ports: Ports, side: Side, text: str, records: Collection[Record], shown: Sequence[str]) -> str:
    """Return that *text* means several; who they are is told only to whoever sees everybody there."""
    if not ports.authority.everywhere(Right.READ_PEOPLE, Reach(connection=side.connection)):
        return f'"{text}" is more than one of the {side.objects}'
    who = ", ".join(sorted(_name(record, shown) for record in records)[:_MOST_NAMED])
    return f'"{text}" is {len(records)} {side.objects}: {who}'


async def choose_by_search(ports: Ports, search: Side, side: Side) -> list[Subject]:
    """Return everybody whom *search* selects, as subjects of *side*. ReadIncomplete unless that is proven to be all."""
    connector = ports.connector(search.connection)
    shown = await _known(connector, search, _SHOWN)
    found: list[Subject] = []

    def take(records: Sequence[Record]) -> None:
        found.extend(_subject(side, record, shown) for record in records)

    verdict = await connector.read(Query(objects=search.objects, attributes=shown), take)
    if not verdict.complete:
        raise ReadIncomplete(f"{search}: the search was not proven complete: {verdict.reason}")
    return found


async def choose_members(ports: Ports, side: Side, group: str) -> list[Subject]:
    """Return the direct members of *group* that are of *side*, each once. UsageError if there is no such group."""
    chosen = await choose_seen(ports, Side(side.connection, "groups"), [group])
    if not chosen.subjects:
        raise UsageError(f'there is no group "{group}" in {side.connection}')
    connector = ports.connector(side.connection)
    key = chosen.subjects[0].key
    record = (await connector.fetch(Query(objects="groups", attributes=("member",)), [key])).get(key)
    members = record.attributes.get("member", ()) if record else ()
    found: list[Subject] = []
    for some in _parts(members, 500):
        found += (await choose_by_id(ports, side, some)).subjects
    return _once(found)


async def find_subjects(ports: Ports, side: Side, ids: Sequence[str]) -> list[Subject]:
    """Return who *ids* are; UsageError that names whoever is not there, or out of the reach of whoever asks."""
    chosen = await choose_seen(ports, side, ids)
    if chosen.unknown:
        told = ", ".join(f'"{text}"' for text in chosen.unknown[:_MOST_NAMED])
        more = len(chosen.unknown) - _MOST_NAMED
        raise UsageError(
            f"{side} has no {told}" + (f" and {more} others" if more > 0 else ""),
            hint="name them by sign-in name, mail, DN, employee id or immutable key",
        )
    return chosen.subjects


async def _known(connector: Connector, side: Side, names: Sequence[str]) -> tuple[str, ...]:
    schema = await connector.schema(side.objects)
    return tuple(dict.fromkeys(kind.name for name in names if (kind := schema.attribute(name))))


def _subject(side: Side, record: Record, shown: Sequence[str]) -> Subject:
    return Subject(side=side, key=record.key, name=_name(record, shown))


def _name(record: Record, shown: Sequence[str]) -> str:
    return next((held[0] for name in shown if (held := record.attributes.get(name))), str(record.key))


def _once(subjects: Sequence[Subject]) -> list[Subject]:
    return list({subject.key: subject for subject in subjects}.values())


def _parts(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
