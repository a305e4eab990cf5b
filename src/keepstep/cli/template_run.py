"""A run of a template as a person follows it: begun, watched, and summed up."""

from collections import Counter
from typing import TYPE_CHECKING

import typer

from keepstep.cli.output import Line, say, say_json, shown, tell
from keepstep.cli.progress import is_shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keepstep.cli.invocation import Invocation, Systems
    from keepstep.client.client import Client
    from keepstep.client.runs import RemoteTemplateRuns
    from keepstep.core.run import RunId
    from keepstep.core.template_run import SubjectRun, SubjectState, TemplateRun
    from keepstep.store.template_runs import SqlTemplateRuns
    from keepstep.usecases.choose_subjects import Asked
    from keepstep.wiring import Installation

    Runs = SqlTemplateRuns | RemoteTemplateRuns

_SHOWN = 20


def begin(invocation: "Invocation", template: str, asked: "Asked", *, canary: int | None, yes: bool) -> "TemplateRun":
    """Find everybody, ask if they are many, and begin the run."""
    from keepstep.client.runs import begun
    from keepstep.usecases.start_run import MANY

    if not invocation.remote:
        return invocation.with_store(lambda store: _begun_here(invocation, store, (template, asked, canary), yes=yes))
    run = invocation.with_server(
        lambda client: begun(client, template, asked, most=None if yes else MANY, canary=canary)
    )
    _tell_unknown(run.left_out)
    return run


def _begun_here(
    invocation: "Invocation", store: "Installation", what: "tuple[str, Asked, int | None]", *, yes: bool
) -> "TemplateRun":
    from keepstep.connectors.rest.preset import application_of
    from keepstep.core.outbound import webhook_finder
    from keepstep.core.sync_rule import Side
    from keepstep.core.template_run import Begun
    from keepstep.usecases.choose_subjects import BY_FILTER, choose
    from keepstep.usecases.start_run import MANY, known_template, start_run

    template, asked, canary = what
    configuration = store.configuration()
    side = Side(*known_template(configuration, template).subject.split(".", 1))
    if asked.filter:
        configuration = configuration.with_search(side, BY_FILTER, asked.filter)

    async def work(systems: "Systems") -> "TemplateRun":
        who = await choose(systems.ports, side, asked)
        _tell_unknown(who.unknown)
        if len(who.subjects) > MANY and not yes:
            _ask(template, len(who.subjects))
        finder = webhook_finder(configuration, application_of)
        begun = Begun(operator=systems.ports.operator, canary=canary)
        templates = (template, configuration.templates)
        return await start_run(systems.ports, store.template_runs, templates, finder, who.subjects, begun)

    return invocation.on_systems(store, configuration, work)


def _tell_unknown(unknown: "Sequence[str]") -> None:
    tell([f"left out, as not found: {', '.join(map(shown, unknown))}"] if unknown else [])


def _ask(template: str, count: int) -> None:
    """Have a person type the number of subjects; UsageError where nobody can be asked."""
    from keepstep.usecases.start_run import MEANT

    if not is_shown():
        raise UsageError(f"{template} would run for {count:,} subjects", hint=MEANT)
    typed = typer.prompt(f"{template} would run for {count:,} subjects; type the number to go on", err=True)
    if typed.replace(",", "").strip() != str(count):
        raise UsageError("that is not the number: nothing was begun")


def follow(invocation: "Invocation", run: "TemplateRun") -> int:
    """Carry *run* on, or watch it where a worker does; sum it up when nothing is due any more."""
    invocation.stopped = f"run {run.id} goes on with `keepstep serve --role worker` or `keepstep run watch {run.id}`"

    def here(store: "Installation") -> int:
        from keepstep.cli.invocation import run_async
        from keepstep.workshop import worker_of

        async def see_through() -> None:
            async with worker_of(store, lambda line: tell([shown(line)])) as worker:
                await worker.see_through(run.id, lambda: _watch(store.template_runs, run, store.progress))

        run_async(see_through())
        return _summed_up(invocation, store.template_runs, run)

    def there(client: "Client") -> int:
        from keepstep.client.runs import RemoteTemplateRuns

        runs = RemoteTemplateRuns(client)
        runs.see_through(run.id, lambda: _watch(runs, run, client.progress))
        return _summed_up(invocation, runs, run)

    return invocation.either(here, there)


def _watch(runs: "Runs", run: "TemplateRun", progress: "Callable[[str, int, int | None], None]") -> None:
    if is_shown():
        now = runs.run(run.id)
        over = sum(count for state, count in now.counts.items() if state in {"succeeded", "failed", "cancelled"})
        progress(f"run {run.template}", over, now.total)


def _summed_up(invocation: "Invocation", runs: "Runs", followed: "TemplateRun") -> int:
    from keepstep.core.template_run import SubjectState

    run = runs.run(followed.id)
    bad = run.counts.get(SubjectState.FAILED, 0) + run.counts.get(SubjectState.UNKNOWN, 0)
    if invocation.json:
        say_json(run)
        return 1 if bad else 0
    say([Line(f"Run {run.id} of {run.template} is {run.state}", "head"), f"  {counted(run)}"])
    if run.note:
        say([Line(f"  {shown(run.note)}", "bad")])
    if run.canary < 0:
        say([f"  look, and then: keepstep run resume {run.id}, or run cancel"])
    reasons = Counter(one.detail for one in _some(runs, run.id, SubjectState.FAILED, SubjectState.UNKNOWN))
    say([Line(f"  {count:>6,}  {shown(reason)}", "bad") for reason, count in reasons.most_common(5)])
    waiting = _some(runs, run.id, SubjectState.WAITING, SubjectState.APPROVAL)
    say([f"  {shown(one.name)}: {shown(one.detail)}" for one in waiting[:_SHOWN]])
    if waiting:
        say(["  `keepstep serve --role worker` goes on with who waits"])
    return 1 if bad else 0


def _some(runs: "Runs", run: "RunId", *states: "SubjectState") -> "list[SubjectRun]":
    return runs.subjects(run, states=states, limit=1000)


def counted(run: "TemplateRun") -> str:
    """Return how many subjects of *run* are in which state, in words."""
    parts = [f"{count:,} {state}" for state, count in run.counts.items() if count]
    return f"{run.total:,} subjects: {', '.join(parts)}" if parts else "nobody"
