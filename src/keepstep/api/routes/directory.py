"""A directory looked around in: its containers, who is in them, and one account with the other side of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.core.browse import MOST, Unit
from keepstep.core.right import Right
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey
from keepstep.errors import NotFound
from keepstep.usecases.browse_directory import (
    AccountShown,
    AccountsListed,
    Look,
    list_accounts,
    list_units,
    show_account,
)

router = APIRouter(tags=["people"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_PEOPLE))]
Container = Annotated[str, Query(max_length=2000, description="A container (DN); empty: the base of the connection.")]


@router.get("/connections/{connection}/units")
@aside
async def units(asker: Reader, connection: str, parent: Container = "") -> list[Unit]:
    """List the containers directly in `parent` that lead to somebody whom the asker may see."""
    configuration = asker.server.configuration()
    _known(asker, connection)
    async with systems_of(asker.here, configuration) as ports:
        return list(await list_units(ports, connection, parent))


@router.get("/connections/{connection}/accounts")
@aside
async def accounts(  # noqa: PLR0913 - which of them
    asker: Reader,
    connection: str,
    *,
    objects: Annotated[str, Query(max_length=64)] = "users",
    search: Annotated[str, Query(max_length=200, description="Words that begin something they are called by.")] = "",
    within: Container = "",
    flat: Annotated[bool, Query(description="Only who is directly in the container.")] = False,
    enabled: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> AccountsListed:
    """List a bounded part of the accounts of a directory, by name; lists of all are work: `POST /works`."""
    _known(asker, connection)
    look = Look(text=search, within=within, flat=flat, enabled=enabled, most=limit)
    async with systems_of(asker.here, asker.server.configuration()) as ports:
        return await list_accounts(ports, Side(connection, objects), look)


@router.get("/connections/{connection}/accounts/{key}")
@aside
async def account(
    asker: Reader, connection: str, key: str, objects: Annotated[str, Query(max_length=64)] = "users"
) -> AccountShown:
    """Show one account with all that it holds, but for passwords, and how each rule sees both sides of it."""
    configuration = asker.server.configuration()
    _known(asker, connection)
    async with systems_of(asker.here, configuration) as ports:
        return await show_account(ports, configuration, Side(connection, objects), NativeKey(key))


def _known(asker: Asker, connection: str) -> None:
    if connection not in asker.server.configuration().connections:
        raise NotFound(f'there is no connection "{connection}"')
