"""`keepstep compare`: who is in step, mismatched, only on one side; now, and over time."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli import compare_act
from keepstep.cli.chosen_rows import told_incomplete
from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.listing import Format, Listing, form_of, written
from keepstep.cli.output import tell
from keepstep.cli.people import INCOMPLETE, FormatOption, Out
from keepstep.cli.short_command import ShowGroup
from keepstep.core.report import ReportCell
from keepstep.errors import UsageError
from keepstep.usecases.known_rule import rule_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from keepstep.client.client import Client
    from keepstep.core.comparison import Row, Standing
    from keepstep.core.row_choice import RowChoice
    from keepstep.core.standing_history import Deviation, KeptComparison
    from keepstep.core.sync_rule import SyncRule
    from keepstep.usecases.compare import Comparison
    from keepstep.wiring import Installation

COLUMNS = ("standing", "name", "source key", "target key", "differences", "note")
SINCE_COLUMNS = ("since", "standing", "name", "source key", "target key", "detail", "until")

SituationOption = Annotated[
    list[str] | None,
    typer.Option("--situation", help="Only these: mismatched, unauthorised, only_in_CONNECTION, …; may be repeated."),
]
AttributeOption = Annotated[
    list[str] | None, typer.Option("--attribute", help="Only who differs in this; may be repeated.")
]
UnitOption = Annotated[list[str] | None, typer.Option("--ou", help="Only below this container; may be repeated.")]
WhereOption = Annotated[str, typer.Option("--where", help="Only where this holds: source.department == 'Sales'")]
SearchOption = Annotated[str, typer.Option("--search", help="Only with this text in a name, a key, an identifier.")]
RuleName = Annotated[str, typer.Argument(help="A rule of the configuration.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(
        cls=ShowGroup,
        help="Who is in step. `keepstep compare RULE` is short for `keepstep compare show RULE`.",
        no_args_is_help=True,
    )
    group.command("show")(with_data(show, server=True))
    group.command("act")(with_data(compare_act.act, server=True))
    app.add_typer(group, name="compare")


def show(  # noqa: PLR0913 - whom to show, since when, and how
    invocation: Invocation,
    rule: RuleName,
    *,
    situation: SituationOption = None,
    attribute: AttributeOption = None,
    ou: UnitOption = None,
    where: WhereOption = "",
    search: SearchOption = "",
    history: Annotated[bool, typer.Option("--history", help="The comparisons so far, newest first.")] = False,
    since: Annotated[str, typer.Option("--since", help="Who came to stand so since: a day, a time, or 7d.")] = "",
    form: FormatOption = None,
    out: Out = None,
) -> int:
    """Compare both sides, one row a person.

    Nothing is written to either. With --history and --since nothing is read either: they tell of comparisons before.
    Exit code 12 if a read was not complete.
    """
    from keepstep.core.row_choice import RowChoice

    chosen = form_of(form, out, json=invocation.json)
    if history or since:
        if (history and since) or attribute or ou or where or search:
            hint = (
                "--history shows comparisons, --since shows who came to stand so; of the rest, only --situation helps"
            )
            raise UsageError("these options do not go together", hint=hint)
        return invocation.either(
            lambda store: _told(store, rule, (since, situation or []), (chosen, out)),
            lambda client: _told_there(client, rule, (since, situation or []), (chosen, out)),
        )
    choice = RowChoice(situation=situation or [], attribute=attribute or [], ou=ou or [], where=where, search=search)
    if invocation.remote:
        return invocation.with_server(lambda client: _compared_there(client, rule, choice, (chosen, out)))
    return _compared(invocation, rule, choice, (chosen, out))


def _compared(invocation: Invocation, name: str, choice: "RowChoice", how: "tuple[Format, Path | None]") -> int:
    counts: Counter[Standing] = Counter()

    async def work(systems: Systems) -> "tuple[Comparison, SyncRule]":
        from keepstep.usecases.compare import compare_sides, kept_rows

        spec, mapping = rule_of(systems.configuration, name)
        _must_be_known(choice.situation, spec)
        desk = systems.comparison_desk
        comparison = await compare_sides(desk, name, spec, mapping, choice)
        _write(_counted(kept_rows(desk, comparison), counts), *how)
        return comparison, spec

    comparison, spec = invocation.with_systems(work)
    if how[0] is Format.TABLE:
        tell([_summary(counts, spec)])
    if comparison.unkept and comparison.complete:
        tell([f"note: this comparison is not in the history: {comparison.unkept}"])
    return told_incomplete(comparison)


def _compared_there(client: "Client", name: str, choice: "RowChoice", how: "tuple[Format, Path | None]") -> int:
    """Have a server compare, and write the rows that it found."""
    from keepstep.client.client import at
    from keepstep.client.works import done, rows_of
    from keepstep.core.comparison import Row
    from keepstep.core.sync_rule import SyncRule

    spec = client.get(SyncRule, at("rules", name))
    _must_be_known(choice.situation, spec)
    work = done(client, {"kind": "compare", "rule": name, "choice": choice.model_dump(mode="json")})
    counts: Counter[Standing] = Counter()
    _write(_counted((row for some in rows_of(client, work.id, Row) for row in some), counts), *how)
    if how[0] is Format.TABLE:
        tell([_summary(counts, spec)])
    incomplete, unkept = work.result["incomplete"], work.result["unkept"]
    if unkept and not incomplete:
        tell([f"note: this comparison is not in the history: {unkept}"])
    for told in filter(None, incomplete.split("; the ")):
        tell([f"error: the {told.removeprefix('the ')}"])
        tell(["hint: run it again; do not rely on who is only on one side"])
    return INCOMPLETE if incomplete else 0


def _told_there(
    client: "Client", name: str, what: tuple[str, list[str]], how: "tuple[Format, Path | None]"
) -> int:  # fmt: skip
    """Tell of comparisons before, as a server remembers them."""
    from datetime import UTC, datetime

    from keepstep.client.client import MOST, at
    from keepstep.client.comparisons import deviations
    from keepstep.core.moment import moment_of
    from keepstep.core.standing_history import KeptComparison

    since, situations = what
    kept = client.get(list[KeptComparison], f"{at('rules', name)}/comparisons", limit=MOST)
    if not kept:
        tell([f"no comparison is kept yet: `keepstep compare {name}` makes the first"])
    if not since:
        _write_history(kept, *how)
        return 0
    _write_since(deviations(client, name, since, situations), kept, moment_of(since, datetime.now(UTC), past=True), how)
    return 0


def _must_be_known(situations: list[str], rule: "SyncRule") -> None:
    from keepstep.core.row_choice import standing_of

    for text in situations:
        standing_of(text, rule)


def _summary(counts: "Counter[Standing]", rule: "SyncRule") -> str:
    from keepstep.core.row_choice import label

    return ", ".join(f"{label(standing, rule)} {count:,}" for standing, count in counts.items()) or "nobody"


def _counted(rows: "Iterable[Row]", counts: "Counter[Standing]") -> "Iterator[Row]":
    for row in rows:
        counts[row.standing] += 1
        yield row


def _write(rows: "Iterator[Row]", form: Format, out: "Path | None") -> None:
    listing = Listing(format=form, out=out, columns=COLUMNS, multi=frozenset({"differences"}))
    with written(listing) as write:
        while chunk := list(islice(rows, 1000)):
            write(cells(row) for row in chunk)


def cells(row: "Row") -> list[ReportCell]:
    """Return *row* as the cells of a list."""
    from keepstep.cli.plan_view import delta_text

    differences = tuple(delta_text(delta) for delta in row.differences)
    return [str(row.standing), row.name, row.source_key, row.target_key, differences or None, row.note or None]


def _told(
    store: "Installation", name: str, what: tuple[str, list[str]], how: "tuple[Format, Path | None]"
) -> int:  # fmt: skip
    """Tell of comparisons before."""
    from keepstep.core.moment import moment_of
    from keepstep.core.row_choice import standing_of

    spec, _ = rule_of(store.configuration(), name)
    since, situations = what
    kept = store.standings.history(name, limit=10_000)
    if not kept:
        tell([f"no comparison is kept yet: `keepstep compare {name}` makes the first"])
    if not since:
        _write_history(kept, *how)
        return 0
    after = moment_of(since, store.clock.now(), past=True)
    standings = frozenset(standing_of(text, spec) for text in situations)
    _write_since(store.standings.deviations(name, after, standings), kept, after, how)
    return 0


def _write_since(
    found: "Iterable[Deviation]", kept: "list[KeptComparison]", after: "datetime", how: "tuple[Format, Path | None]"
) -> None:
    with written(Listing(format=how[0], out=how[1], columns=SINCE_COLUMNS)) as write:
        write(_since_cells(one) for one in found)
    if kept and kept[-1].at >= after:
        tell([f"note: the first comparison was made {kept[-1].at:%Y-%m-%d %H:%M} UTC; nothing is known of before"])


def _write_history(kept: "list[KeptComparison]", form: Format, out: "Path | None") -> None:
    from keepstep.core.comparison import Standing

    shown = [str(standing) for standing in Standing]
    columns = ("at", "operator", "source", "target", *shown)
    with written(Listing(format=form, out=out, columns=columns)) as write:
        write(
            [
                f"{one.at:%Y-%m-%d %H:%M:%S}",
                one.operator,
                str(one.source_records),
                str(one.target_records),
                *(str(one.counts.get(name, 0)) for name in shown),
            ]
            for one in kept
        )


def _since_cells(one: "Deviation") -> list[ReportCell]:
    return [
        f"{one.since:%Y-%m-%d %H:%M:%S}" if one.begun else "the first comparison",
        str(one.key.standing),
        one.name,
        one.key.source or None,
        one.key.target or None,
        one.detail or None,
        f"{one.ended:%Y-%m-%d %H:%M:%S}" if one.ended else None,
    ]
