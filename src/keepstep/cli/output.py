"""How text gets out: coloured on a terminal, plain in a pipe, and never a control character of somebody's data."""

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

_STYLES: Final = {"good": "32", "bad": "31", "change": "33", "head": "1", "faint": "2"}
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that could move a cursor, reorder a line or hide in it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line for a person, and how it looks: good, bad, change, head, faint or plain."""

    text: str
    style: str = ""


def shown(text: str) -> str:
    """Return *text* as one line that is safe on a terminal: what is invisible or moves the cursor is spelled out."""
    if text.isprintable():
        return text
    return "".join(_spelled(ch) if unicodedata.category(ch) in _HIDDEN else ch for ch in text)


def _spelled(ch: str) -> str:
    code = ord(ch)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def say(lines: "Iterable[Line | str]") -> None:
    """Print *lines* on the standard output."""
    write_lines(sys.stdout, lines)


def tell(lines: "Iterable[Line | str]") -> None:
    """Print *lines* on the error stream: what is not the result itself."""
    write_lines(sys.stderr, lines)


def write_lines(stream: TextIO, lines: "Iterable[Line | str]") -> None:
    """Write *lines* to *stream*, in colour if that is a terminal, with nothing in them that could steer one."""
    coloured = stream.isatty() and "NO_COLOR" not in os.environ
    for line in lines:
        held, style = (line, "") if isinstance(line, str) else (line.text, line.style)
        text = "\n".join(map(shown, held.split("\n")))
        if coloured and style:
            text = f"\x1b[{_STYLES[style]}m{text}\x1b[0m"
        stream.write(text + "\n")
    stream.flush()


def say_json(value: Any) -> None:
    """Print *value* as indented JSON: dataclasses, enums, times and mappings as one would expect."""
    import msgspec

    content = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    sys.stdout.write("\n".join(_escaped(line) for line in content.split("\n")) + "\n")
    sys.stdout.flush()


def _escaped(text: str) -> str:
    """Return *text* of JSON with what is invisible or moves the cursor written as JSON escapes."""
    if text.isprintable():
        return text
    return "".join(json.dumps(ch)[1:-1] if unicodedata.category(ch) in _HIDDEN else ch for ch in text)


def say_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* below *headings*: framed on a terminal, in plain columns in a pipe."""
    safe = [[shown(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table()
        for place, heading in enumerate(headings):
            table.add_column(heading, no_wrap=place == 0, overflow="fold")
        for row in safe:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(headings, *safe, strict=True)]
    for row in (headings, *safe):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    sys.stdout.flush()
