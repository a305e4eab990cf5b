"""Notifications: the ways to tell people, each tried, and what they were told."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.core.block_result import BlockState
from keepstep.core.masking import masked
from keepstep.core.right import Right
from keepstep.usecases.tell import try_channel
from keepstep.workshop import Workshop

router = APIRouter(tags=["notifications"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION, Right.CHANGE_CONFIGURATION))]
Trier = Annotated[Asker, Depends(Needs(Right.TEST_CONNECTIONS))]
Told = Annotated[Asker, Depends(Needs(Right.READ_AUDIT, Right.CHANGE_CONFIGURATION))]


class Channel(BaseModel):
    """A way to tell people. *rules*: the notification rules that use it."""

    name: str
    kind: str
    description: str
    rules: list[str]


class TestText(Asked):
    """What is said as a test."""

    text: Annotated[str, Field(min_length=1, max_length=2000)] = "This is a test: nothing happened."


class ChannelTried(BaseModel):
    """What came of a test: `succeeded`, or why not. *request*: what was sent, secrets masked."""

    state: BlockState
    detail: str
    request: str


class Notice(BaseModel):
    """What people are told. *detail*: why it could not be told so far; *due*: when it is told, or was.

    *key*: the same for the same thing, which is told once; *digest*: it is told together with others.
    """

    number: int
    key: str
    digest: bool
    channel: str
    rule: str
    subject: str
    text: str
    due: datetime
    state: str
    attempts: int
    detail: str


class Notices(BaseModel):
    """A page of notices, the newest first. *next*: what to give as `before`."""

    items: list[Notice]
    next: int | None


@router.get("/channels")
def list_channels(asker: Reader) -> list[Channel]:
    """List the ways to tell people, and the rules that use each."""
    configuration = asker.server.configuration()
    return [
        Channel(
            name=name,
            kind=spec.kind,
            description=spec.description,
            rules=[rule for rule, one in configuration.notifications.items() if name in one.to],
        )
        for name, spec in configuration.channels.items()
    ]


@router.post("/channels/{channel}/test")
@aside
async def test_channel(asker: Trier, channel: str, asked: TestText) -> ChannelTried:
    """Send a test message over a channel."""
    asker.server.configuration()  # whose fault it is where that is wrong
    desks = Workshop(asker.here, heeded=False)
    try:
        result = await try_channel(desks.tell_desk(), channel, asked.text)
    finally:
        await desks.close()
    request = masked(result.request, asker.server.secrets)
    return ChannelTried(state=result.state, detail=result.detail, request=request)


@router.get("/notices")
def list_notices(
    asker: Told,
    *,
    state: Annotated[Literal["", "waiting", "sent", "failed"], Query()] = "",
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Limit = 100,
) -> Notices:
    """Give a page of what people were told and what waits to be told, the newest first."""
    found = asker.here.notices.page(before=before, limit=limit, state=state)
    items = [
        Notice(
            number=number,
            key=one.key,
            digest=one.digest,
            channel=one.channel,
            rule=one.rule,
            subject=one.subject,
            text=one.text,
            due=one.due,
            state=one.state,
            attempts=one.attempts,
            detail=one.detail,
        )
        for number, one in found
    ]
    return Notices(items=items, next=items[-1].number if len(items) == limit else None)
