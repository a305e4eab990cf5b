"""Automations: when they start, what came of it; started now, switched on and off; and what happened in directories."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, ValidationError

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.once import ByKey
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.core.authority import Reach
from keepstep.core.automation import AutomationSpec, EventTrigger
from keepstep.core.automation_run import AutomationRun
from keepstep.core.configuration import Document
from keepstep.core.event import Event
from keepstep.core.right import Right
from keepstep.core.schedule import SaidTime, ScheduleSpec
from keepstep.core.spec_problem import problems_of
from keepstep.usecases.ask_start import known_automation
from keepstep.usecases.configure import refusal

router = APIRouter(tags=["automations"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_CONFIGURATION))]
Follower = Annotated[Asker, Depends(Needs(Right.READ_RUNS))]
Runner = Annotated[Asker, Depends(Needs(Right.RUN_AUTOMATIONS))]
Changer = Annotated[Asker, Depends(Needs(Right.CHANGE_CONFIGURATION))]
EventReader = Annotated[Asker, Depends(Needs(Right.READ_PEOPLE))]

_NEXT = 10


class AutomationListed(BaseModel):
    """An automation: what it starts, when next (UTC), and what came of it last."""

    name: str
    enabled: bool
    description: str
    owner: str
    starts: str
    trigger: str
    next: list[datetime]
    last: AutomationRun | None


class Start(Asked):
    """How it is started. *plan_only*: nothing is applied."""

    plan_only: bool = False


class ScheduleDraft(Asked):
    """A schedule that somebody thinks about, as it would stand in the configuration."""

    trigger: dict[str, Any]


class TimeSaid(BaseModel):
    """A time that a schedule says: UTC, and *local*, as the clock of its time zone has it, with the offset.

    *blackout*: the window that holds it back, in words; null: none does. *fires*: when it fires (UTC), which is after
    the window if it runs then; null: it is dropped.
    """

    at: datetime
    local: datetime
    blackout: str | None
    fires: datetime | None


class SchedulePreview(BaseModel):
    """When a schedule would fire: in plain words, and the next times (UTC).

    *times*: the next times that it says in its *timezone*, those that a blackout window holds back among them.
    """

    words: str
    timezone: str
    next: list[datetime]
    times: list[TimeSaid]


class CallOff(Asked):
    """Why a start is called off; it is kept."""

    reason: Annotated[str, Field(max_length=1000)] = ""


class Switch(Asked):
    """Whether it starts by itself."""

    enabled: bool


class Events(BaseModel):
    """A page of events, the newest first. *next*: what to give as `before`."""

    items: list[Event]
    next: int | None


@router.get("/automations")
def list_automations(asker: Reader) -> list[AutomationListed]:
    """List the automations."""
    return [_listed(asker, name, spec, 1) for name, spec in asker.server.configuration().automations.items()]


@router.post("/schedule-previews")
def preview_schedule(asker: Reader, asked: ScheduleDraft) -> SchedulePreview:
    """Say when a schedule would fire next; nothing is kept."""
    document = Document(name="the schedule", data=asked.trigger)
    try:
        spec = ScheduleSpec.model_validate(asked.trigger)
    except ValidationError as error:
        raise refusal(document, list(problems_of(error, ScheduleSpec, asked.trigger))) from None
    now = asker.here.clock.now()
    times = [_said(one) for one in spec.times_said(now, _NEXT)]
    return SchedulePreview(words=str(spec), timezone=spec.timezone, next=spec.next_times(now, _NEXT), times=times)


@router.get("/automations/{automation}")
def show_automation(asker: Reader, automation: str) -> AutomationListed:
    """Show one, with the next ten times."""
    return _listed(asker, automation, known_automation(asker.server.configuration(), automation), _NEXT)


@router.get("/automations/{automation}/starts")
def list_starts(asker: Follower, automation: str, limit: Limit = 50) -> list[AutomationRun]:
    """List its starts, the newest first."""
    return asker.here.automations.runs(automation, limit=limit)


@router.post("/automations/{automation}/starts", status_code=202)
@aside
async def start(asker: Runner, automation: str, asked: Start, once: ByKey) -> AutomationRun:
    """Start it now."""

    async def begin() -> AutomationRun:
        return await asyncio.to_thread(asker.here.automating.start, automation, plan_only=asked.plan_only)

    return await once.give(AutomationRun, begin)


@router.get("/automation-starts")
def list_all_starts(asker: Follower, limit: Limit = 50) -> list[AutomationRun]:
    """List the starts of all automations, the newest first; also of those that are there no longer."""
    return asker.here.automations.runs(limit=limit)


@router.post("/automation-starts/{start}/cancel")
def cancel_start(asker: Runner, start: str, asked: CallOff) -> AutomationRun:
    """Call off a start that has not begun to write anything, as one that waits for approval."""
    return asker.here.automating.cancel(start, asked.reason)


@router.put("/automations/{automation}/enabled")
def switch(asker: Changer, automation: str, asked: Switch) -> AutomationListed:
    """Switch it on or off, in the configuration."""
    asker.here.automating.switch(automation, on=asked.enabled)
    return _listed(asker, automation, known_automation(asker.server.configuration(), automation), _NEXT)


@router.get("/events")
def list_events(  # noqa: PLR0913 - which of them
    asker: EventReader,
    *,
    side: str = "",
    kind: str = "",
    who: Annotated[str, Query(max_length=1000)] = "",
    before: Annotated[int, Query(ge=0)] | None = None,
    limit: Limit = 50,
) -> Events:
    """Give a page of what happened in directories, which is about everybody there; without `side`, everywhere."""
    names = [side.partition(".")[0]] if side else asker.server.configuration().connections
    for name in names or [""]:
        asker.authority.require_everywhere(Right.READ_PEOPLE, Reach(connection=name))
    found = asker.here.events.newest(side=side, kind=kind, who=who, before=before, limit=limit)
    return Events(items=found, next=found[-1].number if len(found) == limit else None)


def _said(time: SaidTime) -> TimeSaid:
    window = None if time.held_by is None else str(time.held_by)
    return TimeSaid(at=time.at, local=time.local, blackout=window, fires=time.fires)


def _listed(asker: Asker, name: str, spec: AutomationSpec, count: int) -> AutomationListed:
    now = asker.here.clock.now()
    ahead = [] if isinstance(spec.trigger, EventTrigger) else list(spec.trigger.next_times(now, count))
    return AutomationListed(
        name=name,
        enabled=spec.enabled,
        description=spec.description,
        owner=spec.owner,
        starts=spec.starts,
        trigger=str(spec.trigger),
        next=ahead,
        last=next(iter(asker.here.automations.runs(name, limit=1)), None),
    )
