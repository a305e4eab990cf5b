"""Runs: all of them as one list; those of plans followed account by account, and cancelled."""

from dataclasses import dataclass, fields
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.plans import Reader
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.api.sight import reach_of, sees
from keepstep.core.plan import ActionKind, Delta
from keepstep.core.plan_index import PlanIndex
from keepstep.core.right import Right
from keepstep.core.run import EffectState, Run, RunChoice, RunState, StepResult
from keepstep.core.run_list import AnyState, RunKind, RunListed, RunsWanted
from keepstep.store.run_list import SqlRunList
from keepstep.usecases.cancel_run import cancel_run
from keepstep.usecases.list_runs import OF_PLANS, OF_TEMPLATES
from keepstep.usecases.list_runs import list_runs as every_run

router = APIRouter(tags=["plans"], route_class=ListRoute)

EitherReader = Annotated[Asker, Depends(Needs(*dict.fromkeys((*OF_PLANS, *OF_TEMPLATES))))]
Steerer = Annotated[Asker, Depends(Needs(Right.STEER_RUNS))]
_UNDONE: Final = tuple(state for state in EffectState if state is not EffectState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunItem(StepResult):
    """What came of one action: of which account, and what it was to do, with the values it was to write."""

    name: str = ""
    kind: ActionKind | None = None
    deltas: tuple[Delta, ...] = ()


class RunResults(BaseModel):
    """A run, how many actions are in which state, and a page of results.

    *total*: how many actions its plan has. *rate*: how many end in a second, lately; *left*: the seconds that the rest
    takes at that rate. Both are null where nothing is under way, or nothing ended lately.
    """

    run: Run
    counts: dict[EffectState, int]
    total: int
    rate: float | None
    left: float | None
    items: list[RunItem]
    next: int | None


class Cancellation(Asked):
    """Why a run is cancelled."""

    reason: Annotated[str, Field(max_length=1000)] = ""


@router.get("/runs")
def list_runs(  # noqa: PLR0913 - which of them
    asker: Reader,
    limit: Limit = 50,
    *,
    rule: Annotated[str, Query(max_length=64)] = "",
    state: RunState | None = None,
    operator: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[str, Query(max_length=64, description="Only those begun before this run.")] = "",
) -> list[Run]:
    """List the runs of plans, the newest first."""
    journal = asker.here.journal
    rules = [one for one in journal.rules() if rule in {"", one} and sees(asker, one)]
    return journal.chosen_runs(RunChoice(rules=rules, state=state, operator=operator, before=before), limit=limit)


@router.get("/all-runs")
def list_all_runs(  # noqa: PLR0913 - which of them
    asker: EitherReader,
    limit: Limit = 50,
    *,
    kind: RunKind | None = None,
    state: Annotated[list[AnyState], Query(max_length=10, description="One of these.")] = [],  # noqa: B006 - never changed
    operator: Annotated[str, Query(max_length=200)] = "",
    search: Annotated[str, Query(max_length=64, description="A part of the rule or template.")] = "",
    before: Annotated[str, Query(max_length=64, description="Only those begun before this run.")] = "",
) -> list[RunListed]:
    """List the runs of plans and of templates as one list, the newest first."""
    wanted = RunsWanted(kind=kind, states=state, operator=operator, text=search, before=before)
    return every_run(SqlRunList(asker.here.database), wanted, limit, by=asker.authority)


@router.get("/runs/{run}")
def show_run(  # noqa: PLR0913 - which of its results
    asker: Reader,
    run: str,
    *,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Limit = 100,
    undone: bool = False,
    state: EffectState | None = None,
) -> RunResults:
    """Show a run and a page of what came of its actions; with `undone` only of those that were not done."""
    journal = asker.here.journal
    found = journal.run(run)
    if not sees(asker, found.rule, people=True):
        asker.authority.require(Right.READ_RUNS, reach_of(found.rule, people=True))
    states = (state,) if state else _UNDONE if undone else tuple(EffectState)
    page = journal.page(found.id, after=after, limit=limit, states=states)
    plan = asker.server.plans.get(journal, found.plan)
    progress = journal.progress(found)
    total, ended = len(plan.plan.actions), sum(progress.counts.values())
    rate = progress.lately / max(progress.seconds, 0.001) if found.state is RunState.RUNNING else 0
    return RunResults(
        run=found,
        counts={one: progress.counts.get(one, 0) for one in EffectState},
        total=total,
        rate=rate or None,
        left=max(0, total - ended) / rate if rate else None,
        items=[_item(one, plan) for _, one in page],
        next=page[-1][0] if len(page) == limit else None,
    )


@router.post("/runs/{run}/cancel")
def cancel(asker: Steerer, run: str, asked: Cancellation) -> Run:
    """Cancel the run of a plan: what is under way ends, nothing more is begun."""
    here = asker.here
    return cancel_run(here.journal, here.audit, run, asked.reason, by=asker.authority)


def _item(result: StepResult, plan: PlanIndex) -> RunItem:
    action = plan.action(result.action)
    held = {one.name: getattr(result, one.name) for one in fields(result)}
    return (
        RunItem(**held) if action is None else RunItem(**held, name=action.name, kind=action.kind, deltas=action.deltas)
    )
