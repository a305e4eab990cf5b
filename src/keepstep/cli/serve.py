"""`keepstep serve`: the server: answers people and programs, and goes on with what is due."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, at_home
from keepstep.cli.output import say
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.api.serving import Address
    from keepstep.wiring import Installation


class Role(StrEnum):
    """What the process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("serve")(at_home(serve))


def serve(  # noqa: PLR0913 - what the server is told by its administrator
    invocation: Invocation,
    *,
    role: Annotated[
        str, typer.Option("--role", help="web answers, worker goes on with runs, all does both.")
    ] = Role.ALL,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port to listen at.", min=0, max=65535)] = 8080,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Its certificate, as PEM.", dir_okay=False)
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="The key of it.", dir_okay=False)] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option("--trusted-proxy", help="A proxy that speaks TLS, whose X-Forwarded headers are believed."),
    ] = None,
    base_path: Annotated[str, typer.Option("--base-path", help="The path before all others, behind a proxy.")] = "",
    log: Annotated[
        str, typer.Option("--log", help="How the log is written: json, or text, as on a terminal.", show_default=False)
    ] = "",
) -> None:
    """Answer people and programs, and go on with the runs that are due, until it is stopped (Ctrl-C, SIGTERM)."""
    if role not in set(Role):
        raise UsageError(f'there is no role "{role}"', hint="--role all, --role web, --role worker")
    from keepstep.api.serving import Address

    address = Address(
        host=host,
        port=port,
        certificate=tls_cert,
        key=tls_key,
        proxies=tuple(trusted_proxy or ()),
        base_path=base_path.rstrip("/"),
    )
    address.check()
    _stay(invocation, role, address, log)


def _stay(invocation: Invocation, role: str, address: "Address", log: str) -> None:
    from keepstep.cli.beside import STOPPED, Beside
    from keepstep.cli.server_log import log_style, server_log
    from keepstep.cli.worker_process import run_worker

    invocation.stopped = STOPPED
    style = log_style(log)

    def answer(store: "Installation") -> None:
        from keepstep.cli.serve_process import run_server

        run_server(invocation, store, address, Beside(invocation.settings, style) if role == Role.ALL else None)

    with server_log(style):
        invocation.with_store(run_worker if role == Role.WORKER else answer)
    say(["stopped"])
