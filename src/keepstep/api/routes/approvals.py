"""Approvals: plans that wait for people, and what they say; in their own name, or by a one-time link."""

from datetime import datetime
from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, SecretStr

from keepstep.api.aside import aside
from keepstep.api.asker import Anybody, Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.once import ByKey
from keepstep.api.routes.plans import Reader
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.api.sight import reach_of, sees
from keepstep.core.approval import Agreement, ApprovalState, PlanVoteKind
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.usecases.vote import Saying, redeem, vote

router = APIRouter(tags=["plans"], route_class=ListRoute)

Voter = Annotated[Asker, Depends(Needs(Right.APPROVE))]
_MOST: Final = 1000

API: Final = "API"
"""The way of a vote, as the request keeps it."""


class Vote(Asked):
    """What somebody says about a plan, named by twelve digits of its digest or more."""

    kind: PlanVoteKind
    plan: Annotated[str, Field(max_length=64)]
    note: Annotated[str, Field(max_length=2000)] = ""


class LinkVote(Asked):
    """A decision by a one-time link."""

    token: Annotated[SecretStr, Field(max_length=5000)]
    kind: PlanVoteKind
    note: Annotated[str, Field(max_length=2000)] = ""


class Decided(BaseModel):
    """How people stand to the plan now."""

    request: str
    state: ApprovalState
    missing: int
    until: datetime


@router.get("/approvals")
def list_approvals(asker: Reader, *, every: bool = False, limit: Limit = 50) -> list[Agreement]:
    """List what waits for people, the newest first; with `every` also what is over."""
    approvals = asker.here.approvals
    names = approvals.newest(_MOST) if every else list(reversed(approvals.opened()))
    requests = (one for name in names if sees(asker, (one := approvals.find(name)).rule))
    found = (asker.here.agreement(one) for one in requests)
    return list(islice((one for one in found if every or one.open), limit))


@router.get("/approvals/{request}")
def show_approval(asker: Reader, request: str) -> Agreement:
    """Show one request, and what people said."""
    found = asker.here.approvals.find(request)
    if not sees(asker, found.rule):
        asker.authority.require(Right.READ_RUNS, reach_of(found.rule, people=False))
    return asker.here.agreement(found)


@router.post("/approvals/{request}/votes", status_code=201)
@aside
async def say(asker: Voter, request: str, asked: Vote, once: ByKey) -> Decided:
    """Approve, reject or comment a plan, in your own name."""
    saying = Saying(kind=asked.kind, plan=asked.plan, note=asked.note, way=API)

    async def told() -> Decided:
        configuration = asker.server.configuration()
        async with systems_of(asker.here, configuration) as ports:
            desk = asker.here.approval_desk(configuration, ports)
            return _decided(await vote(desk, request, saying, by=asker.authority))

    return await once.give(Decided, told)


@router.post("/approval-links", status_code=201)
@aside
async def decide_by_link(server: Anybody, asked: LinkVote) -> Decided:
    """Decide by a one-time link, in the name that it was made for; no sign-in is needed."""
    saying = Saying(kind=asked.kind, note=asked.note, way=API)
    here, configuration = server.installation, server.configuration()
    async with systems_of(here, configuration) as ports:
        desk = here.approval_desk(configuration, ports)
        return _decided(await redeem(desk, Secret(asked.token.get_secret_value()), saying))


def _decided(agreement: Agreement) -> Decided:
    return Decided(
        request=agreement.request.id, state=agreement.state, missing=agreement.missing, until=agreement.until
    )
