"""`keepstep plan` and `keepstep apply`: see what would change, and do exactly that."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import Line, say, say_json, tell
from keepstep.cli.people import INCOMPLETE
from keepstep.cli.short_command import MakeGroup
from keepstep.errors import GuardTripped, StoreError, UsageError
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keepstep.core.guard import Override, Trip
    from keepstep.core.plan import Plan
    from keepstep.core.sync_rule import SyncRule
    from keepstep.core.values import Verdict
    from keepstep.usecases.apply import RunSummary
    from keepstep.usecases.choose_again import Applied

CHANGES = 10
TRIPPED = 11


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(
        cls=MakeGroup,
        help="What would change. `keepstep plan RULE` is short for `keepstep plan make RULE`.",
        no_args_is_help=True,
    )
    group.command("make")(with_data(make, server=True))
    group.command("show")(with_data(show, server=True))
    app.add_typer(group, name="plan")
    app.command("apply")(with_data(apply, server=True))


def make(
    invocation: Invocation,
    rule: Annotated[str, typer.Argument(help="A rule of the configuration.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Keep the plan in this file.", dir_okay=False)] = None,
    accept_size: Annotated[
        bool, typer.Option("--accept-size", help="A read that shrank is right: go on; this is kept in the audit log.")
    ] = False,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Plan again what the target refused before.")
    ] = False,
) -> int:
    """Print what would change.

    Both sides are read, neither is written to.
    Exit code 0: nothing to do; 10: changes; 11: a guard tripped; 12: a read was not complete.
    """
    from keepstep.client import plans
    from keepstep.core.guard import check_plan

    wanted = {"kind": "plan", "rule": rule, "accept_size": accept_size, "retry_refused": retry_refused}

    async def work(systems: Systems) -> "tuple[Plan, SyncRule]":
        from keepstep.usecases.reconcile import reconcile

        spec, mapping = rule_of(systems.configuration, rule)
        if retry_refused:
            systems.ports.journal.forget_refusals(rule)
        return await reconcile(systems.ports, rule, spec, mapping, accept_size=accept_size), spec

    plan, spec = invocation.either_systems(work, lambda client: plans.made(client, wanted))
    if out is not None:
        _write(out, plan)
    trips = check_plan(plan, spec.guards)
    print_plan(invocation, plan, spec, trips)
    if plan.actions and not invocation.json:
        say(["", *_next(str(out or plan.digest[:12]), plan, spec, trips)])
    _tell_incomplete(plan)
    return plan_code(plan, trips)


def _tell_incomplete(plan: "Plan") -> None:
    for side, verdict in (("source", plan.source), ("target", plan.target)):
        if not verdict.whole:
            tell([f"error: the {side} was not read whole: {verdict.reason}", f"hint: {_next_read(plan.rule, verdict)}"])


def _next(called: str, plan: "Plan", rule: "SyncRule", trips: "Sequence[Trip]") -> "Iterator[str]":
    """Yield how to apply *plan*, and whose approval it needs."""
    beyond = ' --override-guards --reason "WHY"' if trips else ""
    yield f"Apply it with: keepstep apply {called}{beyond}"
    asked = rule.approve
    if asked is not None and asked.asked(changes=len(plan.actions), tripped=bool(trips)):
        whom = ", ".join(asked.approvers) or "anybody"
        yield f"It needs {asked.need} of {whom} to approve: the first `keepstep apply` asks."


def _next_read(rule: str, verdict: "Verdict") -> str:
    from keepstep.core.values import Completeness

    if verdict.completeness is Completeness.SUSPECT:
        return f"look at that side; if it is right, `keepstep plan {rule} --accept-size`"
    return "run it again: nobody is removed, and nobody is made, because of what was not read"


def plan_code(plan: "Plan", trips: "Sequence[Trip]") -> int:
    """Return the exit code that says what *plan* is: 0 nothing to do, 10 changes, 11 guard, 12 incomplete read."""
    if not (plan.source.whole and plan.target.whole):
        return INCOMPLETE
    if trips:
        return TRIPPED
    return 0 if plan.empty else CHANGES


def print_plan(invocation: Invocation, plan: "Plan", rule: "SyncRule | None", trips: "Sequence[Trip]") -> None:
    """Print *plan*, as JSON if that was asked for."""
    from keepstep.cli.plan_view import plan_data, plan_lines

    if invocation.json:
        say_json(plan_data(plan, trips))
    else:
        say(plan_lines(plan, rule, trips))


def _write(out: Path, plan: "Plan") -> None:
    from keepstep.core.plan_file import encode
    from keepstep.store.config_file import install

    install(out, encode(plan).decode())


def _read(file: Path) -> "Plan":
    from keepstep.core.plan_file import decode

    try:
        return decode(file.read_bytes())
    except OSError as exc:
        raise StoreError(f"{file} cannot be read: {exc.strerror}", hint="name a plan file or a digest") from exc


PlanName = Annotated[str, typer.Argument(help="A plan file, or the first digits of a plan's digest.")]


def show(invocation: Invocation, plan: PlanName) -> int:
    """Print a plan that was made before. The exit code is that of `plan`."""
    from keepstep.core.guard import check_plan

    found = _named(invocation, plan)
    rule = _current_rule(invocation, found.rule)
    trips = check_plan(found, rule.guards) if rule else []
    print_plan(invocation, found, rule, trips)
    return plan_code(found, trips)


def _named(invocation: Invocation, plan: str) -> "Plan":
    """Return the plan in a file, or the one whose digest starts so."""
    from keepstep.client import plans

    file = Path(plan)
    if file.exists():
        return _read(file)
    return invocation.either(lambda store: store.journal.plan(plan), lambda client: plans.plan_of(client, plan))


def _current_rule(invocation: Invocation, name: str) -> "SyncRule | None":
    """Return the rule as it is now; a plan can be looked at where its rule is not known."""
    from keepstep.client import plans

    if not invocation.remote and not invocation.settings.config_file.exists():
        return None
    return invocation.either(
        lambda store: store.configuration().rules.get(name), lambda client: plans.rule_of(client, name)
    )


def apply(  # noqa: PLR0913 - which plan, and what goes beyond it
    invocation: Invocation,
    plan: PlanName,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    override_guards: Annotated[bool, typer.Option("--override-guards", help="Go beyond the guards.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why the guards are overridden; kept in the log.")] = "",
    ask_again: Annotated[bool, typer.Option("--ask-again", help="Ask again for an approval that was refused.")] = False,
) -> int:
    """Do exactly what a plan says. What changed since the plan was made is left alone and named.

    Exit code 0: all is done; 1: something was not done.
    """
    from keepstep.usecases.approve import ask_first
    from keepstep.usecases.reconcile import prepare_for

    if override_guards and not reason.strip():
        raise UsageError("--override-guards needs a reason", hint='say why: --reason "the sales team was closed"')
    ask = not yes and sys.stdin.isatty()
    invocation.stopped = "run the same command again: it finds out what was done, and does the rest"

    async def work(systems: Systems) -> "Applied":
        found = _found(systems, plan)
        override = _override(systems, reason) if override_guards else None
        rule, mapping = rule_of(systems.configuration, found.rule)
        if rule.approve is not None:
            await prepare_for(systems.ports, found, rule, mapping)  # nobody is asked about what is stale
        await ask_first(systems.approval_desk, systems.ports, found, rule, anew=ask_again)
        return await _confirmed(invocation, systems, (found, override, ask))

    if invocation.remote:
        wanted = {"override": reason.strip() if override_guards else "", "ask_again": ask_again}
        applied = _applied_there(invocation, plan, wanted, ask=ask)
    else:
        applied = invocation.with_systems(work)
    code = print_run(invocation, applied.plan, applied.summary, applied.again)
    if applied.stopped:
        tell([Line(f"error: no other name could be chosen for who lost theirs: {applied.stopped}", "bad")])
    return 0 if applied.done else code


def _found(systems: Systems, plan: str) -> "Plan":
    file = Path(plan)
    if not file.exists():
        return systems.ports.journal.plan(plan)
    found = _read(file)
    systems.ports.journal.save_plan(found)
    return found


def _override(systems: Systems, reason: str) -> "Override":
    from keepstep.core.guard import Override

    return Override(operator=systems.ports.operator, reason=reason)


async def _confirmed(invocation: Invocation, systems: Systems, what: "tuple[Plan, Override | None, bool]") -> "Applied":
    from keepstep.usecases.choose_again import apply_choosing_again

    plan, override, ask = what
    rule, mapping = rule_of(systems.configuration, plan.rule)
    if ask and not plan.empty:
        _agreed(invocation, plan, rule, overridden=override is not None)
    return await apply_choosing_again(systems.ports, plan, rule, mapping, override=override)


def _agreed(invocation: Invocation, plan: "Plan", rule: "SyncRule", *, overridden: bool) -> None:
    """Show *plan* and have a person say yes; GuardTripped where it is beyond a guard and that was not asked for."""
    from keepstep.core.guard import check_plan

    trips = check_plan(plan, rule.guards)
    if trips and not overridden:
        raise GuardTripped(
            "; ".join(trip.text for trip in trips),
            hint="nothing was written; if this is right, apply with --override-guards and a reason",
        )
    print_plan(Invocation(home=invocation.home), plan, rule, trips)
    if not typer.confirm(f"Carry out these {len(plan.actions):,} changes?", err=True):
        invocation.stopped = "nothing was changed"
        raise typer.Abort


def _applied_there(invocation: Invocation, plan: str, wanted: dict[str, Any], *, ask: bool) -> "Applied":
    """Have the server apply a plan that it made; a file names it by its digest."""
    from keepstep.client import plans

    found = _named(invocation, plan)
    rule = _current_rule(invocation, found.rule)
    if ask and not found.empty and rule is not None:
        _agreed(invocation, found, rule, overridden=bool(wanted["override"]))
    asked = {"kind": "apply", "plan": found.digest, **wanted}
    return invocation.with_server(lambda client: plans.applied(client, found, asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """What came of a run, as JSON holds it."""

    run: str
    rule: str
    plan: str
    state: str
    note: str
    counts: dict[str, int]
    undone: list[dict[str, Any]]
    again: "list[RunData]" = field(default_factory=list)


def print_run(
    invocation: Invocation, plan: "Plan", summary: "RunSummary", again: "Sequence[tuple[Plan, RunSummary]]" = ()
) -> int:
    """Print what came of a run, and of those that chose again after it; 0 if all of it was done."""
    done = summary.state == "done"
    if invocation.json:
        data = _run_data(plan, summary)
        say_json(replace(data, again=[_run_data(*one) for one in again]))
        return 0 if done else 1
    _say_run(plan, summary)
    for anew, result in again:
        say(["", f"{len(anew.actions):,} planned anew, as their names were taken meanwhile:"])
        _say_run(anew, result)
    if not done:
        tell([Line(f"error: {summary.note or 'some actions were not done'}", "bad")])
        tell([f"hint: `keepstep plan {plan.rule}` makes a new plan of what is left"])
    return 0 if done else 1


def _run_data(plan: "Plan", summary: "RunSummary") -> RunData:
    names = {str(action.id): action.name for action in plan.actions}
    run = summary.run
    return RunData(
        run=run.id,
        rule=run.rule,
        plan=run.plan,
        state=summary.state,
        note=summary.note,
        counts={str(state): count for state, count in summary.counts.items()},
        undone=[
            {"action": r.action, "name": names.get(r.action, ""), "state": r.state, "detail": r.detail}
            for r in summary.undone
        ],
    )


def _say_run(plan: "Plan", summary: "RunSummary") -> None:
    from keepstep.cli.plan_view import run_lines

    names = {str(action.id): action.name for action in plan.actions}
    counted = ", ".join(f"{count:,} {state}" for state, count in summary.counts.items()) or "nothing to write"
    undone = [(str(r.state), names.get(r.action, r.action), r.detail) for r in summary.undone]
    say(run_lines(f"Run {summary.run.id} is {summary.state}: {counted}", undone))
