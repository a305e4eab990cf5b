"""`keepstep audit`: who did what, from where and when, and the proof that nobody altered it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.audit_proof import register_proof
from keepstep.cli.invocation import Invocation, at_home, with_data
from keepstep.cli.output import say, say_json, say_table, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keepstep.client.client import Client
    from keepstep.core.audit import AuditEntry, AuditFilter
    from keepstep.wiring import Installation

Operator = Annotated[str, typer.Option("--operator", help="Only what this operator did.")]
Action = Annotated[str, typer.Option("--action", help="Only this action.")]
Subject = Annotated[str, typer.Option("--subject", help="Only about what has this in its name.")]
Correlation = Annotated[str, typer.Option("--correlation", help="Only of this run, or this one call of the program.")]
Since = Annotated[str, typer.Option("--since", help="From when on: a day, a time, or 30d.")]
Until = Annotated[str, typer.Option("--until", help="Until when: a day, a time, or 30d.")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Who did what and when.", no_args_is_help=True)
    group.command("list")(with_data(list_entries, server=True))
    group.command("export")(at_home(export, server=True))
    register_proof(group)
    app.add_typer(group, name="audit")


def list_entries(  # noqa: PLR0913 - the filters of the log
    invocation: Invocation,
    *,
    after: Annotated[int, typer.Option("--after", min=0, help="Begin behind this record.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 100,
    operator: Operator = "",
    action: Action = "",
    subject: Subject = "",
    correlation: Correlation = "",
    since: Since = "",
    until: Until = "",
) -> None:
    """List what was done, oldest first."""
    from keepstep.client import audit

    wanted = {"operator": operator, "action": action, "subject": subject, "correlation": correlation}

    def work(store: "Installation") -> "list[AuditEntry]":
        chosen = _chosen(wanted, (since, until), store.clock.now())
        return store.audit.entries(after=after, limit=limit, chosen=chosen)

    def there(client: "Client") -> "list[AuditEntry]":
        return audit.entries(client, _chosen(wanted, (since, until), datetime.now(UTC)), after=after, limit=limit)

    entries = invocation.either(work, there)
    if invocation.json:
        say_json(entries)
        return
    if not entries:
        filtered = any((*wanted.values(), since, until))
        nothing = "nothing of that was done" if filtered else "nothing was done yet"
        say([nothing if not after else f"there are no records behind {after:,}"])
        return
    rows = [
        (str(e.sequence), e.at[:19].replace("T", " "), e.operator, e.action, e.subject, _text(e.detail))
        for e in entries
    ]
    say_table(("record", "at", "operator", "action", "subject", "detail"), rows)


def _chosen(wanted: Mapping[str, str], span: tuple[str, str], now: datetime) -> "AuditFilter":
    from keepstep.core.audit import AuditFilter
    from keepstep.core.moment import moment_of

    since, until = (
        moment_of(text, now, past=True).astimezone(UTC).isoformat(timespec="microseconds") if text else ""
        for text in span
    )
    return AuditFilter(**wanted, since=since, until=until)


def _text(detail: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in detail.items())


def export(  # noqa: PLR0913 - the filters of the log
    invocation: Invocation,
    *,
    out: Annotated[Path, typer.Option("--out", help="The file: JSON, one record a line.", dir_okay=False)],
    operator: Operator = "",
    action: Action = "",
    subject: Subject = "",
    correlation: Correlation = "",
    since: Since = "",
    until: Until = "",
) -> None:
    """Write records to a file. Without a filter it can be proven on another machine: `keepstep audit verify`."""
    from keepstep.cli.listing import placed
    from keepstep.client import audit
    from keepstep.usecases.archive_audit import lines_of

    wanted = {"operator": operator, "action": action, "subject": subject, "correlation": correlation}

    def written(lines: "Iterable[bytes]") -> int:
        count = 0
        with placed(out) as file:
            for line in lines:
                file.write(line)
                count += 1
        return count

    def chosen(now: datetime) -> "AuditFilter":
        return _chosen(wanted, (since, until), now)

    count = invocation.either(
        lambda store: written(lines_of(store.audit, chosen=chosen(store.clock.now()))),
        lambda client: written(audit.lines(client, chosen(datetime.now(UTC)))),
    )
    say([shown(f"{count:,} records are in {out}")])
