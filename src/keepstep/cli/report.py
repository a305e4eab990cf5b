"""`keepstep report`: comparisons, their history, runs and the audit log, as files for people and for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from keepstep.cli.compare import AttributeOption, SearchOption, SituationOption, UnitOption, WhereOption
from keepstep.cli.invocation import Invocation, Systems, at_home, run_async, with_data
from keepstep.cli.output import say, say_json, say_table, tell
from keepstep.cli.people import INCOMPLETE
from keepstep.core.report import ReportFormat, ReportKind
from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError
from keepstep.reports.placing import placed
from keepstep.reports.report_file import write_report
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from keepstep.client.client import Client
    from keepstep.core.report_spec import ReportSpec
    from keepstep.core.row_choice import RowChoice
    from keepstep.wiring import Installation

KINDS: Final = {
    ReportKind.COMPARISON: "how everybody stands now, with what differs",
    ReportKind.UNAUTHORISED: "who has an account without being on the source side",
    ReportKind.HISTORY: "how many stood how, comparison by comparison",
    ReportKind.RUNS: "what was applied, and what came of it",
    ReportKind.AUDIT: "an extract of the audit log",
}


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Reports, as files.", no_args_is_help=True)
    group.command("list")(with_data(list_kinds, server=True))
    group.command("make")(at_home(make, server=True))
    group.command("run")(with_data(run, server=True))
    app.add_typer(group, name="report")


def list_kinds(invocation: Invocation) -> None:
    """List the kinds of reports, and the reports of the configuration."""
    reports = invocation.either(lambda store: store.configuration().reports, _listed_there)
    if invocation.json:
        say_json({"kinds": {str(kind): told for kind, told in KINDS.items()}, "reports": reports})
        return
    say_table(("kind", "tells"), [(str(kind), told) for kind, told in KINDS.items()])
    if reports:
        say([""])
        rows = [(name, str(one.kind), one.rule or "", ", ".join(one.formats)) for name, one in reports.items()]
        say_table(("report", "kind", "of rule", "as"), rows)


def make(  # noqa: PLR0913 - what, of whom, since when, and how
    invocation: Invocation,
    kind: Annotated[ReportKind, typer.Argument(help="What to report.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The file; its ending says what it is.", dir_okay=False)],
    form: Annotated[ReportFormat | None, typer.Option("--format", help="What it is, whatever its ending.")] = None,
    rule: Annotated[str, typer.Option("--rule", help="Of this rule.")] = "",
    since: Annotated[str, typer.Option("--since", help="For history, runs, audit: a day, a time, or 30d.")] = "30d",
    situation: SituationOption = None,
    attribute: AttributeOption = None,
    ou: UnitOption = None,
    where: WhereOption = "",
    search: SearchOption = "",
) -> int:
    """Make a report. Exit code 12 if a read that it rests on was not complete; the report says so too."""
    from keepstep.core.report_spec import OF_A_RULE
    from keepstep.core.row_choice import RowChoice

    chosen = _form(form, out)
    if kind in OF_A_RULE and not rule:
        raise UsageError(f"a report of {kind} is of a rule", hint="name it: --rule NAME")
    choice = RowChoice(situation=situation or [], attribute=attribute or [], ou=ou or [], where=where, search=search)

    of, to = (kind, rule, since or "30d"), (chosen, out)
    title, incomplete = invocation.either_systems(
        lambda systems: _made(systems, of, choice, to), lambda client: _made_there(client, of, choice, to)
    )
    say([f"{title} is in {out}"])
    return _incomplete(incomplete)


def _listed_there(client: "Client") -> "dict[str, ReportSpec]":
    from keepstep.core.report_spec import ReportSpec

    return client.get(dict[str, ReportSpec], "/reports")


def _made_there(
    client: "Client", of: tuple[ReportKind, str, str], choice: "RowChoice", to: tuple[ReportFormat, Path]
) -> tuple[str, str]:
    """Have a server make a report, and write its file; return its title and why it is not complete."""
    from keepstep.client.client import at
    from keepstep.client.works import done

    kind, rule, since = of
    form, out = to
    wanted = {"report": str(kind), "rule": rule, "since": since, "choice": choice.model_dump(mode="json")}
    work = done(client, {"kind": "report", "format": str(form), **wanted})
    with placed(out) as file:
        file.write(client.read(f"{at('works', work.id)}/file"))
    return work.result["title"], work.result["incomplete"]


async def _made(
    systems: Systems, of: tuple[ReportKind, str, str], choice: "RowChoice", to: tuple[ReportFormat, Path]
) -> tuple[str, str]:
    """Make a report and write it; return its title and why it is not complete."""
    from keepstep.core.moment import moment_of
    from keepstep.core.report_spec import ReportWish
    from keepstep.usecases.make_report import report_of

    kind, rule, since = of
    if rule:
        rule_of(systems.configuration, rule)
    now = systems.ports.clock.now()
    wish = ReportWish(kind=kind, rule=rule, since=moment_of(since, now, past=True), choice=choice)
    made = await report_of(systems.comparison_desk, systems.installation.audit, systems.configuration, wish, now)
    # the rows of a comparison are there only as long as the systems are
    form, out = to
    with placed(out) as file:
        write_report(made.report, form, file)
    return made.report.title, made.incomplete


def run(
    invocation: Invocation,
    name: Annotated[str, typer.Argument(help="A report of the configuration.")],
) -> int:
    """Make a report of the configuration now, and bring it where it goes."""

    async def work(store: "Installation") -> tuple[str, tuple[str, ...], str]:
        from secrets import token_hex

        from keepstep.usecases.make_report import make_report
        from keepstep.workshop import Workshop

        shop = Workshop(store, heeded=False)
        try:
            known = shop.configuration().reports
            if name not in known:
                hint = f"reports: {', '.join(known)}" if known else "add one below `reports` in keepstep.yaml"
                raise UsageError(f'there is no report "{name}"{did_you_mean(name, known)}', hint=hint)
            made = await make_report(shop.report_desk(), name, known[name], token_hex(8), store.clock.now())
        finally:
            await shop.close()
        detail = {"places": "; ".join(made.places)}
        store.audit.add("report", name, detail, operator=store.settings.operator)
        return made.report.title, made.places, made.incomplete

    title, places, incomplete = invocation.either(
        lambda store: run_async(work(store)), lambda client: _run_there(client, name)
    )
    if invocation.json:
        say_json({"title": title, "places": places, "incomplete": incomplete})
    else:
        say([f"{title} is in {place}" for place in places])
    return _incomplete(incomplete)


def _run_there(client: "Client", name: str) -> tuple[str, tuple[str, ...], str]:
    """Have a server make a report of the configuration; return title, places, and why it is not complete."""
    from keepstep.client.works import done

    result = done(client, {"kind": "configured_report", "name": name}).result
    return result["title"], tuple(filter(None, result["places"].split("\n"))), result["incomplete"]


def _incomplete(told: str) -> int:
    if told:
        tell([f"error: {told}", "hint: run it again; do not rely on who is only on one side"])
    return INCOMPLETE if told else 0


def _form(form: ReportFormat | None, out: Path) -> ReportFormat:
    ending = out.suffix.lower().removeprefix(".")
    if form is None and ending not in set(ReportFormat):
        known = ", ".join(ReportFormat)
        raise UsageError(f'"{ending}" is no format of reports', hint=f"end the file in, or give --format: {known}")
    return form or ReportFormat(ending)
