"""Plans: what they would do, in numbers and a page at a time, and how they stand to guards and people."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.works import Limit
from keepstep.api.sight import reach_of, sees
from keepstep.core.approval import Agreement
from keepstep.core.guard import GuardVerdict, check_plan, verdicts
from keepstep.core.plan import Action, ActionKind, Cost, Finding
from keepstep.core.plan_file import encode_lines
from keepstep.core.plan_index import ActionChoice, ActionCounts, ActionOrder, PlanIndex
from keepstep.core.right import Right
from keepstep.core.run import KeptPlan, Run
from keepstep.core.values import Verdict

router = APIRouter(tags=["plans"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_RUNS, Right.APPROVE))]


class PlanSummary(BaseModel):
    """A plan without its actions: how much it would do, what it costs, how it stands to guards and people.

    *guards*: those that it is beyond, as sentences. *verdicts*: each limit by kind. *left*: what is left alone, by
    situation. *agreements*: who was asked to agree to it, the newest first.
    """

    digest: str
    rule: str
    source: Verdict
    target: Verdict
    counts: dict[ActionKind, int]
    changes: int
    findings: int
    left: dict[str, int]
    situations: dict[str, int]
    cost: Cost
    guards: list[str]
    verdicts: list[GuardVerdict]
    runs: list[Run]
    agreements: list[Agreement]


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


def _choice(  # noqa: PLR0913 - all that can be said of an action
    *,
    kind: ActionKind | None = None,
    attribute: Annotated[str, Query(max_length=200, description="One that is written.")] = "",
    place: Annotated[str, Query(max_length=1000, description="A container (DN), with all below it.")] = "",
    reason: Annotated[str, Query(max_length=1000, description="Exactly this one.")] = "",
    search: Annotated[str, Query(max_length=200, description="A part of the name or of the reason.")] = "",
    order: ActionOrder = ActionOrder.PLAN,
) -> ActionChoice:
    """Return which actions are meant."""
    return ActionChoice(kind=kind, attribute=attribute, place=place, reason=reason, search=search, order=order)


Choice = Annotated[ActionChoice, Depends(_choice)]


@router.get("/plans")
def list_plans(
    asker: Reader, later: BackgroundTasks, rule: Annotated[str, Query(max_length=64)] = "", limit: Limit = 50
) -> list[KeptPlan]:
    """List the plans that were made, or only those of one rule, the newest first."""
    rules = [one for one in asker.server.configuration().rules if rule in {"", one} and sees(asker, one)]
    found = asker.here.journal.plans(rules, limit=limit)
    for newest in found[:1]:  # whoever looks at the list opens that next, and a large one takes long to read
        later.add_task(asker.server.plans.warm, asker.here.journal, newest.digest)
    return found


@router.get("/plans/{digest}")
def show_plan(asker: Reader, digest: str) -> PlanSummary:
    """Show what a plan would do, in numbers."""
    found = indexed(asker, digest, people=False)
    plan = found.plan
    rule = asker.server.configuration().rules.get(plan.rule)
    situations = [str(one.situation) for one in plan.findings]
    return PlanSummary(
        digest=found.digest,
        rule=plan.rule,
        source=plan.source,
        target=plan.target,
        counts={kind: plan.count(kind) for kind in ActionKind},
        changes=len(plan.actions),
        findings=len(plan.findings),
        left=dict(Counter(situations)),
        situations={str(situation): count for situation, count in plan.situations.items()},
        cost=plan.cost,
        guards=[trip.text for trip in check_plan(plan, rule.guards)] if rule else [],
        verdicts=verdicts(plan, rule.guards) if rule else [],
        runs=asker.here.journal.runs(plan=found.digest),
        agreements=[asker.here.agreement(one) for one in asker.here.approvals.of_plan(found.digest)],
    )


@router.get("/plans/{digest}/file", response_class=StreamingResponse)
def give_plan(asker: Reader, digest: str) -> StreamingResponse:
    """Give a plan as a file that `keepstep plan show` and `keepstep apply` take: JSON, one action a line."""
    return StreamingResponse(encode_lines(indexed(asker, digest).plan), media_type="application/x-ndjson")


@router.get("/plans/{digest}/actions")
def list_actions(
    asker: Reader, digest: str, choice: Choice, after: Annotated[int, Query(ge=0)] = 0, limit: Limit = 100
) -> Actions:
    """Give a page of the actions of a plan, with before and after."""
    found = indexed(asker, digest)
    numbers = found.chosen(choice)
    some, more = _page(numbers, after, limit)
    return Actions(items=[found.plan.actions[number] for number in some], next=more, total=len(numbers))


@router.get("/plans/{digest}/action-counts")
def count_actions(asker: Reader, digest: str, choice: Choice) -> ActionCounts:
    """Count the actions of a plan by kind, attribute, container and reason, each with the rest of what is chosen."""
    return indexed(asker, digest).counts(choice)


@router.get("/plans/{digest}/findings")
def list_findings(
    asker: Reader, digest: str, *, after: Annotated[int, Query(ge=0)] = 0, limit: Limit = 100
) -> Findings:
    """Give a page of what a plan leaves alone, and why."""
    found = indexed(asker, digest).plan.findings
    items, more = _page(found, after, limit)
    return Findings(items=items, next=more, total=len(found))


def indexed(asker: Asker, digest: str, *, people: bool = True) -> PlanIndex:
    """Return the plan; NotPermitted for one of a rule that is not reached, or with *people* who are not."""
    found = asker.server.plans.get(asker.here.journal, digest)
    rule = found.plan.rule
    if not sees(asker, rule, people=people):
        asker.authority.require(Right.READ_RUNS, reach_of(rule, people=people))
    return found


def _page(found: Sequence[Any], after: int, limit: int) -> tuple[list[Any], int | None]:
    items = list(found[after : after + limit])
    return items, after + limit if after + limit < len(found) else None
