"""`keepstep run`: what was applied, and what came of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown

if TYPE_CHECKING:
    from keepstep.core.plan import Plan
    from keepstep.core.run import Run, StepResult
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What was applied, and what came of it.", no_args_is_help=True)
    group.command("list")(with_data(list_runs))
    group.command("show")(with_data(show))
    app.add_typer(group, name="run")


def list_runs(
    invocation: Invocation, *, limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50
) -> None:
    """List the newest runs first."""
    runs = invocation.with_store(lambda store: store.journal.runs(limit=limit))
    if invocation.json:
        say_json(runs)
    elif not runs:
        say(["there are no runs yet: `keepstep plan RULE`, then `keepstep apply`"])
    else:
        rows = [(run.id, run.rule, run.state, _when(run), run.operator, run.plan[:12], run.note) for run in runs]
        say_table(("run", "rule", "state", "started", "operator", "plan", "note"), rows)


def _when(run: "Run") -> str:
    return f"{run.started:%Y-%m-%d %H:%M:%S}"


def show(invocation: Invocation, run: Annotated[str, typer.Argument(help="The first digits of a run's id.")]) -> None:
    """Show one run: every action and what came of it."""

    def work(store: "Installation") -> "tuple[Run, Plan, list[StepResult]]":
        found = store.journal.run(run)
        return found, store.journal.plan(found.plan), store.journal.results(found.id)

    found, plan, results = invocation.with_store(work)
    if invocation.json:
        say_json({"run": found, "results": results})
        return
    say([Line(f'Run {found.id} of rule "{found.rule}" is {found.state}', "head")])
    ended = f", ended {found.ended:%Y-%m-%d %H:%M:%S}" if found.ended else ""
    say([f"  started {_when(found)} UTC by {shown(found.operator)}{ended}", f"  plan {found.plan}"])
    if found.note:
        say([f"  {shown(found.note)}"])
    actions = {str(action.id): action for action in plan.actions}
    for result in results:
        action = actions.get(result.action)
        what = f"{action.kind} {shown(action.name)}" if action else result.action
        detail = f": {shown(result.detail)}" if result.detail else ""
        say([Line(f"  {result.state:<8} {what}{detail}", "" if result.state == "done" else "bad")])
    waiting = len(plan.actions) - len(results)
    if waiting:
        say([f"  {waiting:,} actions were not concluded"])
