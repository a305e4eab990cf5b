"""Plain data written as YAML, as a person would have written it.

What is written, `store/config_file.py` reads as the same data.
"""

import re
from io import StringIO
from typing import Any, Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter

_WIDEST_FLOW: Final = 90
_NO_FOLDING: Final = 1 << 21
_PLAIN: Final = re.compile(r"[^\W\d][\w./\-]*( [\w./\-]+)*")
_NOT_TEXT: Final = re.compile(r"null|true|false", re.IGNORECASE)


def block(tree: dict[str, object]) -> list[str]:
    """Return the lines of the mapping *tree*; small mappings and lists in it stand on one line in brackets."""
    return _written(CommentedMap({name: _shaped(value) for name, value in tree.items()})).removesuffix("\n").split("\n")


def flow(value: object) -> str:
    """Return *value* on one line: a scalar as it is, a list or a mapping in brackets."""
    shaped = _in_brackets(value)
    return _written(CommentedSeq([shaped]), flow=True).strip()[1:-1]


def _shaped(value: object) -> Any:
    if isinstance(value, dict):
        tree = cast("dict[str, object]", value)
        if _is_small(tree):
            return _in_brackets(tree)
        return CommentedMap({name: _shaped(inner) for name, inner in tree.items()})
    if isinstance(value, list):
        items = cast("list[object]", value)
        return _in_brackets(items) if _is_small(items) else CommentedSeq([_shaped(item) for item in items])
    return value


def _is_small(value: "dict[str, object] | list[object]") -> bool:
    inner = list(value.values()) if isinstance(value, dict) else value
    if any(isinstance(item, dict | list) and item not in ([], {}) for item in inner):
        return False
    text = flow(value)
    return len(text) <= _WIDEST_FLOW and "\\n" not in text


def _in_brackets(value: object) -> Any:
    if isinstance(value, dict):
        mapping: Any = CommentedMap(
            {name: _in_brackets(inner) for name, inner in cast("dict[str, object]", value).items()}
        )
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence: Any = CommentedSeq([_in_brackets(item) for item in cast("list[object]", value)])
        sequence.fa.set_flow_style()
        return sequence
    return value


class _Texts(RoundTripRepresenter):
    """Writes a text so that it is read as a text: lines as lines, and in quotes what looks like something else."""

    def text(self, value: str) -> Any:
        """Return the node of *value*."""
        lines = value.split("\n")
        printable = all(line.isprintable() for line in lines)
        plain = _PLAIN.fullmatch(value) and not _NOT_TEXT.fullmatch(value)
        style = None if plain else "'" if printable else '"'
        if printable and len(lines) > 1 and value[0] not in " \n":
            style = "|"
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)  # pyright: ignore[reportUnknownMemberType] - untyped library

    def nothing(self, value: None) -> Any:
        """Return the node of null, which is written out."""
        return self.represent_scalar("tag:yaml.org,2002:null", "null")  # pyright: ignore[reportUnknownMemberType] - untyped library


_TEXTS: Final[Any] = _Texts
_TEXTS.add_representer(str, _Texts.text)
_TEXTS.add_representer(type(None), _Texts.nothing)


def _written(tree: Any, *, flow: bool = False) -> str:
    yaml: Any = YAML(typ="rt", pure=True)
    yaml.Representer = _TEXTS
    yaml.width = _NO_FOLDING
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode = yaml.brace_single_entry_mapping_in_flow_sequence = True
    if flow:
        tree.fa.set_flow_style()
    stream = StringIO()
    yaml.dump(tree, stream)
    return stream.getvalue()
