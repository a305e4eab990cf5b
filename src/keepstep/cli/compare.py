"""`keepstep compare`: who is in step, mismatched, only on one side."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.listing import Cell, Format, Listing, form_of, written
from keepstep.cli.output import tell
from keepstep.cli.people import INCOMPLETE, FormatOption, Out
from keepstep.cli.plan import rule_of
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from keepstep.core.comparison import Row
    from keepstep.core.values import Verdict

COLUMNS = ("standing", "name", "source key", "target key", "differences", "note")


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("compare")(with_data(compare))


def compare(
    invocation: Invocation,
    rule: Annotated[str, typer.Argument(help="A rule of the configuration.")],
    *,
    situation: Annotated[
        str, typer.Option("--situation", help="Only these: mismatched, unauthorised, only_in_source, …")
    ] = "",
    form: FormatOption = None,
    out: Out = None,
) -> int:
    """Compare both sides, one row a person.

    Nothing is written to either.
    Exit code 12 if a read was not complete.
    """
    chosen = form_of(form, out, json=invocation.json)
    counts: Counter[str] = Counter()

    async def work(systems: Systems) -> "tuple[Verdict, Verdict]":
        from keepstep.usecases.report import compare_sides

        wanted = _wanted(situation)
        spec, mapping = rule_of(systems.configuration, rule)
        comparison = await compare_sides(systems.ports, rule, spec, mapping)
        rows = (row for row in comparison.rows if not wanted or row.standing == wanted)
        _write(_counted(rows, counts), chosen, out)
        return comparison.source, comparison.target

    sides = invocation.with_systems(work)
    if chosen is Format.TABLE:
        tell([", ".join(f"{standing} {count:,}" for standing, count in counts.items()) or "nobody"])
    for side, verdict in zip(("source", "target"), sides, strict=True):
        if not verdict.complete:
            tell([f"error: the {side} was not read whole: {verdict.reason}"])
            tell(["hint: run it again; do not rely on who is only on one side"])
    return 0 if all(verdict.complete for verdict in sides) else INCOMPLETE


def _wanted(situation: str) -> str:
    from keepstep.core.comparison import Standing
    from keepstep.core.suggest import did_you_mean

    known = [str(standing) for standing in Standing]
    if situation and situation not in known:
        hint = f"choose one of {', '.join(known)}"
        raise UsageError(f'there is no situation "{situation}"{did_you_mean(situation, known)}', hint=hint)
    return situation


def _counted(rows: "Iterable[Row]", counts: Counter[str]) -> "Iterator[Row]":
    for row in rows:
        counts[str(row.standing)] += 1
        yield row


def _write(rows: "Iterator[Row]", form: Format, out: "Path | None") -> None:
    listing = Listing(format=form, out=out, columns=COLUMNS, multi=frozenset({"differences"}))
    with written(listing) as write:
        while chunk := list(islice(rows, 1000)):
            write(cells(row) for row in chunk)


def cells(row: "Row") -> list[Cell]:
    """Return *row* as the cells of a list."""
    from keepstep.cli.plan_view import delta_text

    differences = tuple(delta_text(delta) for delta in row.differences)
    return [str(row.standing), row.name, row.source_key, row.target_key, differences or None, row.note or None]
