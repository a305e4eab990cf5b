"""Orchestration templates: run on chosen people, followed and steered; and accounts changed by hand."""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, model_validator

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.once import ByKey
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.api.sight import sees_template_run
from keepstep.connectors.rest.preset import application_of
from keepstep.core.directory_action import DirectoryAction
from keepstep.core.outbound import webhook_finder
from keepstep.core.right import Right
from keepstep.core.run import RunId
from keepstep.core.sync_rule import Side
from keepstep.core.template_run import Begun, BlockCount, BlockStep, SubjectRun, SubjectState, TemplateRun
from keepstep.errors import NotFound, UsageError
from keepstep.store.chunks import SqlChunks
from keepstep.usecases.change_accounts import BY_HAND, change_accounts
from keepstep.usecases.choose_subjects import BY_FILTER, choose, find_subjects
from keepstep.usecases.choose_subjects import Asked as Wanted
from keepstep.usecases.start_run import MEANT, known_template, start_run

router = APIRouter(tags=["templates"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_RUNS, Right.RUN_TEMPLATES))]
Starter = Annotated[Asker, Depends(Needs(Right.RUN_TEMPLATES))]
Changer = Annotated[Asker, Depends(Needs(Right.CHANGE_ACCOUNTS))]
Steerer = Annotated[Asker, Depends(Needs(Right.STEER_RUNS))]
Decider = Annotated[Asker, Depends(Needs(Right.APPROVE))]
_SOON: Final = timedelta(seconds=5)
Who = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(min_length=1, max_length=1000)]


class TemplateListed(BaseModel):
    """A template. *subject*: the side that it is for."""

    name: str
    subject: str
    description: str
    blocks: int


class TemplateStart(Asked):
    """For whom a template is run: *who* by sign-in name, mail, DN, employee id or key, or one of the next three.

    *search*: a named search; *filter*: an LDAP filter; *members_of*: a group. *skip_unknown*: who is not found is left
    out. *most*: nobody, if they are more. *canary*: how many go ahead.
    """

    who: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=10_000)] = []
    search: Annotated[str, Field(max_length=64)] = ""
    filter: Annotated[str, Field(max_length=10_000)] = ""
    members_of: Annotated[str, Field(max_length=1000)] = ""
    skip_unknown: bool = False
    most: Annotated[int, Field(ge=0)] | None = None
    canary: Annotated[int, Field(ge=0, le=10_000)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.who, self.search, self.filter, self.members_of))) != 1:
            raise ValueError("say whom: one of who, search, filter and members_of")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun(TemplateRun):
    """A run that was begun. *left_out*: who was asked for and is not there."""

    left_out: tuple[str, ...] = ()


class AccountChange(Asked):
    """One directory action, as templates write it, and whom it is made of."""

    connection: Annotated[str, Field(max_length=64)]
    objects: Literal["users", "groups"] = "users"
    who: Who
    action: DirectoryAction


class Subjects(BaseModel):
    """A page of subjects. *next*: what to give as `after`."""

    items: list[SubjectRun]
    next: int | None


class Steer(Asked):
    """What is done to a run."""

    to: Literal["pause", "resume", "cancel", "retry"]
    reason: Annotated[str, Field(max_length=1000)] = ""
    who: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)] = []


class Retry(Asked):
    """Who is tried again; nobody named: all who failed."""

    who: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)] = []


