"""`keepstep report`: comparisons, their history, runs and the audit log, as files for people and for other programs."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from keepstep.cli.compare import AttributeOption, SearchOption, SituationOption, UnitOption, WhereOption
from keepstep.cli.compare_act import told_incomplete
from keepstep.cli.invocation import Invocation, Systems, at_home, with_data
from keepstep.cli.output import say, say_json, say_table
from keepstep.cli.plan import rule_of
from keepstep.core.report import Report, ReportKind
from keepstep.errors import UsageError
from keepstep.reports.placing import placed
from keepstep.reports.report_file import ReportFormat, write_report

if TYPE_CHECKING:
    from datetime import datetime

    from keepstep.core.row_choice import RowChoice
    from keepstep.wiring import Installation

KINDS: Final = {
    ReportKind.COMPARISON: "how everybody stands now, with what differs",
    ReportKind.UNAUTHORISED: "who has an account without being on the source side",
    ReportKind.HISTORY: "how many stood how, comparison by comparison",
    ReportKind.RUNS: "what was applied, and what came of it",
    ReportKind.AUDIT: "an extract of the audit log",
}
_OF_A_RULE = frozenset({ReportKind.COMPARISON, ReportKind.UNAUTHORISED, ReportKind.HISTORY})


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Reports, as files.", no_args_is_help=True)
    group.command("list")(with_data(list_kinds))
    group.command("make")(at_home(make))
    app.add_typer(group, name="report")


def list_kinds(invocation: Invocation) -> None:
    """List the kinds of reports."""
    if invocation.json:
        say_json({str(kind): told for kind, told in KINDS.items()})
    else:
        say_table(("kind", "tells"), [(str(kind), told) for kind, told in KINDS.items()])


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
    from keepstep.core.row_choice import RowChoice

    chosen = _form(form, out)
    if kind in _OF_A_RULE and not rule:
        raise UsageError(f"a report of {kind} is of a rule", hint="name it: --rule NAME")
    choice = RowChoice(situation=situation or [], attribute=attribute or [], ou=ou or [], where=where, search=search)
    if kind is ReportKind.UNAUTHORISED:
        choice = choice.model_copy(update={"situation": ["unauthorised"]})
    if kind in {ReportKind.COMPARISON, ReportKind.UNAUTHORISED}:
        return invocation.with_systems(lambda systems: _compared(systems, rule, choice, (chosen, out)))
    report = invocation.with_store(lambda store: _kept(store, kind, rule, since))
    _write(report, chosen, out)
    return 0


def _form(form: ReportFormat | None, out: Path) -> ReportFormat:
    ending = out.suffix.lower().removeprefix(".")
    if form is None and ending not in set(ReportFormat):
        known = ", ".join(ReportFormat)
        raise UsageError(f'"{ending}" is no format of reports', hint=f"end the file in, or give --format: {known}")
    return form or ReportFormat(ending)


async def _compared(systems: Systems, name: str, choice: "RowChoice", how: tuple[ReportFormat, Path]) -> int:
    from keepstep.usecases.compare import compare_sides, kept_rows
    from keepstep.usecases.report import comparison_report

    rule, mapping = rule_of(systems.configuration, name)
    comparison = await compare_sides(systems.comparison_desk, name, rule, mapping, choice)
    for _ in kept_rows(systems.comparison_desk, comparison):
        pass
    report = comparison_report(comparison, comparison.chosen, Counter(comparison.counts))
    _write(report, *how)
    return told_incomplete(comparison)


def _kept(store: "Installation", kind: ReportKind, rule: str, since: str) -> Report:
    from keepstep.core.moment import moment_of
    from keepstep.usecases.report import audit_report, history_report, runs_report

    now = store.clock.now()
    after: datetime = moment_of(since, now, past=True) if since else now - timedelta(days=30)
    if kind is ReportKind.HISTORY:
        return history_report(store.standings, rule, rule_of(store.configuration(), rule)[0], after, now)
    if kind is ReportKind.RUNS:
        return runs_report(store.journal, after, now)
    return audit_report(store.audit, after, now)


def _write(report: Report, form: ReportFormat, out: Path) -> None:
    with placed(out) as file:
        write_report(report, form, file)
    say([f"{report.title} is in {out}"])
