"""`keepstep support bundle`: what a maintainer has to know, with nothing of people or secrets in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import say, say_json, shown
from keepstep.errors import ConfigurationError, KeepstepError

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.store.statistics import Statistics
    from keepstep.wiring import Installation


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    group = typer.Typer(help="What helps those who help you.", no_args_is_help=True)
    group.command("bundle")(with_data(bundle))
    app.add_typer(group, name="support")


def bundle(
    invocation: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle, a tar.gz.", dir_okay=False)],
) -> None:
    """Write to FILE what a maintainer has to know: versions, checks, the outline of the configuration, numbers.

    No people, no secrets, no texts of the configuration.
    """
    from keepstep.cli.doctor import examined
    from keepstep.support import bundle as write

    findings = list(examined(invocation))
    configuration, numbers = _known(invocation)
    names = write(invocation.settings, file.absolute(), findings=findings, configuration=configuration, numbers=numbers)
    if invocation.json:
        say_json(names)
    else:
        say([*(shown(f"  {name}") for name in names), shown(f"{file} holds that: look at it before you send it")])


def _known(invocation: Invocation) -> "tuple[Configuration | None, Statistics | None]":
    """Return the configuration and the numbers, as far as they can be had: what cannot, doctor tells."""
    from keepstep.store.statistics import statistics

    def work(store: "Installation") -> "tuple[Configuration | None, Statistics | None]":
        try:
            configuration = store.configuration()
        except ConfigurationError:
            configuration = None
        return configuration, statistics(store.database)

    try:
        return invocation.with_store(work)
    except KeepstepError:
        return None, None
