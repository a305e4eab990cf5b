"""Plans and their runs, a page at a time, and the approvals that they wait for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, SecretStr

from keepstep.api.asker import Anybody, Asker, Needs, systems_of
from keepstep.api.once import ByKey
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.core.approval import Agreement, ApprovalState, PlanVoteKind
from keepstep.core.authority import Reach
from keepstep.core.guard import check_plan
from keepstep.core.plan import Action, ActionKind, Cost, Finding, Plan
from keepstep.core.plan_file import encode_lines
from keepstep.core.right import Right
from keepstep.core.run import EffectState, KeptPlan, Run, StepResult
from keepstep.core.secret import Secret
from keepstep.core.values import Verdict
from keepstep.usecases.vote import Saying, redeem, vote

router = APIRouter(tags=["plans"])

Reader = Annotated[Asker, Depends(Needs(Right.READ_RUNS, Right.APPROVE))]
Voter = Annotated[Asker, Depends(Needs(Right.APPROVE))]

API: Final = "API"
"""The way of a vote, as the request keeps it."""


class PlanSummary(BaseModel):
    """A plan without its actions: how much it would do, what it costs, and which guards it is beyond."""

    digest: str
    rule: str
    source: Verdict
    target: Verdict
    counts: dict[ActionKind, int]
    changes: int
    findings: int
    situations: dict[str, int]
    cost: Cost
    guards: list[str]
    runs: list[Run]


class Actions(BaseModel):
    """A page of actions. *next*: what to give as `after`. *total*: how many there are that were chosen."""

    items: list[Action]
    next: int | None
    total: int


class Findings(BaseModel):
    """A page of what is left alone."""

    items: list[Finding]
    next: int | None
    total: int


class RunResults(BaseModel):
    """A run, how many actions are in which state, and a page of results."""

    run: Run
    counts: dict[EffectState, int]
    items: list[StepResult]
    next: int | None


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


@router.get("/plans")
def list_plans(asker: Reader, rule: Annotated[str, Query(max_length=64)] = "", limit: Limit = 50) -> list[KeptPlan]:
    """List the plans that were made, or only those of one rule, the newest first."""
    rules = [one for one in asker.server.configuration().rules if rule in {"", one} and sees(asker, one)]
    return asker.here.journal.plans(rules, limit=limit)


@router.get("/plans/{digest}")
def show_plan(asker: Reader, digest: str) -> PlanSummary:
    """Show what a plan would do, in numbers."""
    plan = _plan(asker, digest, people=False)
    rule = asker.server.configuration().rules.get(plan.rule)
    trips = check_plan(plan, rule.guards) if rule else []
    return PlanSummary(
        digest=plan.digest,
        rule=plan.rule,
        source=plan.source,
        target=plan.target,
        counts={kind: plan.count(kind) for kind in ActionKind},
        changes=len(plan.actions),
        findings=len(plan.findings),
        situations={str(situation): count for situation, count in plan.situations.items()},
        cost=plan.cost,
        guards=[trip.text for trip in trips],
        runs=asker.here.journal.runs(plan=plan.digest),
    )


@router.get("/plans/{digest}/file", response_class=StreamingResponse)
def give_plan(asker: Reader, digest: str) -> StreamingResponse:
    """Give a plan as a file that `keepstep plan show` and `keepstep apply` take: JSON, one action a line."""
    return StreamingResponse(encode_lines(_plan(asker, digest)), media_type="application/x-ndjson")


@router.get("/plans/{digest}/actions")
def list_actions(  # noqa: PLR0913 - which of them
    asker: Reader,
    digest: str,
    *,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Limit = 100,
    kind: ActionKind | None = None,
    attribute: Annotated[str, Query(max_length=200)] = "",
    search: Annotated[str, Query(max_length=200)] = "",
) -> Actions:
    """Give a page of the actions of a plan, with before and after."""
    wanted, named = search.casefold(), attribute.casefold()
    found = [
        one
        for one in _plan(asker, digest).actions
        if (kind is None or one.kind is kind)
        and (not wanted or wanted in one.name.casefold() or wanted in one.reason.casefold())
        and (not named or any(delta.name.casefold() == named for delta in one.deltas))
    ]
    items, more = _page(found, after, limit)
    return Actions(items=items, next=more, total=len(found))


@router.get("/plans/{digest}/findings")
def list_findings(
    asker: Reader, digest: str, *, after: Annotated[int, Query(ge=0)] = 0, limit: Limit = 100
) -> Findings:
    """Give a page of what a plan leaves alone, and why."""
    found = _plan(asker, digest).findings
    items, more = _page(found, after, limit)
    return Findings(items=items, next=more, total=len(found))


@router.get("/runs")
def list_runs(asker: Reader, limit: Limit = 50) -> list[Run]:
    """List the runs of plans, the newest first."""
    return [one for one in asker.here.journal.runs(limit=limit) if sees(asker, one.rule)]


@router.get("/runs/{run}")
def show_run(
    asker: Reader, run: str, *, after: Annotated[int, Query(ge=0)] = 0, limit: Limit = 100, undone: bool = False
) -> RunResults:
    """Show a run and a page of what came of its actions; with `undone` only of those that were not done."""
    found = asker.here.journal.run(run)
    if not sees(asker, found.rule, people=True):
        asker.authority.require(Right.READ_RUNS, reach_of(found.rule, people=True))
    results = asker.here.journal.results(found.id)
    counts = {state: sum(one.state is state for one in results) for state in EffectState}
    chosen = [one for one in results if not undone or one.state is not EffectState.DONE]
    items, more = _page(chosen, after, limit)
    return RunResults(run=found, counts=counts, items=items, next=more)


@router.get("/approvals")
def list_approvals(asker: Reader, *, every: bool = False, limit: Limit = 50) -> list[Agreement]:
    """List what waits for people, the newest first; with `every` also what is over."""
    approvals = asker.here.approvals
    names = approvals.newest(limit) if every else list(reversed(approvals.opened()))[:limit]
    found = [asker.here.agreement(approvals.find(name)) for name in names]
    return [one for one in found if every or one.open]


@router.get("/approvals/{request}")
def show_approval(asker: Reader, request: str) -> Agreement:
    """Show one request, and what people said."""
    return asker.here.agreement(asker.here.approvals.find(request))


@router.post("/approvals/{request}/votes", status_code=201)
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


def _plan(asker: Asker, digest: str, *, people: bool = True) -> Plan:
    """Return the plan; NotPermitted for one of a rule that is not reached, or with *people* who are not."""
    plan = asker.server.plans.get(asker.here.journal, digest)
    if not sees(asker, plan.rule, people=people):
        asker.authority.require(Right.READ_RUNS, reach_of(plan.rule, people=people))
    return plan


def reach_of(rule: str, *, people: bool) -> Reach:
    """Return what somebody has to reach to see *rule*, and with *people* everybody whom it is about."""
    return Reach(rule=rule, place=None if people else "")


def sees(asker: Asker, rule: str, *, people: bool = False) -> bool:
    """Whether whoever asks reaches *rule*, and with *people* everybody whom it is about."""
    reach = reach_of(rule, people=people)
    return any(asker.authority.may(right, reach) for right in (Right.READ_RUNS, Right.APPROVE))


def _page(found: Sequence[Any], after: int, limit: int) -> tuple[list[Any], int | None]:
    items = list(found[after : after + limit])
    return items, after + limit if after + limit < len(found) else None
