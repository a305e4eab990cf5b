"""A run of a template as a person follows it: begun, watched, and summed up."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from keepstep.cli.output import Line, say, say_json, shown, tell
from keepstep.cli.progress import is_shown
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.cli.invocation import Invocation, Systems
    from keepstep.core.configuration import Configuration
    from keepstep.core.run import RunId
    from keepstep.core.subject import Subject
    from keepstep.core.sync_rule import Side
    from keepstep.core.template import TemplateSpec
    from keepstep.core.template_run import SubjectRun, SubjectState, TemplateRun
    from keepstep.wiring import Installation

_SHOWN = 20
_CHOSEN = "chosen-by-filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whom a run is for, and how many of them go ahead, as the command line says it."""

    ids: tuple[str, ...] = ()
    skip_unknown: bool = False
    search: str = ""
    filter: str = ""
    members_of: str = ""
    canary: int | None = None


def begin(invocation: "Invocation", template: str, chosen: Chosen, *, yes: bool) -> "TemplateRun":
    """Find everybody, ask if they are many, and begin the run."""
    from keepstep.connectors.rest.preset import application_of
    from keepstep.core.outbound import webhook_finder
    from keepstep.core.sync_rule import Side
    from keepstep.core.template_run import Begun
    from keepstep.usecases.start_run import MANY, start_run

    def with_store(store: "Installation") -> "TemplateRun":
        configuration = store.configuration()
        spec = known_template(configuration, template)
        side = Side(*spec.subject.split(".", 1))
        if chosen.filter:
            configuration = configuration.with_search(side, _CHOSEN, chosen.filter)

        async def work(systems: "Systems") -> "TemplateRun":
            who = await _find(systems, side, chosen)
            if len(who) > MANY and not yes:
                _ask(template, len(who))
            finder = webhook_finder(configuration, application_of)
            begun = Begun(operator=systems.ports.operator, canary=chosen.canary)
            templates = (template, configuration.templates)
            return await start_run(systems.ports, store.template_runs, templates, finder, who, begun)

        return invocation.on_systems(store, configuration, work)

    return invocation.with_store(with_store)


async def _find(systems: "Systems", side: "Side", chosen: Chosen) -> "list[Subject]":
    from keepstep.core.sync_rule import Side
    from keepstep.usecases.choose_subjects import choose_by_id, choose_by_search, choose_members, find_subjects

    if chosen.search or chosen.filter:
        return await choose_by_search(systems.ports, Side(side.connection, chosen.search or _CHOSEN), side)
    if chosen.members_of:
        return await choose_members(systems.ports, side, chosen.members_of)
    if not chosen.skip_unknown:
        return await find_subjects(systems.ports, side, chosen.ids)
    found = await choose_by_id(systems.ports, side, chosen.ids)
    tell([f"left out, as not found: {', '.join(map(shown, found.unknown))}"] if found.unknown else [])
    return found.subjects


def _ask(template: str, count: int) -> None:
    """Have a person type the number of subjects; UsageError where nobody can be asked."""
    if not is_shown():
        raise UsageError(f"{template} would run for {count:,} subjects", hint="say --yes if that is meant")
    typed = typer.prompt(f"{template} would run for {count:,} subjects; type the number to go on", err=True)
    if typed.replace(",", "").strip() != str(count):
        raise UsageError("that is not the number: nothing was begun")


def follow(invocation: "Invocation", run: "TemplateRun") -> int:
    """Carry *run* on, or watch it where a worker does; sum it up when nothing is due any more."""
    invocation.stopped = f"run {run.id} goes on with `keepstep serve --role worker` or `keepstep run watch {run.id}`"

    def work(store: "Installation") -> "TemplateRun":
        from keepstep.cli.invocation import run_async
        from keepstep.workshop import worker_of

        runs = store.template_runs

        def watch() -> None:
            if not is_shown():
                return
            now = runs.run(run.id)
            over = sum(count for state, count in now.counts.items() if state in {"succeeded", "failed", "cancelled"})
            store.progress(f"run {run.template}", over, now.total)

        async def see_through() -> None:
            async with worker_of(store, lambda line: tell([shown(line)])) as worker:
                await worker.see_through(run.id, watch)

        run_async(see_through())
        return runs.run(run.id)

    return invocation.with_store(lambda store: _summed_up(invocation, store, work(store)))


def _summed_up(invocation: "Invocation", store: "Installation", run: "TemplateRun") -> int:
    from keepstep.core.template_run import SubjectState

    bad = run.counts.get(SubjectState.FAILED, 0) + run.counts.get(SubjectState.UNKNOWN, 0)
    if invocation.json:
        say_json(run)
        return 1 if bad else 0
    say([Line(f"Run {run.id} of {run.template} is {run.state}", "head"), f"  {counted(run)}"])
    if run.note:
        say([Line(f"  {shown(run.note)}", "bad")])
    if run.canary < 0:
        say([f"  look, and then: keepstep run resume {run.id}, or run cancel"])
    reasons = Counter(one.detail for one in _some(store, run.id, SubjectState.FAILED, SubjectState.UNKNOWN))
    say([Line(f"  {count:>6,}  {shown(reason)}", "bad") for reason, count in reasons.most_common(5)])
    waiting = _some(store, run.id, SubjectState.WAITING, SubjectState.APPROVAL)
    say([f"  {shown(one.name)}: {shown(one.detail)}" for one in waiting[:_SHOWN]])
    if waiting:
        say(["  `keepstep serve --role worker` goes on with who waits"])
    return 1 if bad else 0


def _some(store: "Installation", run: "RunId", *states: "SubjectState") -> "list[SubjectRun]":
    return store.template_runs.subjects(run, states=states, limit=1000)


def counted(run: "TemplateRun") -> str:
    """Return how many subjects of *run* are in which state, in words."""
    parts = [f"{count:,} {state}" for state, count in run.counts.items() if count]
    return f"{run.total:,} subjects: {', '.join(parts)}" if parts else "nobody"


def known_template(configuration: "Configuration", name: str) -> "TemplateSpec":
    """Return the template called *name*; UsageError with the nearest name if there is none."""
    from keepstep.core.suggest import did_you_mean

    found = configuration.templates.get(name)
    if found is None:
        near = did_you_mean(name, configuration.templates)
        hint = f"templates: {', '.join(configuration.templates) or 'none'}"
        raise UsageError(f'there is no template "{name}"{near}', hint=hint)
    return found
