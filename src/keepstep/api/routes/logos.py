"""The logos of applications."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from keepstep.api.asker import Asker, Needs
from keepstep.core.right import Right
from keepstep.errors import NotFound
from keepstep.store.logos import Logos
from keepstep.usecases.change_logo import change_logo

router = APIRouter(tags=["connections"])

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION, Right.CHANGE_CONFIGURATION))]
Writer = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]


@router.get(
    "/connections/{connection}/logo",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "A PNG"}},
)
def show_logo(asker: Reader, connection: str) -> Response:
    """Give the logo of an application, a PNG of at most 256 pixels a side."""
    logo = _logos(asker, connection).get(connection)
    if logo is None:
        raise NotFound("it has no logo", hint="PUT one: PNG, JPEG, GIF or WebP")
    return Response(logo, media_type="image/png")


@router.put("/connections/{connection}/logo", status_code=204)
def put_logo(
    asker: Writer,
    connection: str,
    content: Annotated[
        bytes, Body(media_type="application/octet-stream", description="PNG, JPEG, GIF or WebP, at most 1 MiB.")
    ],
) -> None:
    """Give an application a logo; it is drawn anew, and nothing else of what was sent is kept."""
    change_logo(_logos(asker, connection), asker.here.audit, connection, content, by=asker.authority)


@router.delete("/connections/{connection}/logo", status_code=204)
def remove_logo(asker: Writer, connection: str) -> None:
    """Take the logo of an application away."""
    change_logo(_logos(asker, connection), asker.here.audit, connection, None, by=asker.authority)


def _logos(asker: Asker, connection: str) -> Logos:
    """Return where logos are; NotFound for a name that is no connection, so that no name leads to another file."""
    if connection not in asker.server.configuration().connections:
        raise NotFound("there is no such connection", hint="GET /connections lists them")
    return Logos(asker.here.settings.home)
