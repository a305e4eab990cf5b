"""The names that macros can use, family by family: the chooser, the docs page and completion are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Where(StrEnum):
    """Where a text with macros stands."""

    ROW = "mapping rows"
    URL = "URLs"
    PARAM = "parameters"
    HEADER = "headers"
    BODY = "bodies"
    BLOCK = "blocks of templates"


_REQUEST: Final = frozenset({Where.URL, Where.PARAM, Where.HEADER, Where.BODY, Where.BLOCK})
_ANYWHERE: Final = frozenset(Where)


@dataclass(frozen=True, slots=True)
class Family:
    """One family of names: how a name is written, what it gives, an example with its result, where it is allowed.

    *prefix*: with what each of its names begins; a family of one name has that name. *reserved*: elsewhere no
    attribute can be called so either.
    """

    name: str
    meaning: str
    example: str
    result: str
    where: frozenset[Where] = _ANYWHERE
    prefix: str = ""
    reserved: bool = True

    def has(self, name: str) -> bool:
        """Whether *name* is written as a name of this family."""
        return name.startswith(self.prefix) if self.prefix else name == self.name


FAMILIES: Final = (
    Family(
        "now",
        "when the work began, in UTC; the same for every person and every call of it",
        '{{ now | plus(days=2) | date("%d-%m-%Y") }}',
        "06-01-2027",
    ),
    Family("env.NAME", "a variable of the configuration", "{{ env.office }}", "Zagreb", prefix="env."),
    Family(
        "secret.NAME",
        "a secret, masked wherever the request is shown",
        "{{ secret.hr-key }}",
        "not-a-real-key",
        where=frozenset({Where.PARAM, Where.HEADER, Where.BODY}),
        prefix="secret.",
    ),
    Family("connection.name", "the name of the connection", "{{ connection.name }}", "hr", where=_REQUEST),
    Family(
        "connection.base_url",
        "its base URL, without a slash at the end",
        "{{ connection.base_url }}",
        "https://hr.example/api",
        where=_REQUEST,
    ),
    Family("run.id", "one id for all that a command does", "{{ run.id }}", "4f0c2a9e7d1b4c58", where=_REQUEST),
    Family("run.operator", "who started the run", "{{ run.operator }}", "ana", where=_REQUEST),
    Family(
        "call.id",
        "the id of a call, the same whenever it is tried again; only webhooks and templates have one",
        "{{ call.id }}",
        "20270104T070000123-9f8e7d6c.0.3",
        where=_REQUEST,
    ),
    Family(
        "blocks.BLOCK.NAME",
        "what a block of the template gave before: its result, or a value of its answer",
        "{{ blocks.create-person.id }}",
        "7731204",
        where=_REQUEST,
        prefix="blocks.",
    ),
    Family(
        "with.NAME",
        "what a block gives to the webhook that it fires",
        "{{ with.tag }}",
        "Staff",
        where=_REQUEST,
        prefix="with.",
    ),
    Family(
        "before.NAME",
        "an attribute as it was before the event that started this; templates and conditions of events only",
        "{{ before.title }}",
        "Clerk",
        where=frozenset({Where.BLOCK}),
        prefix="before.",
    ),
    Family(
        "after.NAME",
        "an attribute as it was after the event that started this",
        "{{ after.title }}",
        "Head of Sales",
        where=frozenset({Where.BLOCK}),
        prefix="after.",
    ),
    Family(
        "event.NAME",
        "of the event that started this: its kind, its group, its id",
        "{{ event.kind }}",
        "modified",
        where=frozenset({Where.BLOCK}),
        prefix="event.",
    ),
    Family(
        "subject.name",
        "what a person calls whom the run is about",
        "{{ subject.name }}",
        "Ana Marija Kovačević",
        where=_REQUEST,
    ),
    Family(
        "subject.key", "their immutable id", "{{ subject.key }}", "6f0b2c1e-8a51-4a3e-9b0e-2d4f6a7c9e10", where=_REQUEST
    ),
    Family(
        "key",
        "the key of the record that a call is about",
        "{{ key }}",
        "7731204",
        where=_REQUEST,
        reserved=False,
    ),
)
"""Every family but that of attributes and columns, whose names the connected systems and the configuration say."""

ATTRIBUTES: Final = Family(
    "NAME",
    "an attribute of the directory, or a column of an endpoint, of the person the text is about",
    "{{ givenName }}",
    "Ana Marija",
)

EXAMPLE_CONTEXT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "now": ("2027-01-04T07:00:00Z",),
        "env.office": ("Zagreb",),
        "secret.hr-key": ("not-a-real-key",),
        "connection.name": ("hr",),
        "connection.base_url": ("https://hr.example/api",),
        "run.id": ("4f0c2a9e7d1b4c58",),
        "run.operator": ("ana",),
        "call.id": ("20270104T070000123-9f8e7d6c.0.3",),
        "blocks.create-person.id": ("7731204",),
        "with.tag": ("Staff",),
        "before.title": ("Clerk",),
        "after.title": ("Head of Sales",),
        "event.kind": ("modified",),
        "subject.name": ("Ana Marija Kovačević",),
        "subject.key": ("6f0b2c1e-8a51-4a3e-9b0e-2d4f6a7c9e10",),
        "key": ("7731204",),
    }
)
"""What the examples of the families are rendered with."""


def family_of(name: str) -> Family | None:
    """Return the family that *name* is written as, or None for that of attributes and columns."""
    return next((family for family in FAMILIES if family.has(name)), None)


def misplaced(name: str, where: Where) -> str:
    """Return why *name* cannot stand in *where* at all, or nothing."""
    family = family_of(name)
    if family is None or not family.reserved or where in family.where:
        return ""
    places = [str(place) for place in Where if place in family.where]
    return f"{family.name} is for {', '.join(places[:-1])} and {places[-1]}"
