"""`keepstep run`: what was applied and what templates did, seen and steered."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown
from keepstep.errors import NotKept, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keepstep.cli.invocation import Systems
    from keepstep.client.client import Client
    from keepstep.client.runs import RemoteJournal, RemoteTemplateRuns
    from keepstep.core.plan import Plan
    from keepstep.core.run import Run, StepResult
    from keepstep.core.sync_rule import SyncRule
    from keepstep.core.template_run import BlockStep, SubjectRun, TemplateRun
    from keepstep.store.journal import SqlJournal
    from keepstep.store.template_runs import SqlTemplateRuns
    from keepstep.usecases.steer_run import Steering
    from keepstep.wiring import Installation

    TemplateRuns = SqlTemplateRuns | RemoteTemplateRuns
    PlanRuns = SqlJournal | RemoteJournal

RunPrefix = Annotated[str, typer.Argument(help="The first digits of a run's id.")]
Who = Annotated[list[str] | None, typer.Option("--subject", help="Name, key or number; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What was applied and what templates did, seen and steered.", no_args_is_help=True)
    group.command("list")(with_data(list_runs, server=True))
    group.command("show")(with_data(show, server=True))
    group.command("watch")(with_data(watch, server=True))
    group.command("cancel")(with_data(cancel, server=True))
    group.command("pause")(with_data(pause, server=True))
    group.command("resume")(with_data(resume, server=True))
    group.command("retry")(with_data(retry, server=True))
    group.command("skip")(with_data(skip, server=True))
    group.command("undo")(with_data(undo_run, server=True))
    group.command("approve")(with_data(approve, server=True))
    group.command("reject")(with_data(reject, server=True))
    app.add_typer(group, name="run")


def list_runs(
    invocation: Invocation, *, limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50
) -> None:
    """List the newest runs first: of plans, and of templates."""
    from keepstep.client.runs import RemoteJournal, RemoteTemplateRuns

    def work(journal: "PlanRuns", templates: "TemplateRuns") -> "list[Run | TemplateRun]":
        found = [*journal.runs(limit=limit), *templates.runs(limit=limit)]
        return sorted(found, key=lambda run: run.started, reverse=True)[:limit]

    runs = invocation.either(
        lambda store: work(store.journal, store.template_runs),
        lambda client: work(RemoteJournal(client), RemoteTemplateRuns(client)),
    )
    if invocation.json:
        say_json(runs)
    elif not runs:
        say(["there are no runs yet: `keepstep plan RULE`, then `keepstep apply`, or `keepstep template run`"])
    else:
        say_table(("run", "of", "state", "started", "operator", "what"), [_row(run) for run in runs])


def _row(run: "Run | TemplateRun") -> tuple[str, ...]:
    from keepstep.cli.template_run import counted
    from keepstep.core.run import Run

    if isinstance(run, Run):
        what = f"plan {run.plan[:12]}{', ' if run.note else ''}{run.note}"
        return run.id, f"rule {run.rule}", run.state, _when(run), run.operator, what
    return run.id, f"template {run.template}", run.state, _when(run), run.operator, counted(run)


def _when(run: "Run | TemplateRun") -> str:
    return f"{run.started:%Y-%m-%d %H:%M:%S}"


def show(  # noqa: PLR0913 - the ways to look at it
    invocation: Invocation,
    run: RunPrefix,
    *,
    subject: Annotated[str, typer.Option("--subject", help="Every block of one subject, with its calls.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="Only who did not succeed.")] = False,
    after: Annotated[int, typer.Option("--after", help="Only behind this number.")] = -1,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many subjects.")] = 200,
) -> None:
    """Show one run: every action, or every subject, and what came of it."""
    from keepstep.client.runs import RemoteJournal, RemoteTemplateRuns
    from keepstep.usecases.steer_run import subject_called

    def work(runs: "TemplateRuns", journal: "PlanRuns") -> None:
        try:
            template_run = runs.run(run)
        except StoreError:
            _show_plan(invocation, journal, run)
            return
        if subject:
            who = subject_called(runs.named(template_run.id, subject), template_run, subject)
            _show_subject(invocation, who, runs.steps(template_run.id, who.position))
            return
        _show_template(invocation, runs, template_run, (failed, after, limit))

    invocation.either(
        lambda store: work(store.template_runs, store.journal),
        lambda client: work(RemoteTemplateRuns(client), RemoteJournal(client)),
    )


def _show_plan(invocation: Invocation, journal: "PlanRuns", prefix: str) -> None:
    found: Run = journal.run(prefix)
    plan: Plan = journal.plan(found.plan)
    results: list[StepResult] = journal.results(found.id)
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


def _show_template(
    invocation: Invocation, runs: "TemplateRuns", run: "TemplateRun", chosen: tuple[bool, int, int]
) -> None:
    from keepstep.cli.template_run import counted
    from keepstep.core.template_run import SubjectState

    failed, after, limit = chosen
    states = (SubjectState.FAILED, SubjectState.UNKNOWN) if failed else ()
    found = runs.subjects(run.id, states=states, after=after, limit=limit)
    if invocation.json:
        say_json({"run": run, "subjects": found})
        return
    say([Line(f"Run {run.id} of template {run.template} is {run.state}", "head")])
    ended = f", ended {run.ended:%Y-%m-%d %H:%M:%S}" if run.ended else ""
    say([f"  started {_when(run)} UTC by {shown(run.operator)}{ended}", f"  {counted(run)}"])
    rows = [(str(one.position), one.name, one.state, one.block, one.detail) for one in found]
    if rows:
        say_table(("number", "subject", "state", "block", "why"), rows)
    if len(found) == limit:
        say([f"there may be more: --after {found[-1].position}"])


def _show_subject(invocation: Invocation, who: "SubjectRun", steps: "list[BlockStep]") -> None:
    if invocation.json:
        say_json({"subject": who, "blocks": steps})
        return
    why = f": {shown(who.detail)}" if who.detail else ""
    say([Line(f"{shown(who.name)} is {who.state} at {who.block}{why}", "head")])
    for step in steps:
        detail = f": {shown(step.detail)}" if step.detail else ""
        tone = "" if step.state in {"succeeded", "skipped"} else "bad"
        say([Line(f"  {step.execution:>3} {step.block}: {step.state}{detail}", tone)])
        if step.attempts:
            say([f"      {step.attempts} calls in {step.seconds * 1000:,.0f} ms"])
        say([f"      > {shown(line)}" for line in step.request.split("\n") if step.request])
        say([f"      < {shown(line)}" for line in step.answer.split("\n") if step.answer])


def watch(invocation: Invocation, run: RunPrefix) -> int:
    """Go on with a run of a template, or watch the worker that does, until nothing of it is due."""
    from keepstep.cli.template_run import follow
    from keepstep.client.runs import RemoteTemplateRuns

    found = invocation.either(
        lambda store: store.template_runs.run(run), lambda client: RemoteTemplateRuns(client).run(run)
    )
    return follow(invocation, found)


def undo_run(
    invocation: Invocation,
    run: RunPrefix,
    *,
    created: Annotated[
        str, typer.Option("--created", help="What becomes of accounts it made: delete, disable.")
    ] = "delete",
) -> int:
    """Plan the inverse of a run: nothing is written. What somebody changed since is listed and left alone.

    Exit code 0: nothing to take back; 10: changes; 11: a guard tripped.
    """
    from keepstep.cli.plan import plan_code, print_plan
    from keepstep.client.plans import made
    from keepstep.core.guard import check_plan
    from keepstep.usecases.known_rule import rule_of

    if created not in {"delete", "disable"}:
        raise UsageError(f'--created cannot be "{created}"', hint="it is delete or disable")

    async def work(systems: "Systems") -> "tuple[Plan, SyncRule]":
        from keepstep.usecases.undo import undo

        found = _run_of_plan(systems.installation, run)
        rule, mapping = rule_of(systems.configuration, found.rule)
        return await undo(systems.ports, found, rule, mapping, disable_created=created == "disable"), rule

    wanted = {"kind": "undo", "run": run, "disable_created": created == "disable"}
    plan, rule = invocation.either_systems(work, lambda client: made(client, wanted))
    trips = check_plan(plan, rule.guards)
    print_plan(invocation, plan, rule, trips)
    if plan.actions and not invocation.json:
        beyond = ' --override-guards --reason "WHY"' if trips else ""
        say(["", f"Apply it with: keepstep apply {plan.digest[:12]}{beyond}"])
    return plan_code(plan, trips)


def _run_of_plan(store: "Installation", prefix: str) -> "Run":
    """Return the run of a plan; UsageError for the run of a template, whose calls have no inverse."""
    try:
        return store.journal.run(prefix)
    except StoreError:
        store.template_runs.run(prefix)
        raise UsageError(
            "this is the run of a template, which is not taken back as a whole",
            hint="`keepstep run show` tells what it did; a template of your own can do the opposite",
        ) from None


def cancel(
    invocation: Invocation, run: RunPrefix, *, reason: Annotated[str, typer.Option("--reason", help="Why.")] = ""
) -> None:
    """Cancel a run: what is under way ends, nothing more is begun."""
    from keepstep.client.runs import cancelled
    from keepstep.usecases.cancel_run import cancel_run

    def work(store: "Installation") -> "Run | TemplateRun":
        try:
            return cancel_run(store.journal, store.audit, run, reason, by=store.authority)
        except NotKept:
            return store.steering.cancel(run, reason)

    _say_state(invocation, invocation.either(work, lambda client: cancelled(client, run, reason)))


def pause(invocation: Invocation, run: RunPrefix) -> None:
    """Pause a run of a template: nothing more is begun until it is resumed."""
    _steered(invocation, lambda steering: steering.pause(run), (run, "pause"))


def resume(invocation: Invocation, run: RunPrefix) -> None:
    """Resume a run of a template that was paused; a worker, or `run watch`, goes on with it."""
    _steered(invocation, lambda steering: steering.resume(run), (run, "resume"))


def _steered(invocation: Invocation, change: "Callable[[Steering], TemplateRun]", asked: tuple[str, ...]) -> None:
    from keepstep.client.runs import RemoteTemplateRuns

    found = invocation.either(
        lambda store: change(store.steering), lambda client: RemoteTemplateRuns(client).steer(*asked)
    )
    _say_state(invocation, found)


def _say_state(invocation: Invocation, found: "Run | TemplateRun") -> None:
    if invocation.json:
        say_json(found)
    else:
        say([f"run {found.id} is {found.state}"])


def retry(invocation: Invocation, run: RunPrefix, *, subject: Who = None) -> None:
    """Try the block again that subjects failed at: all who failed, or those that are named."""
    from keepstep.client.runs import RemoteTemplateRuns

    count = invocation.either(
        lambda store: store.steering.retry(run, subject or ()),
        lambda client: RemoteTemplateRuns(client).retry(run, subject or ()),
    )
    if invocation.json:
        say_json({"retried": count})
    elif count:
        say([f"{count:,} subjects are tried again; a worker, or `keepstep run watch {run}`, goes on with them"])
    else:
        say(["nobody failed: there is nothing to try again"])


def skip(  # noqa: PLR0913 - whom, which block, and why
    invocation: Invocation,
    run: RunPrefix,
    *,
    subject: Annotated[str, typer.Option("--subject", help="Name, key or number.")],
    block: Annotated[str, typer.Option("--block", help="The block where it stands.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")],
    as_: Annotated[str, typer.Option("--as", help="success or failure: which arrow is followed.")] = "success",
) -> None:
    """Pass over a block for one subject by hand."""
    from keepstep.client.runs import RemoteTemplateRuns

    if as_ not in {"success", "failure"}:
        raise UsageError(f"--as {as_}: write success or failure")

    def work(store: "Installation") -> "SubjectRun":
        return store.steering.skip(run, subject, block, reason=reason, success=as_ == "success")

    def ask(client: "Client") -> "SubjectRun":
        return RemoteTemplateRuns(client).skip(run, subject, block, reason=reason, success=as_ == "success")

    after = invocation.either(work, ask)
    if invocation.json:
        say_json(after)
    else:
        say([f"{shown(after.name)} passed over {block} and is {after.state} at {after.block}"])


def approve(
    invocation: Invocation,
    run: RunPrefix,
    *,
    subject: Who = None,
    note: Annotated[str, typer.Option("--note", help="What to keep with it.")] = "",
) -> None:
    """Approve subjects that wait for it: all of them, or those that are named."""
    _decided(invocation, run, subject, approved=True, note=note)


def reject(
    invocation: Invocation,
    run: RunPrefix,
    *,
    subject: Who = None,
    note: Annotated[str, typer.Option("--note", help="What to keep with it.")] = "",
) -> None:
    """Reject subjects that wait for approval: all of them, or those that are named."""
    _decided(invocation, run, subject, approved=False, note=note)


def _decided(invocation: Invocation, run: str, subject: list[str] | None, *, approved: bool, note: str) -> None:
    from keepstep.client.runs import RemoteTemplateRuns

    count = invocation.either(
        lambda store: store.steering.decide(run, subject or (), approved=approved, note=note),
        lambda client: RemoteTemplateRuns(client).decide(run, subject or (), approved=approved, note=note),
    )
    if invocation.json:
        say_json({"decided": count})
    else:
        say([f"{count:,} subjects {'approved' if approved else 'rejected'}"])
