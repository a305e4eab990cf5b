"""Plans, their rules and their runs, as a server holds them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepstep.client.client import MOST, Client, at
from keepstep.client.works import done
from keepstep.core.plan import Plan
from keepstep.core.plan_file import decode
from keepstep.core.run import EffectState, Run, StepResult
from keepstep.core.sync_rule import SyncRule
from keepstep.errors import NotFound
from keepstep.usecases.apply import RunSummary
from keepstep.usecases.choose_again import Applied


@dataclass(frozen=True, slots=True)
class _Results:
    run: Run
    items: list[StepResult]
    next: int | None


def made(client: Client, wanted: Mapping[str, Any]) -> tuple[Plan, SyncRule]:
    """Return the plan that was *wanted*, and its rule."""
    plan = plan_of(client, done(client, wanted).result["plan"])
    return plan, client.get(SyncRule, at("rules", plan.rule))


def plan_of(client: Client, digest: str) -> Plan:
    """Return the plan whose digest starts with *digest*."""
    return decode(client.read(f"{at('plans', digest)}/file"))


def rule_of(client: Client, name: str) -> SyncRule | None:
    """Return the rule called *name* as it is now, or None if there is none any more."""
    try:
        return client.get(SyncRule, at("rules", name))
    except NotFound:
        return None


def applied(client: Client, plan: Plan, wanted: Mapping[str, Any]) -> Applied:
    """Return what came of *plan*, applied as *wanted*."""
    result = done(client, wanted).result
    again = [results_of(client, run) for run in result["again"].split(",") if run]
    return Applied(
        plan=plan,
        summary=_summary(*results_of(client, result["run"])),
        again=tuple((plan_of(client, run.plan), _summary(run, results)) for run, results in again),
        stopped=result["stopped"],
    )


def results_of(client: Client, prefix: str) -> tuple[Run, list[StepResult]]:
    """Return the run of a plan whose id starts with *prefix*, and what came of each action."""
    path = at("runs", prefix)
    page = client.get(_Results, path, limit=MOST)
    found = page.items
    while page.next is not None:
        page = client.get(_Results, path, limit=MOST, after=page.next)
        found += page.items
    return page.run, found


def _summary(run: Run, results: list[StepResult]) -> RunSummary:
    undone = tuple(result for result in results if result.state is not EffectState.DONE)
    counts = dict(Counter(result.state for result in results))
    return RunSummary(run=run, state=run.state, counts=counts, undone=undone, note=run.note)
