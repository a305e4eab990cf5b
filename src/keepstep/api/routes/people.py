"""People: found by name, and why they are as they are."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.core.explanation import Explanation, WhyNot
from keepstep.core.right import Right
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.errors import NotFound
from keepstep.usecases.choose_subjects import choose_seen
from keepstep.usecases.explain import Question, explain
from keepstep.usecases.explain_not import explain_not
from keepstep.usecases.permit import seen_subjects

router = APIRouter(tags=["people"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_PEOPLE))]
WhoText = Annotated[
    str, Query(min_length=1, max_length=1000, description="Sign-in name, mail, employee id, DN or key.")
]


class Found(BaseModel):
    """Who is called so."""

    items: list[Subject]


@router.get("/people")
@aside
async def find(asker: Reader, connection: str, who: WhoText, objects: str = "users") -> Found:
    """Find people of a connection by what they are called; lists of all are work: `POST /works`.

    Who is out of reach is not told apart from who is not there.
    """
    configuration = asker.server.configuration()
    if connection not in configuration.connections:
        raise NotFound(f'there is no connection "{connection}"')
    async with systems_of(asker.here, configuration) as ports:
        side = Side(connection, objects)
        chosen = await choose_seen(ports, side, [who])
        return Found(items=await seen_subjects(ports, Right.READ_PEOPLE, side, chosen.subjects))


@router.get("/why")
@aside
async def why(
    asker: Reader, who: WhoText, attribute: str = "", at: datetime | None = None, rule: str = ""
) -> Explanation:
    """Explain why an account is as it is: each write with the chain that led to it."""
    configuration = asker.server.configuration()
    async with systems_of(asker.here, configuration) as ports:
        asked = Question(who=who, attribute=attribute, at=at, rule=rule)
        return await explain(ports, asker.here.history, configuration, asked)


@router.get("/why-not")
@aside
async def why_not(asker: Reader, who: WhoText, attribute: str = "", rule: str = "") -> WhyNot:
    """Explain why nothing is done about somebody; both sides are read for it."""
    configuration = asker.server.configuration()
    async with systems_of(asker.here, configuration) as ports:
        asked = Question(who=who, attribute=attribute, rule=rule)
        return await explain_not(ports, asker.here.circuits.get, configuration, asked)
