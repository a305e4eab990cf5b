"""Tables, sections and examples of a page, and how a spec would put its keys into such a table."""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands below *heading*, up to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading}"
    return re.sub(r"^```.*?^```", "", found[1], flags=re.MULTILINE | re.DOTALL)


def tables(text: str) -> list[list[list[str]]]:
    """Return the rows of every table in *text*, without head and rule; cells without escapes."""
    blocks = re.findall(r"^\|.*\n\|(?: --- \|)+\n((?:\|.*\n)*)", text, re.MULTILINE)
    return [[_cells(line) for line in block.splitlines()] for block in blocks]


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table as it stands in a page."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def yaml_blocks(text: str) -> list[Any]:
    return [YAML(typ="safe").load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def shell_lines(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def keys_of(spec: type[BaseModel], *, inside: tuple[str, ...] = ()) -> dict[str, str]:
    """Return every key of *spec* and its default as a page shows them; those of the keys *inside* one by one."""
    found: dict[str, str] = {}
    for name, field in spec.model_fields.items():
        if name in inside:
            kind = field.annotation
            assert isinstance(kind, type)
            assert issubclass(kind, BaseModel)
            found |= {f"{name}.{key}": default for key, default in keys_of(kind).items()}
        else:
            found[name] = _default(field)
    return found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default()
    if isinstance(value, BaseModel):
        return "`{" + ", ".join(f"{name}: {held}" for name, held in value.model_dump().items()) + "}`"
    if value in ("", []):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def documented(text: str) -> dict[str, str]:
    """Return keys and defaults of the first table in *text*."""
    return {key.strip("`"): default for key, default, *_ in tables(text)[0]}
