"""First passwords of new accounts: whose wait, and each opened once."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.session import Asked
from keepstep.core.first_password import WaitingPassword
from keepstep.core.right import Right
from keepstep.usecases.open_first_password import open_first_password, waiting_passwords

router = APIRouter(tags=["passwords"], route_class=ListRoute)

Opener = Annotated[Asker, Depends(Needs(Right.OPEN_FIRST_PASSWORDS))]


class PasswordAsked(Asked):
    """Whose first password is opened. *connection*: where several have one."""

    account: Annotated[str, Field(min_length=1, max_length=1000)]
    connection: Annotated[str, Field(max_length=64)] = ""


class FirstPasswordShown(BaseModel):
    """A first password, which nobody can be shown again."""

    password: str


@router.get("/first-passwords")
def list_first_passwords(asker: Opener) -> list[WaitingPassword]:
    """List whose first password waits to be opened, the longest wait first; no password is shown."""
    return waiting_passwords(asker.here.first_passwords, by=asker.authority)


@router.post("/first-passwords/open")
def show_first_password(asker: Opener, asked: PasswordAsked) -> FirstPasswordShown:
    """Give the first password of a new account, once: it is gone for good then. It needs a fresh proof of who asks."""
    here = asker.here
    opened = open_first_password(
        here.first_passwords, here.audit, asked.account, connection=asked.connection, by=asker.authority
    )
    here.noticed(opened)
    return FirstPasswordShown(password=opened.reveal())
