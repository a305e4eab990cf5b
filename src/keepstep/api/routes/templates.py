"""Orchestration templates: run on chosen people, followed and steered; and accounts changed by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.connectors.rest.preset import application_of
from keepstep.core.authority import Reach
from keepstep.core.directory_action import DirectoryAction
from keepstep.core.outbound import webhook_finder
from keepstep.core.right import Right
from keepstep.core.run import RunId
from keepstep.core.sync_rule import Side
from keepstep.core.template_run import Begun, BlockStep, SubjectState, TemplateRun
from keepstep.errors import NotFound
from keepstep.usecases.change_accounts import BY_HAND, change_accounts
from keepstep.usecases.choose_subjects import find_subjects
from keepstep.usecases.start_run import start_run

router = APIRouter(tags=["templates"])

Reader = Annotated[Asker, Depends(Needs(Right.READ_RUNS, Right.RUN_TEMPLATES))]
Starter = Annotated[Asker, Depends(Needs(Right.RUN_TEMPLATES))]
Changer = Annotated[Asker, Depends(Needs(Right.CHANGE_ACCOUNTS))]
Steerer = Annotated[Asker, Depends(Needs(Right.STEER_RUNS))]
Decider = Annotated[Asker, Depends(Needs(Right.APPROVE))]
Who = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(min_length=1, max_length=1000)]


class TemplateListed(BaseModel):
    """A template. *subject*: the side that it is for."""

    name: str
    subject: str
    description: str
    blocks: int


class TemplateStart(Asked):
    """For whom a template is run: sign-in names, mail addresses, DNs, employee ids or keys. *canary*: who go ahead."""

    who: Who
    canary: Annotated[int, Field(ge=0, le=10_000)] | None = None


class AccountChange(Asked):
    """One directory action, as templates write it, and whom it is made of."""

    connection: Annotated[str, Field(max_length=64)]
    objects: Literal["users", "groups"] = "users"
    who: Who
    action: DirectoryAction


class SubjectStands(BaseModel):
    """Where one subject of a run stands."""

    position: int
    key: str
    name: str
    state: SubjectState
    block: str
    wake_at: datetime | None
    detail: str


class Subjects(BaseModel):
    """A page of subjects. *next*: what to give as `after`."""

    items: list[SubjectStands]
    next: int | None


class Steer(Asked):
    """What is done to a run."""

    to: Literal["pause", "resume", "cancel", "retry"]
    reason: Annotated[str, Field(max_length=1000)] = ""
    who: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)] = []


class Decision(Asked):
    """A decision about subjects that wait for one; nobody named: about all of them."""

    approved: bool
    note: Annotated[str, Field(max_length=1000)] = ""
    who: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)] = []


class Count(BaseModel):
    """How many it was done to."""

    count: int


@router.get("/templates")
def list_templates(asker: Reader) -> list[TemplateListed]:
    """List the templates."""
    return [
        TemplateListed(name=name, subject=spec.subject, description=spec.description, blocks=len(spec.blocks))
        for name, spec in asker.server.configuration().templates.items()
    ]


@router.post("/templates/{template}/runs", status_code=202)
async def run_template(asker: Starter, template: str, asked: TemplateStart, response: Response) -> TemplateRun:
    """Run a template for chosen people; a worker carries it out."""
    configuration = asker.server.configuration()
    spec = configuration.templates.get(template)
    if spec is None:
        raise NotFound(f'there is no template "{template}"', hint=f"templates: {', '.join(configuration.templates)}")
    side = Side(*spec.subject.split(".", 1))
    finder = webhook_finder(configuration, application_of)
    begun = Begun(operator=asker.operator.name, canary=asked.canary)
    async with systems_of(asker.here, configuration) as ports:
        chosen = await find_subjects(ports, side, asked.who)
        runs, templates = asker.here.template_runs, (template, configuration.templates)
        run = await start_run(ports, runs, templates, finder, chosen, begun)
    response.headers["Location"] = f"/api/v1/template-runs/{run.id}"
    return run


@router.post("/account-changes", status_code=202)
async def change(asker: Changer, asked: AccountChange, response: Response) -> TemplateRun:
    """Make one directory action of chosen accounts; a worker carries it out."""
    async with systems_of(asker.here, asker.server.configuration()) as ports:
        chosen = await find_subjects(ports, Side(asked.connection, asked.objects), asked.who)
        run = await change_accounts(ports, asker.here.template_runs, chosen, asked.action)
    response.headers["Location"] = f"/api/v1/template-runs/{run.id}"
    return run


@router.get("/template-runs")
def list_runs(asker: Reader, limit: Limit = 50) -> list[TemplateRun]:
    """List the runs of templates, the newest first."""
    return [one for one in asker.here.template_runs.runs(limit=limit) if _sees(asker, one)]


@router.get("/template-runs/{run}")
def show_run(asker: Reader, run: str) -> TemplateRun:
    """Show a run: its state, and how many subjects stand how."""
    return _run(asker, run)


@router.get("/template-runs/{run}/subjects")
def list_subjects(
    asker: Reader,
    run: str,
    *,
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Limit = 100,
    state: SubjectState | None = None,
) -> Subjects:
    """Give a page of the subjects of a run."""
    runs = asker.here.template_runs
    states: Sequence[SubjectState] = () if state is None else (state,)
    found = runs.subjects(RunId(_run(asker, run, people=True).id), states=states, after=after, limit=limit)
    items = [
        SubjectStands(
            position=one.position,
            key=one.key,
            name=one.name,
            state=one.state,
            block=one.block,
            wake_at=one.wake_at,
            detail=one.detail,
        )
        for one in found
    ]
    return Subjects(items=items, next=found[-1].position if len(found) == limit else None)


@router.get("/template-runs/{run}/subjects/{position}/steps")
def list_steps(asker: Reader, run: str, position: int) -> list[BlockStep]:
    """List what was done for one subject, with request and answer."""
    return asker.here.template_runs.steps(RunId(_run(asker, run, people=True).id), position)


@router.post("/template-runs/{run}/steer")
def steer(asker: Steerer, run: str, asked: Steer) -> TemplateRun:
    """Pause, resume, cancel a run, or try again what failed."""
    steering = asker.here.steering
    match asked.to:
        case "pause":
            steering.pause(run)
        case "resume":
            steering.resume(run)
        case "cancel":
            steering.cancel(run, asked.reason)
        case "retry":
            steering.retry(run, asked.who)
    return asker.here.template_runs.run(run)


@router.post("/template-runs/{run}/decisions")
def decide(asker: Decider, run: str, asked: Decision) -> Count:
    """Decide about subjects that wait at an approval block."""
    return Count(count=asker.here.steering.decide(run, asked.who, approved=asked.approved, note=asked.note))


def _run(asker: Asker, prefix: str, *, people: bool = False) -> TemplateRun:
    """Return the run; as if there were none, for whoever may not see it, or *people* whom it is about."""
    run = asker.here.template_runs.run(prefix)
    if not _sees(asker, run, people=people):
        raise NotFound(f'there is no run whose id starts with "{prefix}"')
    return run


def _sees(asker: Asker, run: TemplateRun, *, people: bool = False) -> bool:
    """Whether whoever asks began *run*, or reaches its template, and with *people* everybody."""
    template = "" if run.template == BY_HAND else run.template
    reach = Reach(template=template, place=None if people else "")
    own = run.operator == asker.operator.name
    return own or any(asker.authority.may(right, reach) for right in (Right.READ_RUNS, Right.RUN_TEMPLATES))
