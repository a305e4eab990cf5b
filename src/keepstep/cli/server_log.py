"""The log of a process that stays: on its error stream, as JSON or as text."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from keepstep.errors import UsageError
from keepstep.telemetry.log import Style, logging_to
from keepstep.telemetry.traces import say_missing, traces


def log_style(form: str) -> Style:
    """Return how the log is written: as *form* says, without one as text on a terminal, else as JSON.

    UsageError if there is no such form.
    """
    if form and form not in set(Style):
        raise UsageError(f'the log is not written as "{form}"', hint="--log json, --log text")
    return Style(form) if form else Style.TEXT if sys.stderr.isatty() else Style.JSON


@contextmanager
def server_log(style: Style) -> Generator[None]:
    """Have what happens inside logged on the error stream in *style*, and traced where the environment says so."""
    with logging_to(sys.stderr, style, traces(os.environ)):
        say_missing(os.environ)
        yield
