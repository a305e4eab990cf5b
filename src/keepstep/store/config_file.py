"""keepstep.yaml: read to plain data that knows where each part stands, and replaced as a whole.

Nothing in a file is ever constructed but texts, numbers, truth values, lists and mappings; anchors cannot make a
small file large. YAML 1.2 core schema, so that `no` and `on` are texts.
"""

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from keepstep.core.configuration import Document, Path, Place
from keepstep.errors import ConfigurationError, StoreError

MOST_BYTES: Final = 1 << 20
MOST_NODES: Final = 200_000
MOST_DEPTH: Final = 32

_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TRUTH: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
Node = Any
"""A node of ruamel.yaml, which has no types: `id`, `tag`, `value`, `style`, `start_mark`."""

_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})


def read_text(path: FilePath) -> str:
    """Return the text of *path*, byte for byte; ConfigurationError if it is not there, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no file {path}", hint="name an existing file, or `keepstep init`") from None
    except OSError as exc:
        raise ConfigurationError(f"{path} cannot be read: {exc.strerror}", hint="check the path and its mode") from exc
    if len(content) > MOST_BYTES:
        raise ConfigurationError(
            f"{path} is larger than {MOST_BYTES:,} bytes", hint="a configuration is never that large; is it the file?"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        column = exc.start - (content.rfind(b"\n", 0, exc.start) + 1) + 1
        raise ConfigurationError(f"{path.name}:{line}:{column}: this is not UTF-8", hint="save it as UTF-8") from None


def parse(text: str, *, name: str) -> Document:
    """Return *text* as plain data with places; ConfigurationError lists line and column of what is not YAML."""
    try:
        root: Any = YAML(typ="rt", pure=True).compose(text)  # pyright: ignore[reportUnknownMemberType] - untyped library
    except ReaderError as exc:
        unreadable: Any = exc
        place = _place_of(text, unreadable.position)
        raise _malformed(name, place, "this character cannot stand in YAML") from None
    except MarkedYAMLError as exc:
        error: Any = exc
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        told = ", ".join(filter(None, (error.context, error.problem)))
        raise _malformed(name, place, told) from None
    except YAMLError as exc:
        raise _malformed(name, Place(1, 1), type(exc).__name__) from None
    except RecursionError:
        raise _malformed(name, Place(1, 1), "it is nested too deeply") from None
    if root is None:
        raise ConfigurationError(f"{name} is empty", hint="`keepstep init` writes a starter to begin with")
    reading = _Reading(name)
    data = reading.value(root, ())
    if reading.mistakes:
        raise ConfigurationError("\n".join(reading.mistakes))
    return Document(name=name, data=data, keys=reading.keys, values=reading.values)


def install(path: FilePath, text: str) -> None:
    """Put *text* in place of *path* in one step: whoever reads sees the old or the new file, also after a crash."""
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is not a file", hint="name a file that may be replaced")
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        FilePath(temporary).replace(path)
        _sync_folder(path.parent)
    except OSError as exc:
        with suppress(OSError):
            FilePath(temporary).unlink()
        raise StoreError(
            f"{path} cannot be written: {exc.strerror}", hint="check the free space and the mode of the home folder"
        ) from exc


def _sync_folder(folder: FilePath) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _malformed(name: str, place: Place, told: str) -> ConfigurationError:
    hint = "look at this line and the one above: indentation, a missing quote, a colon inside an unquoted text"
    return ConfigurationError(f"{name}:{place.line}:{place.column}: {told}", hint=hint)


def _place_of(text: str, position: int) -> Place:
    return Place(text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


@dataclass(slots=True)
class _Reading:
    """Plain data of a node tree, the places met on the way, and every mistake."""

    name: str
    keys: dict[Path, Place] = field(default_factory=dict[Path, Place])
    values: dict[Path, Place] = field(default_factory=dict[Path, Place])
    mistakes: list[str] = field(default_factory=list[str])
    nodes: int = 0
    full: bool = False

    def value(self, node: Node, path: Path) -> object:
        """Return what *node* means, and note where it stands."""
        place = _place(node)
        self.values[path] = place
        self.nodes += 1
        if self.nodes > MOST_NODES or len(path) > MOST_DEPTH:
            if not self.full:
                self._mistake(place, "this file grows too large or too deep; write out what its anchors repeat")
            self.full = True
            return None
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self.value(item, (*path, position)) for position, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: Node, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, content in node.value:
            place = _place(key)
            if key.id != "scalar":
                self._mistake(place, "a key must be a text; put quotes around a {{ macro }}")
                continue
            name = str(key.value)
            if name == "<<":
                self._mistake(place, "merge keys are not used here; write the keys out")
            elif name in found:
                first = self.keys[*path, name]
                self._mistake(place, f'key "{name}" stands here twice; first in line {first.line}')
            else:
                self.keys[*path, name] = place
                found[name] = self.value(content, (*path, name))
        return found

    def _scalar(self, node: Node, place: Place) -> object:
        text, tag = str(node.value), str(node.tag)
        if not tag.startswith("tag:yaml.org,2002:") or tag.removeprefix("tag:yaml.org,2002:").count("/"):
            self._mistake(place, "tags that begin with ! are not used here")
            return None
        if node.style is not None:
            return text
        if text in _NOTHING:
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if _INTEGER.fullmatch(text) and len(text) < 20:
            return int(text)
        return float(text) if _NUMBER.fullmatch(text) and len(text) < 40 else text

    def _mistake(self, place: Place, text: str) -> None:
        self.mistakes.append(f"{self.name}:{place.line}:{place.column}: {text}")


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
