"""What somebody who writes a text with macros can choose from at one place: the names there, group by group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from keepstep.core.macro_context import MacroContext
from keepstep.core.macro_names import EXAMPLE_CONTEXT, FAMILIES, Family, Where, misplaced
from keepstep.core.schema import AttributeType, ReadOnly, Schema
from keepstep.core.suggest import did_you_mean


class MacroPlace(StrEnum):
    """What the text belongs to."""

    ENDPOINT = "endpoint"
    WEBHOOK = "webhook"
    MAPPING = "mapping"
    TEMPLATE = "template"
    NOTIFICATION = "notification"


class MacroPart(StrEnum):
    """Which part of a request the text is; everything else has no parts."""

    URL = "url"
    PARAM = "param"
    HEADER = "header"
    BODY = "body"


class NameGroup(StrEnum):
    """What kind of name it is, in the order in which people look for them."""

    ATTRIBUTE = "attribute"
    SUBJECT = "subject"
    VARIABLE = "variable"
    BLOCK = "block"
    EVENT = "event"
    CONNECTION = "connection"
    SECRET = "secret"  # noqa: S105 - the name of a group
    RUN = "run"


_PARTS: Final = MappingProxyType(
    {
        MacroPart.URL: Where.URL,
        MacroPart.PARAM: Where.PARAM,
        MacroPart.HEADER: Where.HEADER,
        MacroPart.BODY: Where.BODY,
    }
)
_WORDS: Final = MappingProxyType(
    {
        "env": NameGroup.VARIABLE,
        "secret": NameGroup.SECRET,
        "connection": NameGroup.CONNECTION,
        "blocks": NameGroup.BLOCK,
        "with": NameGroup.BLOCK,
        "before": NameGroup.EVENT,
        "after": NameGroup.EVENT,
        "event": NameGroup.EVENT,
        "subject": NameGroup.SUBJECT,
        "key": NameGroup.SUBJECT,
    }
)
_OF_A_CALL: Final = frozenset({"run.operator", "call.id", "subject", "blocks", "with"})
"""What reading endpoints know nothing of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroName:
    """One name. *pattern*: its part in capitals stands for what a person fills in. *example*: what it may give."""

    name: str
    group: NameGroup
    meaning: str
    example: str = ""
    pattern: bool = False


def where_of(place: MacroPlace, part: MacroPart = MacroPart.BODY) -> Where:
    """Return where a text of *place* stands, as the macro language tells places apart."""
    match place:
        case MacroPlace.MAPPING:
            return Where.ROW
        case MacroPlace.TEMPLATE | MacroPlace.NOTIFICATION:
            return Where.BLOCK
        case MacroPlace.ENDPOINT | MacroPlace.WEBHOOK:
            return _PARTS[part]


def choosable(
    place: MacroPlace, where: Where, schema: Schema | None, context: MacroContext, secrets: Iterable[str]
) -> list[MacroName]:
    """Return every name that a text of *place* in *where* can use; passwords are never among them."""
    found = list(_attributes(schema)) if schema else []
    for family in FAMILIES:
        if misplaced(family.name, where) or not _told(family, place):
            continue
        found += _names(family, context, tuple(secrets))
    order = list(NameGroup)
    return sorted(found, key=lambda one: order.index(one.group))


def unknown_of(names: Sequence[str], known: Iterable[MacroName]) -> list[str]:
    """Return a sentence for each of *names* that is none of *known*, and that no pattern among them stands for."""
    plain = {one.name.casefold(): one.name for one in known if not one.pattern}
    begins = tuple(f"{one.name.partition('.')[0]}." for one in known if one.pattern)
    return [
        f'nothing here is called "{name}", so it gives nothing{did_you_mean(name, plain.values())}'
        for name in names
        if name.casefold() not in plain and not name.startswith(begins)
    ]


def _told(family: Family, place: MacroPlace) -> bool:
    """Whether *place* has something to give for *family*."""
    if place is not MacroPlace.ENDPOINT:
        return True
    return not _OF_A_CALL & {family.name, family.name.partition(".")[0]}


def _names(family: Family, context: MacroContext, secrets: Sequence[str]) -> Iterator[MacroName]:
    group = _WORDS.get(family.name.partition(".")[0], NameGroup.RUN)
    match family.prefix:
        case "env.":
            for name, text in context.variables.items():
                yield MacroName(name=f"env.{name}", group=group, meaning=family.meaning, example=text)
        case "secret.":
            for name in secrets:
                yield MacroName(name=f"secret.{name}", group=group, meaning=family.meaning)
        case _:
            example = EXAMPLE_CONTEXT.get(family.name, (family.result,))[0]
            yield MacroName(
                name=family.name, group=group, meaning=family.meaning, example=example, pattern=bool(family.prefix)
            )


def _attributes(schema: Schema) -> Iterator[MacroName]:
    for name in sorted(schema.attributes, key=str.casefold):
        kind = schema.attributes[name]
        if kind.read_only is not ReadOnly.PASSWORD:
            yield MacroName(name=kind.name, group=NameGroup.ATTRIBUTE, meaning=_meaning(kind))


def _meaning(kind: AttributeType) -> str:
    words = "distinguished name" if kind.syntax == "dn" else str(kind.syntax)
    return f"{words}, several values" if kind.multi else words
