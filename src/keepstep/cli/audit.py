"""`keepstep audit`: who did what and when, and the proof that nobody altered it."""

from collections.abc import Mapping
from typing import Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import say, say_json, say_table


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="Who did what and when.", no_args_is_help=True)
    group.command("list")(with_data(list_entries))
    group.command("verify")(with_data(verify))
    app.add_typer(group, name="audit")


def list_entries(
    invocation: Invocation,
    *,
    after: Annotated[int, typer.Option("--after", min=0, help="Begin behind this record.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 100,
) -> None:
    """List what was done, oldest first."""
    entries = invocation.with_store(lambda store: store.audit.entries(after=after, limit=limit))
    if invocation.json:
        say_json(entries)
        return
    if not entries:
        say(["nothing was done yet" if not after else f"there are no records behind {after:,}"])
        return
    rows = [
        (str(e.sequence), e.at[:19].replace("T", " "), e.operator, e.action, e.subject, _text(e.detail))
        for e in entries
    ]
    say_table(("record", "at", "operator", "action", "subject", "detail"), rows)


def _text(detail: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in detail.items())


def verify(invocation: Invocation) -> None:
    """Prove that no record was edited, moved or taken away; the first bad one is named."""
    head = invocation.with_store(lambda store: store.audit.verify())
    if invocation.json:
        say_json(head)
    else:
        say([f"all {head.count:,} records are unchanged; the log ends at {head.digest}"])
