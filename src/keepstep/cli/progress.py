"""One line on the terminal's error stream that says that long work goes on; nothing at all in a pipe."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

_PAUSE: Final = 0.1
_ERASE: Final = "\r\x1b[K"


@dataclass(slots=True)
class ProgressLine:
    """Rewrites one line, at most ten times a second. Without a *stream* nothing is ever written."""

    stream: TextIO | None
    shown: bool = False
    last: float = 0.0

    def __call__(self, task: str, done: int, total: int | None = None) -> None:
        """Say that *done* (of *total*) is done of *task*."""
        now = time.monotonic()
        if self.stream is None or (self.shown and now - self.last < _PAUSE and done != total):
            return
        self.last, self.shown = now, True
        share = f" of {total:,}" if total is not None else ""
        self.stream.write(f"{_ERASE}{task}: {done:,}{share}")
        self.stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.stream is not None and self.shown:
            self.stream.write(_ERASE)
            self.stream.flush()
            self.shown = False


@contextmanager
def shown_progress() -> Generator[ProgressLine]:
    """Give a progress that is seen on a terminal, and take its line away afterwards."""
    line = ProgressLine(sys.stderr if sys.stderr.isatty() else None)
    try:
        yield line
    finally:
        line.clear()


def is_shown() -> bool:
    """Whether somebody sits before a terminal."""
    return sys.stderr.isatty() and sys.stdin.isatty()
