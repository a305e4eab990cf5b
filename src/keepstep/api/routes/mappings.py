"""Mappings: what the sides offer, and what a mapping or a format makes of real people."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query
from pydantic import Field as Bound
from pydantic import ValidationError, model_validator

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.session import Asked
from keepstep.core.configuration import Configuration, Document
from keepstep.core.custom_format import CustomFormat
from keepstep.core.mapping import MappingSpec
from keepstep.core.right import Right
from keepstep.core.spec_problem import problems_of
from keepstep.core.suggest import did_you_mean
from keepstep.core.sync_rule import Side, SideName
from keepstep.errors import NotFound
from keepstep.usecases.configure import refusal
from keepstep.usecases.known_rule import rule_of
from keepstep.usecases.preview import Chosen, Field, Previewed, Tried, fields, preview, preview_between, try_expression

router = APIRouter(tags=["mappings"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]
Previewer = Annotated[Asker, Depends(Needs(Right.READ_PEOPLE))]
Name = Annotated[str, Bound(max_length=200)]


class PeopleChosen(Asked):
    """For whom: people by what they are called, or else the first few of the source."""

    people: Annotated[list[Annotated[str, Bound(max_length=1000)]], Bound(max_length=20)] = []
    limit: Annotated[int, Bound(ge=1, le=50)] = 5


class MappingPreview(PeopleChosen):
    """What is tried: the mapping of *rule*, or one from *source* into *target* that needs no rule.

    *mapping*: a draft in place of what is in force, or the name of a mapping; without a rule one of the two is needed.
    """

    rule: Name = ""
    source: SideName | None = None
    target: SideName | None = None
    mapping: Name | dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.rule) == bool(self.source or self.target) or bool(self.source) != bool(self.target):
            raise ValueError("give either a rule, or a source and a target")
        if not self.rule and self.mapping is None:
            raise ValueError("without a rule, say which mapping: its name, or a draft")
        return self


class FormatPreview(PeopleChosen):
    """A text with macros, or a custom format, tried on the records of a side."""

    connection: Name
    objects: Name
    written: Annotated[str, Bound(max_length=20_000)] | dict[str, Any]


@router.get("/connections/{connection}/fields")
@aside
async def list_fields(
    asker: Reader, connection: str, objects: Annotated[str, Query(max_length=200)] = "users"
) -> list[Field]:
    """List the attributes that a side offers, by its live schema, and why some cannot be written."""
    configuration = asker.server.configuration()
    _known(configuration, connection)
    async with systems_of(asker.here, configuration) as ports:
        return await fields(ports, Side(connection, objects))


@router.post("/mapping-previews")
@aside
async def preview_mapping(asker: Previewer, asked: MappingPreview) -> list[Previewed]:
    """Say what a mapping makes of real people of its source, or why they are left out; nothing is written."""
    configuration = asker.server.configuration()
    drafted = None if asked.mapping is None else _mapping(asker, configuration, asked.mapping)
    if drafted is not None and asked.source and asked.target:
        source, target = _side(configuration, asked.source), _side(configuration, asked.target)
        async with systems_of(asker.here, configuration) as ports:
            return await preview_between(ports, source, target, drafted, _chosen(asked))
    rule, mapping = rule_of(configuration, asked.rule)
    async with systems_of(asker.here, configuration) as ports:
        return await preview(ports, asked.rule, rule, drafted or mapping, _chosen(asked))


@router.post("/format-previews")
@aside
async def preview_format(asker: Previewer, asked: FormatPreview) -> Tried:
    """Say what one format gives for people of a side, and how it is written as an expression and as parts."""
    asker.authority.require(Right.CHANGE_CONFIGURATION)
    configuration = asker.server.configuration()
    _known(configuration, asked.connection)
    written = asked.written if isinstance(asked.written, str) else _format(asked.written)
    async with systems_of(asker.here, configuration) as ports:
        return await try_expression(ports, Side(asked.connection, asked.objects), written, _chosen(asked))


def _chosen(asked: PeopleChosen) -> Chosen:
    return Chosen(people=tuple(asked.people), limit=asked.limit)


def _known(configuration: Configuration, connection: str) -> None:
    if connection not in configuration.connections:
        raise NotFound("there is no such connection", hint=f"connections: {', '.join(configuration.connections)}")


def _side(configuration: Configuration, written: str) -> Side:
    side = Side(*written.split(".", 1))
    _known(configuration, side.connection)
    return side


def _mapping(asker: Asker, configuration: Configuration, asked: str | dict[str, Any]) -> MappingSpec:
    """Return the mapping that is asked for: by its name what is in force, or a draft, for whoever may save it."""
    if not isinstance(asked, str):
        asker.authority.require(Right.CHANGE_CONFIGURATION)
        return _drafted(asked)
    known = configuration.mappings
    if asked not in known:
        told = f'there is no mapping "{asked}"{did_you_mean(asked, known)}'
        raise NotFound(told, hint=f"mappings: {', '.join(known)}")
    return known[asked]


def _drafted(data: dict[str, Any]) -> MappingSpec:
    try:
        return MappingSpec.model_validate(data)
    except ValidationError as error:
        document = Document(name="the mapping", data=data)
        raise refusal(document, list(problems_of(error, MappingSpec, data))) from None


def _format(data: dict[str, Any]) -> CustomFormat:
    try:
        return CustomFormat.model_validate(data)
    except ValidationError as error:
        raise refusal(Document(name="the format", data=data), list(problems_of(error, CustomFormat, data))) from None
