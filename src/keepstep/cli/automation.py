"""`keepstep automation`: what starts by the time or by what happens: seen, started, switched on and off."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import say, say_json, say_table, shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from keepstep.core.automation import AutomationSpec
    from keepstep.core.automation_run import AutomationRun
    from keepstep.core.configuration import Configuration
    from keepstep.wiring import Installation

    RunsOf = Callable[[str, int], list[AutomationRun]]

AutomationName = Annotated[str, typer.Argument(help="The automation.")]
NEXT_TIMES = 10


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="What starts by the time or by events.", no_args_is_help=True)
    group.command("list")(with_data(list_automations, server=True))
    group.command("show")(with_data(show, server=True))
    group.command("history")(with_data(history, server=True))
    group.command("run")(with_data(run, server=True))
    group.command("add")(with_data(add, server=True))
    group.command("enable")(with_data(enable, server=True))
    group.command("disable")(with_data(disable, server=True))
    group.command("cancel")(with_data(cancel, server=True))
    app.add_typer(group, name="automation")


def list_automations(invocation: Invocation) -> None:
    """List the automations: what they start, when next, and what came of it last."""
    found, runs_of, now = _known(invocation)
    rows = [(name, spec, next(iter(runs_of(name, 1)), None), now) for name, spec in found.automations.items()]
    if invocation.json:
        say_json([_entry(*row) for row in rows])
    elif not rows:
        say(["there are no automations yet: write one under `automations` in keepstep.yaml"])
    else:
        say_table(("automation", "on", "starts", "next", "last"), [_row(*row) for row in rows])


def _known(invocation: Invocation) -> "tuple[Configuration, RunsOf, datetime]":
    """Return the configuration in force, what gives the newest starts of an automation, and the time."""
    from datetime import UTC, datetime

    from keepstep.cli.config import configuration_there
    from keepstep.client.automations import starts

    def runs_of(name: str, limit: int) -> "list[AutomationRun]":
        return invocation.either(
            lambda store: store.automations.runs(name, limit=limit), lambda client: starts(client, name, limit)
        )

    if invocation.remote:
        return configuration_there(invocation), runs_of, datetime.now(UTC)
    configuration, now = invocation.with_store(lambda store: (store.configuration(), store.clock.now()))
    return configuration, runs_of, now


def _entry(name: str, spec: "AutomationSpec", last: "AutomationRun | None", now: "datetime") -> dict[str, object]:
    return {
        "automation": name,
        "enabled": spec.enabled,
        "description": spec.description,
        "owner": spec.owner,
        "starts": spec.starts,
        "trigger": str(spec.trigger),
        "next": _next(spec, now, 1)[0] if _next(spec, now, 1) else None,
        "last": last,
    }


def _row(name: str, spec: "AutomationSpec", last: "AutomationRun | None", now: "datetime") -> tuple[str, ...]:
    times = _next(spec, now, 1)
    ahead = times[0] if times else "by an event" if spec.by_event else "never again"
    before = f"{last.state} {last.due:%Y-%m-%d %H:%M}" if last else "never"
    return shown(name), "yes" if spec.enabled else "no", shown(spec.starts), ahead if spec.enabled else "", before


def _next(spec: "AutomationSpec", now: "datetime", count: int) -> list[str]:
    """Return the next times it starts, as the wall shows them in its time zone."""
    from zoneinfo import ZoneInfo

    from keepstep.core.automation import EventTrigger

    if isinstance(spec.trigger, EventTrigger):
        return []
    zone = ZoneInfo(spec.trigger.timezone)
    return [f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" for at in spec.trigger.next_times(now, count)]


def show(invocation: Invocation, automation: AutomationName) -> None:
    """Show one automation: when it starts, in plain words and the next ten times, and what came of it last."""
    from keepstep.usecases.ask_start import known_automation

    found, runs_of, now = _known(invocation)
    spec, runs = known_automation(found, automation), runs_of(automation, 5)
    if invocation.json:
        last = runs[0] if runs else None
        say_json({**_entry(automation, spec, last, now), "next": _next(spec, now, NEXT_TIMES)})
        return
    say([f"{shown(automation)}: {shown(str(spec.trigger))}", f"starts {shown(spec.starts)}"])
    say([shown(spec.description)] if spec.description else [])
    say([] if spec.enabled else ["switched off"])
    say([f"next  {text}" for text in _next(spec, now, NEXT_TIMES)])
    if runs:
        say_table(HISTORY, [_history_row(one) for one in runs])


HISTORY = ("start", "due", "state", "by", "what")


def _history_row(run: "AutomationRun") -> tuple[str, ...]:
    counts = ", ".join(f"{count:,} {name}" for name, count in run.counts.items())
    what = "; ".join(filter(None, (counts, *run.reasons)))
    return run.id, f"{run.due:%Y-%m-%d %H:%M:%S}", run.state, shown(run.operator), shown(what)


def history(
    invocation: Invocation,
    automation: Annotated[str, typer.Argument(help="Only of this one.")] = "",
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50,
) -> None:
    """List the newest starts first: why each began, and what came of it."""
    from keepstep.client.automations import starts

    runs = invocation.either(
        lambda store: store.automations.runs(automation, limit=limit), lambda client: starts(client, automation, limit)
    )
    if invocation.json:
        say_json(runs)
    elif not runs:
        say(["nothing was started yet"])
    else:
        rows = [(run.automation, *_history_row(run)) for run in runs]
        say_table(("automation", *HISTORY), rows)


def run(
    invocation: Invocation,
    automation: AutomationName,
    *,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Only plan: nothing is applied.")] = False,
) -> int:
    """Start an automation now, and wait for what comes of it. Exit code 1 if it did not end well."""
    return _started(invocation, automation, plan_only=plan_only)


def _started(invocation: Invocation, automation: str, *, plan_only: bool) -> int:
    import asyncio

    from keepstep.client import automations
    from keepstep.core.automation_run import GOOD, AutomationState
    from keepstep.workshop import worker_of

    def work(store: "Installation") -> "AutomationRun":
        start = store.automating.start(automation, plan_only=plan_only)

        async def follow() -> None:
            async with worker_of(store, lambda line: say([shown(line)])) as worker:
                await worker.see_through(start.id, lambda: None, until=lambda: not _pending(store, start.id))

        asyncio.run(follow())
        return store.automations.run(start.id)

    ended = invocation.either(work, lambda client: automations.ended(client, automation, plan_only=plan_only))
    if invocation.json:
        say_json(ended)
    else:
        say_table(HISTORY, [_history_row(ended)])
        if plan_only and ended.plan:
            say([f"`keepstep plan show {ended.plan[:12]}` shows the plan"])
    return 0 if ended.state in GOOD or ended.state is AutomationState.APPROVAL else 1


def _pending(store: "Installation", start: str) -> bool:
    from keepstep.core.automation_run import AutomationState

    return store.automations.run(start).state in {AutomationState.QUEUED, AutomationState.RUNNING}


def add(
    invocation: Invocation,
    automation: AutomationName,
    *,
    spec: Annotated[Path, typer.Option("--spec", help="A file with the automation as it stands in keepstep.yaml.")],
    start: Annotated[bool, typer.Option("--run", help="Start it at once.")] = False,
) -> int:
    """Save an automation in the configuration, and start it when asked."""
    from keepstep.cli.editing import Editing, edited
    from keepstep.usecases.put_in_force import Change

    def work(editing: Editing) -> None:
        try:
            text = spec.read_text()
        except OSError as exc:
            raise UsageError(f"{spec} cannot be read: {exc.strerror}") from exc
        before, data = editing.kept.text(), editing.kept.read(text, name=str(spec)).data
        changed = editing.kept.put(before, ("automations", automation), data)
        editing.understand(changed)
        detail = {"automation": automation}
        editing.put(Change(before=before, text=changed, action="save_automation", detail=detail))

    edited(invocation, work)
    if start:
        return _started(invocation, automation, plan_only=False)
    if not invocation.json:
        say([f"automation {shown(automation)} is in keepstep.yaml; `keepstep serve` starts it when it is due"])
    return 0


def enable(invocation: Invocation, automation: AutomationName) -> None:
    """Switch an automation on: it begins now, and catches up on nothing."""
    _switch(invocation, automation, on=True)


def disable(invocation: Invocation, automation: AutomationName) -> None:
    """Switch an automation off: what is under way ends, and nothing more is started."""
    _switch(invocation, automation, on=False)


def _switch(invocation: Invocation, automation: str, *, on: bool) -> None:
    from keepstep.client import automations

    changed = invocation.either(
        lambda store: store.automating.switch(automation, on=on),
        lambda client: automations.switched(client, automation, on=on),
    )
    state = "on" if on else "off"
    if invocation.json:
        say_json({"automation": automation, "enabled": on, "changed": changed})
    else:
        say([f"automation {shown(automation)} is switched {state}" if changed else f"it was switched {state} already"])


def cancel(
    invocation: Invocation,
    start: Annotated[str, typer.Argument(help="The first digits of a start's id.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")] = "",
) -> None:
    """Call a start off that has not begun to write anything, as one that waits for approval."""
    from keepstep.client.automations import called_off

    ended = invocation.either(
        lambda store: store.automating.cancel(start, reason), lambda client: called_off(client, start, reason)
    )
    if invocation.json:
        say_json(ended)
    else:
        say([f"start {ended.id} of {shown(ended.automation)} is called off"])
