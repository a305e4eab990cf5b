"""The log of a server: one line an event, as JSON or as text, in which nothing can pass for another line.

What libraries say goes into it too, but not their words where those may hold values: of an error, only its type.
"""

import json
import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TextIO, cast

from keepstep.telemetry.correlation import correlation_of
from keepstep.telemetry.event import LOGGER, Value

LONGEST: Final = 500
"""How many letters of one value are kept."""

_WORDS_ARE_SAFE: Final = ("uvicorn", "opentelemetry")
"""Libraries whose texts, before anything is filled in, are constants."""


class Style(StrEnum):
    """JSON: for programs, one object a line. TEXT: for people."""

    JSON = "json"
    TEXT = "text"


@contextmanager
def logging_to(stream: TextIO, style: Style, more: Sequence[logging.Handler] = ()) -> Generator[None]:
    """Have all that is told inside written to *stream*, and given to *more*; afterwards all is as before."""
    root, own = logging.getLogger(), logging.getLogger(LOGGER)
    before = root.handlers[:], own.level
    lines = logging.StreamHandler(stream)
    lines.setFormatter(_Lines(style))
    root.handlers[:] = [lines, *more]
    own.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        for handler in more:
            handler.close()  # what it runs into is still logged
        logging.captureWarnings(capture=False)
        root.handlers[:] = before[0]
        own.setLevel(before[1])


class _Lines(logging.Formatter):
    """Makes one line of each record."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._form = style

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of *record*; its text is never filled in or evaluated."""
        told = {name: _bounded(value) for name, value in _keys(record).items()}
        return _escaped(json.dumps(told)) if self._form is Style.JSON else _text(told)


def _keys(record: logging.LogRecord) -> dict[str, Value]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head: dict[str, Value] = {"at": at, "level": record.levelname.lower()}
    own = getattr(record, "keys", None) if record.name == LOGGER else None
    if own is not None:
        return {**head, "event": record.msg, **cast("dict[str, Value]", own)}
    head |= {"event": "library", "logger": record.name, "line": f"{record.module}:{record.lineno}"}
    if correlation := correlation_of():
        head["correlation"] = correlation
    if record.exc_info and record.exc_info[0] is not None:
        head["error"] = record.exc_info[0].__name__
    if record.name.split(".")[0] in _WORDS_ARE_SAFE:
        head["text"] = str(record.msg).strip()
    return head


def _bounded(value: Value) -> Value:
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value


def _escaped(text: str) -> str:
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON lets stand in ASCII


def _text(told: dict[str, Value]) -> str:
    at, level, name = (str(told.pop(key)) for key in ("at", "level", "event"))
    rest = (f"{key}={_word(value)}" for key, value in told.items())
    return " ".join([at, f"{level:7}", _word(name), *rest])


def _word(value: Value) -> str:
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(text) & set(" =\"'\\") and text
    return text if plain else _escaped(json.dumps(text))
