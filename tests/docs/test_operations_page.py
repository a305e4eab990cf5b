"""The page about operation: what `doctor` says is in its table."""

import ast
from pathlib import Path

import keepstep
import keepstep.connectors
from tests.docs.tables import page, section, tables

PAGE = page("operations.md")
SOURCES = [Path(keepstep.__path__[0]) / name for name in ("cli/doctor.py", "checkup.py")]
SOURCES.append(Path(keepstep.connectors.__path__[0]) / "surroundings.py")


def said():
    """What findings are about, as the sources of `doctor` write it."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = node.args[:1] if node.func.id in {"good", "bad"} else []
                given += [word.value for word in node.keywords if word.arg == "subject"]
                yield from (one.value for one in given if isinstance(one, ast.Constant))


def test_the_table_of_doctor_has_all_that_it_says():
    _, rows = tables(section(PAGE, "The home folder"))
    told = {name.strip("` ") for row in rows for name in row[0].split(",")}
    assert told == set(said())