class Skip(Asked):
    """A block that is passed over for one subject, as if it had succeeded, or failed."""

    who: Annotated[str, Field(min_length=1, max_length=1000)]
    block: Annotated[str, Field(max_length=1000)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    success: bool = True


class RunGraph(BaseModel):
    """The template that a run began with, with the blocks of its sub-templates, and how many got how far.

    *stand*: how many subjects are at each block, by state; *done*: how often each block ended, by result.
    """

    template: str
    written: dict[str, Any]
    stand: list[BlockCount]
    done: list[BlockCount]


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
@aside
async def run_template(
    asker: Starter, template: str, asked: TemplateStart, response: Response, once: ByKey
) -> StartedRun:
    """Run a template for chosen people; a worker carries it out."""
    run = await once.give(StartedRun, lambda: _begin(asker, template, asked))
    response.headers["Location"] = f"/api/v1/template-runs/{run.id}"
    return run


async def _begin(asker: Asker, template: str, asked: TemplateStart) -> StartedRun:
    configuration = asker.server.configuration()
    spec = known_template(configuration, template)
    side = Side(*spec.subject.split(".", 1))
    if asked.filter:
        configuration = configuration.with_search(side, BY_FILTER, asked.filter)
    finder = webhook_finder(configuration, application_of)
    begun = Begun(operator=asker.operator.name, canary=asked.canary)
    wanted = Wanted(
        ids=asked.who,
        skip_unknown=asked.skip_unknown,
        search=asked.search,
        filter=asked.filter,
        members_of=asked.members_of,
    )
    async with systems_of(asker.here, configuration) as ports:
        chosen = await choose(ports, side, wanted)
        if asked.most is not None and len(chosen.subjects) > asked.most:
            raise UsageError(f"{template} would run for {len(chosen.subjects):,} subjects", hint=MEANT)
        runs, templates = asker.here.template_runs, (template, configuration.templates)
        run = await start_run(ports, runs, templates, finder, chosen.subjects, begun)
    held = {one.name: getattr(run, one.name) for one in fields(run)}
    return StartedRun(**held, left_out=tuple(chosen.unknown))


@router.post("/account-changes", status_code=202)
@aside
async def change(asker: Changer, asked: AccountChange, response: Response, once: ByKey) -> TemplateRun:
    """Make one directory action of chosen accounts; a worker carries it out."""

    async def begin() -> TemplateRun:
        async with systems_of(asker.here, asker.server.configuration()) as ports:
            chosen = await find_subjects(ports, Side(asked.connection, asked.objects), asked.who)
            return await change_accounts(ports, asker.here.template_runs, chosen, asked.action)

    run = await once.give(TemplateRun, begin)
    response.headers["Location"] = f"/api/v1/template-runs/{run.id}"
    return run


@router.get("/template-runs")
def list_runs(
    asker: Reader,
    limit: Limit = 50,
    template: Annotated[str, Query(max_length=64, description="Only those of this template.")] = "",
    before: Annotated[str, Query(max_length=64, description="Only those begun before this run.")] = "",
) -> list[TemplateRun]:
    """List the runs of templates, the newest first."""
    found = asker.here.template_runs.runs(limit=limit, template=template, before=before)
    return [one for one in found if sees_template_run(asker, one)]


@router.get("/template-runs/{run}")
def show_run(asker: Reader, run: str) -> TemplateRun:
    """Show a run: its state, and how many subjects stand how."""
    return _run(asker, run)


@router.get("/template-runs/{run}/graph")
def show_run_graph(asker: Reader, run: str) -> RunGraph:
    """Show the template that a run began with, and how many subjects got how far in it."""
    runs, found = asker.here.template_runs, _run(asker, run)
    if found.template == BY_HAND:
        raise NotFound("a change by hand has no template")
    stand, done = runs.progress(found.id)
    written = runs.version(found.version).template.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return RunGraph(template=found.template, written=written, stand=stand, done=done)


@router.get("/template-runs/{run}/subjects")
def list_subjects(  # noqa: PLR0913 - which of them
    asker: Reader,
    run: str,
    *,
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Limit = 100,
    state: Annotated[list[SubjectState], Query(max_length=len(SubjectState))] = [],  # noqa: B006 - never changed
    who: Annotated[str, Query(max_length=1000)] = "",
) -> Subjects:
    """Give a page of the subjects of a run; `who`: those that are called so, by name, key or number."""
    runs = asker.here.template_runs
    id_ = RunId(_run(asker, run, people=True).id)
    if who:
        return Subjects(items=runs.named(id_, who), next=None)
    found = runs.subjects(id_, states=state, after=after, limit=limit)
    return Subjects(items=found, next=found[-1].position if len(found) == limit else None)


@router.get("/template-runs/{run}/due")
def count_due(asker: Reader, run: str) -> Count:
    """Count the parts of a run that a worker goes on with now, or within seconds; 0: it is over, or waits."""
    here = asker.here
    soon = here.clock.now() + _SOON
    return Count(count=SqlChunks(here.database).unsettled(_run(asker, run).id, soon))


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


@router.post("/template-runs/{run}/retry")
def retry(asker: Steerer, run: str, asked: Retry) -> Count:
    """Try the block again that subjects failed at, and count them."""
    return Count(count=asker.here.steering.retry(run, asked.who))


@router.post("/template-runs/{run}/skip")
def skip(asker: Steerer, run: str, asked: Skip) -> SubjectRun:
    """Pass over a block for one subject."""
    return asker.here.steering.skip(run, asked.who, asked.block, reason=asked.reason, success=asked.success)


@router.post("/template-runs/{run}/decisions")
def decide(asker: Decider, run: str, asked: Decision) -> Count:
    """Decide about subjects that wait at an approval block."""
    return Count(count=asker.here.steering.decide(run, asked.who, approved=asked.approved, note=asked.note))


def _run(asker: Asker, prefix: str, *, people: bool = False) -> TemplateRun:
    """Return the run; as if there were none, for whoever may not see it, or *people* whom it is about."""
    run = asker.here.template_runs.run(prefix)
    if not sees_template_run(asker, run, people=people):
        raise NotFound(f'there is no run whose id starts with "{prefix}"')
    return run
