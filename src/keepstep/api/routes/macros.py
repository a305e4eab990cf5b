"""Macros: what a text can name at its place, and what it gives for somebody."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.session import Asked
from keepstep.core.configuration import Configuration
from keepstep.core.connection import DirectoryConnection, RestConnection
from keepstep.core.macro_catalogue import MacroWord, macro_catalogue
from keepstep.core.macro_choice import MacroName, MacroPart, MacroPlace
from keepstep.core.right import Right
from keepstep.core.schema import Schema
from keepstep.core.sync_rule import Side
from keepstep.errors import NotFound
from keepstep.ports import Ports
from keepstep.usecases.try_macro import MacroTrial, MacroTried, Spot, macro_choices, try_macro

router = APIRouter(tags=["macros"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]
Short = Annotated[str, Field(max_length=1000)]


class MacrosShown(BaseModel):
    """What a text can name. *connection*: whose attributes; *problem*: why they are not among the names."""

    names: list[MacroName]
    functions: list[MacroWord]
    tables: list[str]
    connection: str
    objects: str
    problem: str


class Standing(BaseModel):
    """Where a text stands: what it belongs to, which part, whose attributes it reads; empty: the only directory's."""

    place: MacroPlace
    part: MacroPart = MacroPart.BODY
    connection: Annotated[str, Field(max_length=64, description="Whose attributes; empty: the only directory's.")] = ""
    objects: Annotated[str, Field(max_length=200, description="What kind of its objects: users, groups.")] = ""
    endpoint: Annotated[str, Field(max_length=64, description="Which endpoint of the connection it belongs to.")] = ""
    each_of: Annotated[
        list[Annotated[str, Field(max_length=64)]],
        Field(max_length=50, description="For the records of which objects it is to be called; none: as in force."),
    ] = []


class MacroText(Asked, Standing):
    """A text with macros, and whom it is tried for. *values*: what stands for names in place of what they hold."""

    text: Annotated[str, Field(max_length=20_000)]
    who: Short = ""
    values: Annotated[dict[str, Short], Field(max_length=50)] = {}


@router.get("/macros")
@aside
async def list_macros(asker: Reader, asked: Annotated[Standing, Query()]) -> MacrosShown:
    """List what a text with macros can name at its place, and the functions, with examples."""
    async with _spot(asker, asked) as (ports, spot):
        found = await macro_choices(ports, spot, _secrets(asker))
    return MacrosShown(
        names=found.names,
        functions=list(macro_catalogue().functions),
        tables=found.tables,
        connection=spot.side.connection if spot.side else "",
        objects=spot.side.objects if spot.side else "",
        problem=found.problem,
    )


@router.post("/macros/preview")
@aside
async def preview_macro(asker: Reader, asked: MacroText) -> MacroTried:
    """Try a text with macros: what it gives for somebody or the example person, or its mistake with the column."""
    async with _spot(asker, asked) as (ports, spot):
        return await try_macro(
            ports, spot, MacroTrial(text=asked.text, who=asked.who, given=asked.values), _secrets(asker)
        )


@asynccontextmanager
async def _spot(asker: Asker, asked: Standing) -> AsyncGenerator[tuple[Ports, Spot]]:
    configuration = asker.server.configuration()
    async with systems_of(asker.here, configuration) as ports:
        side, given = _side(configuration, asked), _given(asker, configuration, asked)
        yield ports, Spot(place=asked.place, part=asked.part, side=side, given=given)


def _side(configuration: Configuration, asked: Standing) -> Side | None:
    """Return whose attributes the text reads; None where nothing says whose."""
    connections = configuration.connections
    if asked.connection and asked.connection not in connections:
        raise NotFound(f'there is no connection "{asked.connection}"', hint="GET /connections lists them")
    name = asked.connection
    if not name and asked.place is not MacroPlace.ENDPOINT:
        directories = [
            one for one, spec in connections.items() if isinstance(spec, DirectoryConnection) and spec.enabled
        ]
        name = directories[0] if len(directories) == 1 else ""
    objects = asked.objects or ("" if isinstance(connections.get(name), RestConnection) else "users")
    return Side(name, objects) if name and objects else None


def _given(asker: Asker, configuration: Configuration, asked: Standing) -> Schema | None:
    """Return the attributes of the record that the endpoint of the text is called for; None where it is for none."""
    connection = configuration.connections.get(asked.connection)
    named = asked.endpoint or asked.each_of
    if asked.place is not MacroPlace.ENDPOINT or not named or not isinstance(connection, RestConnection):
        return None
    application = asker.here.endpoints.application_of(connection)
    return application.schema_given_to(asked.endpoint, asked.each_of or None)


def _secrets(asker: Asker) -> list[str]:
    return sorted(asker.here.vault.since())
