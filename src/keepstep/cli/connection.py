"""`keepstep connection`: whether a connected system can be used, and what is missing."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, Systems, at_home, run_async, with_data
from keepstep.cli.output import Line, say, say_json, say_table, shown, tell
from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from keepstep.core.circuit import Circuit
    from keepstep.core.quota import QuotaUse
    from keepstep.ports import Finding
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    group = typer.Typer(help="The connected systems.", no_args_is_help=True)
    group.command("list")(with_data(list_connections, server=True))
    group.command("check")(with_data(check, server=True))
    group.command("circuit")(with_data(circuit, server=True))
    group.command("quota")(with_data(quota, server=True))
    group.command("authorize")(at_home(authorize))
    app.add_typer(group, name="connection")


def list_connections(invocation: Invocation) -> None:
    """List the connections of the configuration."""
    from keepstep.client.connections import connections

    def here(store: "Installation") -> list[tuple[str, str, bool]]:
        return [(name, spec.kind, spec.enabled) for name, spec in store.configuration().connections.items()]

    found = invocation.either(here, lambda client: [(one.name, one.kind, one.enabled) for one in connections(client)])
    rows = [(name, kind, "on" if enabled else "off") for name, kind, enabled in found]
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
    """Check reach, TLS, credentials and rights; nothing is changed. Exit code 1 if anything is missing.

    Where nothing is, a connection that was left in peace is used again.
    """
    from keepstep.client.client import at
    from keepstep.ports import Finding

    async def work(systems: Systems) -> "list[Finding]":
        from keepstep.usecases.probe import check_connection, wanted_kinds

        wanted = wanted_kinds(systems.configuration, name)
        if write:
            wanted |= systems.ports.connector(name).capabilities
        found = await check_connection(systems.ports, name, wanted)
        if all(finding.good for finding in found):
            systems.ports.circuits.worked(name)
        return found

    path = f"{at('connections', name)}/check{'?write=true' if write else ''}"
    findings = invocation.either_systems(work, lambda client: client.post(list[Finding], path, None))
    if invocation.json:
        say_json(findings)
    else:
        say_findings(findings)
    return 0 if all(finding.good for finding in findings) else 1


def circuit(
    invocation: Invocation,
    name: Annotated[
        str | None, typer.Argument(help="A connection; without it, all of which something is known.")
    ] = None,
    *,
    close: Annotated[bool, typer.Option("--close", help="Use it again now, whatever it did.")] = False,
) -> None:
    """Show which connections failed in a row, and which are left in peace for a time."""
    from keepstep.client.connections import circuits

    if name is None and close:
        raise UsageError("--close needs a connection", hint="keepstep connection circuit NAME --close")

    def work(store: "Installation") -> "list[Circuit]":
        configuration = store.configuration()
        if name is None:
            return store.circuits.all()
        if name not in configuration.connections:
            near = did_you_mean(name, configuration.connections)
            raise UsageError(f'there is no connection "{name}"{near}', hint="`keepstep connection list` lists them")
        if close:
            store.circuit_watch(configuration).worked(name)
        return [store.circuits.get(name)]

    found = invocation.either(work, lambda client: circuits(client, name, close=close))
    if invocation.json:
        say_json(found)
        return
    told = [one for one in found if not one.untouched]
    if not told:
        say(["no connection failed last: nothing is held back"])
    for one in told:
        head = f"{one.connection}: failed {one.failures:,} times in a row"
        if one.opened is not None and one.probe is not None:
            head += f"; nothing is sent since {_moment(one.opened)}, tried again at {_moment(one.probe)}"
        say([Line(shown(head), "bad" if one.opened else ""), f"  {shown(one.cause)}", f"  about: {shown(one.about)}"])


def quota(
    invocation: Invocation,
    name: Annotated[str, typer.Argument(help="A REST connection; without it, all of them.", show_default=False)] = "",
) -> None:
    """Show how much of each rate limit was used in the last hour, and what was refused as too many."""
    from keepstep.cli.quota_view import HEADINGS, quota_row
    from keepstep.client import connections

    def work(store: "Installation") -> "list[QuotaUse]":
        from keepstep.usecases.measure_quota import measure_quota

        return measure_quota(store.quota_desk(store.configuration()), name)

    found = invocation.either(work, lambda client: connections.quota(client, name))
    if invocation.json:
        say_json(found)
    elif found:
        say_table(HEADINGS, [quota_row(one) for one in found])
    else:
        say(["no rate limit is known, and nothing was called in the last 24 hours"])


def _moment(at: "datetime") -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def authorize(
    invocation: Invocation,
    name: Annotated[str, typer.Argument(help="A connection with authorization of type oauth2_code.")],
    *,
    paste: Annotated[
        bool, typer.Option("--paste", help="Take the address that the browser was sent to from the standard input.")
    ] = False,
    wait: Annotated[int, typer.Option(min=1, max=3600, help="Seconds to wait for the browser.")] = 300,
) -> None:
    """Let a person say yes in a browser, and keep the tokens sealed. Shows the callback URL to register."""

    def work(installation: "Installation") -> None:
        consent = installation.connections(installation.configuration()).consent(name)
        say(["register this callback URL at the authorization server:", f"  {shown(consent.callback)}"])
        say(["open this address in a browser, sign in and say yes:", f"  {shown(consent.address)}"])

        async def answered() -> None:
            try:
                await (consent.take(_pasted()) if paste else consent.wait(wait))
            finally:
                await consent.close()

        run_async(answered())
        installation.audit.add("connection_authorize", name, {}, operator=installation.settings.operator)
        say([Line(f'connection "{name}" is authorized', "good")])

    invocation.with_store(work)


def _pasted() -> str:
    if sys.stdin.isatty():
        tell(["paste the address that the browser was sent to, though it shows an error there:"])
    return sys.stdin.readline().strip()


def say_findings(findings: "list[Finding]") -> None:
    """Print *findings*, one a line, and below each bad one what to do."""
    width = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        sign, style = ("ok  ", "good") if finding.good else ("MISS", "bad")
        say([Line(f"{sign}  {shown(finding.subject).ljust(width)}  {shown(finding.detail)}", style)])
        if not finding.good and finding.hint:
            say([f"      {' ' * width}  {shown(finding.hint)}"])
