"""`keepstep connection`: whether a connected system can be used, and what is missing."""

from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown

if TYPE_CHECKING:
    from keepstep.ports import Finding


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="The connected systems.", no_args_is_help=True)
    group.command("list")(with_data(list_connections))
    group.command("check")(with_data(check))
    app.add_typer(group, name="connection")


def list_connections(invocation: Invocation) -> None:
    """List the connections of the configuration."""
    configuration = invocation.with_store(lambda store: store.configuration())
    rows = [(name, spec.kind, "on" if spec.enabled else "off") for name, spec in configuration.connections.items()]
    if invocation.json:
        say_json([{"name": name, "kind": kind, "enabled": state == "on"} for name, kind, state in rows])
    elif rows:
        say_table(("connection", "kind", "is"), rows)
    else:
        say(["there are no connections yet: add one to keepstep.yaml"])


def check(
    invocation: Invocation,
    name: Annotated[str, typer.Argument(help="A connection of the configuration.")],
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Ask for every right to write, not only what rules use.")
    ] = False,
) -> int:
    """Check reach, TLS, credentials and rights; nothing is changed. Exit code 1 if anything is missing."""

    async def work(systems: Systems) -> "list[Finding]":
        from keepstep.usecases.probe import check_connection, wanted_kinds

        wanted = wanted_kinds(systems.configuration, name)
        if write:
            wanted |= systems.ports.connector(name).capabilities
        return await check_connection(systems.ports, name, wanted)

    findings = invocation.with_systems(work)
    if invocation.json:
        say_json(findings)
    else:
        say_findings(findings)
    return 0 if all(finding.good for finding in findings) else 1


def say_findings(findings: "list[Finding]") -> None:
    """Print *findings*, one a line, and below each bad one what to do."""
    width = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        sign, style = ("ok  ", "good") if finding.good else ("MISS", "bad")
        say([Line(f"{sign}  {shown(finding.subject).ljust(width)}  {shown(finding.detail)}", style)])
        if not finding.good and finding.hint:
            say([f"      {' ' * width}  {shown(finding.hint)}"])
