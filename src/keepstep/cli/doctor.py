"""`keepstep doctor`: is this installation sound, and what is to be mended."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from keepstep.checkup import around, bad, home, kept
from keepstep.cli.connection import say_findings
from keepstep.cli.invocation import Invocation, run_async, with_data
from keepstep.cli.output import say_json
from keepstep.errors import KeepstepError

if TYPE_CHECKING:
    from keepstep.ports import Finding


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("doctor")(with_data(doctor, server=True))


def doctor(invocation: Invocation) -> int:
    """Check this installation.

    Says what to mend; nothing is changed. Exit code 1 if anything is wrong.
    """
    from keepstep.ports import Finding

    if invocation.remote:
        findings = invocation.with_server(lambda client: client.get(list[Finding], "/doctor"))
    else:
        findings = list(examined(invocation))
    if invocation.json:
        say_json(findings)
    else:
        say_findings(findings)
    return 0 if all(finding.good for finding in findings) else 1


def examined(invocation: Invocation) -> "Iterator[Finding]":
    """Yield what was looked at, and how it is."""
    settings = invocation.settings
    yield from home(settings)
    if not settings.home.is_dir():
        return
    try:
        yield from invocation.with_store(lambda store: [*kept(store), *run_async(around(store))])
    except KeepstepError as error:
        yield bad("database", error.message, error.hint)
