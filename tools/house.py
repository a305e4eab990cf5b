"""Writes docs/house.md: every module of Keepstep in one line, taken from its docstring. Part of `make docs`."""

import ast
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "src" / "keepstep"
PAGE: Final = ROOT / "docs" / "house.md"
HEAD: Final = """\
# The house: every file in one line

Made from the docstrings by `make docs`. Nouns are in `core`, verbs in `usecases`; imports go down only.
See [walks.md](walks.md) for how they work together.
"""
FLOORS: Final = (
    ("cli", "The command line"),
    ("", "Doors and wiring"),
    ("api", "The REST API: a door for browsers and programs"),
    ("client", "The client: asks a server over the API what a home folder would be asked"),
    ("connectors", "Connectors: one folder a kind of system"),
    ("store", "The store: SQL and files, nowhere else"),
    ("reports", "How reports are written"),
    ("telemetry", "Telemetry: what the server says of itself"),
    ("worker", "The worker: durable runs, and the loop that keeps them going"),
    ("emulator", "The Infobip emulator: knows nothing of the rest"),
    ("usecases", "Use cases: one verb a file"),
    ("core", "The core: pure"),
    ("testing", "Shipped for tests of connectors"),
)


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD]
    for folder, title in FLOORS:
        files = sorted(PACKAGE.glob("*.py") if not folder else (PACKAGE / folder).rglob("*.py"))
        rows = [row for file in files if (row := _row(file))]
        parts.append(f"## {title}\n\n| File | Holds |\n| --- | --- |\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(file: Path) -> str:
    """Return the line of one file, or nothing for a file that holds nothing to look for."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    if not docstring or "migrations" in file.parts:
        return ""
    told = docstring.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return f"| `{file.relative_to(PACKAGE)}` | {told} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
