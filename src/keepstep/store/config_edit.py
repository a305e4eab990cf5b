"""One part of keepstep.yaml changed in its text: every other letter of the file stays as it is.

Comments, order, quotes, anchors and line breaks are those of the person who wrote them. What comes out is read again:
it says exactly what was meant to be changed, or nothing is changed at all.
"""

from collections.abc import Callable, Sequence
from typing import cast

from ruamel.yaml.error import YAMLError

from keepstep.errors import ConfigurationError
from keepstep.store.config_file import parse
from keepstep.store.yaml_tree import Part, tree_of
from keepstep.store.yaml_writing import block, flow

Tree = dict[str, object]


def put(text: str, path: Sequence[str], value: object, *, name: str) -> str:
    """Return *text* with *value* at *path* (keys of mappings); of a mapping that stands there only what differs.

    ConfigurationError if the text cannot be changed there without changing anything else.
    """
    before = cast("Tree", parse(text, name=name).data)
    wanted = _with(before, path, value)
    return _proven(lambda: _put(text, tuple(path), value, _at(before, path)), wanted, path, name)


def take(text: str, path: Sequence[str], *, name: str) -> str:
    """Return *text* without what stands at *path*, and without the mapping that held only that.

    ConfigurationError if the text cannot be changed there without changing anything else.
    """
    before = cast("Tree", parse(text, name=name).data)
    if path[-1] not in _tree(_at(before, path[:-1])):
        raise ConfigurationError(f"there is no {'.'.join(path)} in {name}")
    while len(path) > 1 and len(_tree(_at(before, path[:-1]))) == 1:
        path = path[:-1]
    return _proven(lambda: _take(text, tuple(path)), _without(before, path), path, name)


def _proven(edit: Callable[[], str], wanted: Tree, path: Sequence[str], name: str) -> str:
    """Return the text that *edit* makes, if it says what is *wanted*."""
    try:
        text = edit()
        right = _same(parse(text, name=name).data, wanted)
    except (ConfigurationError, YAMLError):
        right, text = False, ""
    if not right:
        raise ConfigurationError(
            f"{'.'.join(path)} cannot be changed in {name} without changing something else",
            hint="it is written in an unusual way (an anchor that others use?); change it in the file by hand",
        )
    return text


def _same(one: object, other: object) -> bool:
    """Return whether two trees are equal, where a truth value is no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        left, right = cast("Tree", one), cast("Tree", other)
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(one, list) and isinstance(other, list):
        first, second = cast("list[object]", one), cast("list[object]", other)
        return len(first) == len(second) and all(map(_same, first, second))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _at(tree: object, path: Sequence[str]) -> object:
    for step in path:
        tree = _tree(tree).get(step)
    return tree


def _with(tree: object, path: Sequence[str], value: object) -> Tree:
    held = _tree(tree)
    return {**held, path[0]: _with(held.get(path[0]), path[1:], value) if len(path) > 1 else value}


def _without(tree: Tree, path: Sequence[str]) -> Tree:
    *above, last = path
    left = {key: value for key, value in _tree(_at(tree, above)).items() if key != last}
    return _with(tree, above, left) if above else left


def _put(text: str, path: tuple[str, ...], value: object, before: object) -> str:
    found = _find(text, path)
    if found is None:
        return _added(text, path, value)
    old, new = _tree(before), _tree(value)
    if old and new and found[1].entries:
        for key, inner in new.items():
            if key not in old or not _same(old[key], inner):
                text = _put(text, (*path, key), inner, old.get(key))
        for key in old.keys() - new.keys():
            text = _take(text, (*path, key))
        return text
    return _replaced(text, found, value)


def _tree(value: object) -> Tree:
    return cast("Tree", value) if isinstance(value, dict) else {}


def _is_collection(value: object) -> bool:
    return isinstance(value, dict | list)


def _root(text: str) -> Part:
    root = tree_of(text)
    if root is None or not root.entries:
        raise ConfigurationError("this file holds no mapping", hint="`keepstep init` writes a starter to begin with")
    return root


def _find(text: str, path: Sequence[str]) -> tuple[Part, Part, Part] | None:
    """Return key and value at *path*, and the mapping that holds them; None if there is none."""
    part = _root(text)
    key = holder = part
    for step in path:
        found = part.entry(step)
        if found is None:
            return None
        holder, (key, part) = part, found
    return key, part, holder


def _replaced(text: str, found: tuple[Part, Part, Part], value: object) -> str:
    """Return *text* with *value* in place of the one found; a remark behind it stays in its line."""
    key, part, holder = found
    in_brackets = part.flow and (part.entries or part.items) and _is_collection(value)
    if holder.flow or in_brackets:
        return f"{text[: key.end]}: {flow(value)}{text[part.end :]}"
    first, *more = block({"k": value})
    remark = text[part.end : _line_end(text, part.end)] if more else ""
    lines = [first.removeprefix("k") + remark, *(_indented(line, key.column) for line in more)]
    return text[: key.end] + _break(text).join(lines) + text[part.end + len(remark) :]


def _added(text: str, path: tuple[str, ...], value: object) -> str:
    """Return *text* with the entry at *path*, which is not there, last in the nearest mapping above that is."""
    depth = next(depth for depth in range(len(path) - 1, -1, -1) if _find(text, path[:depth]) is not None)
    for step in reversed(path[depth + 1 :]):
        value = {step: value}
    entry = {path[depth]: value}
    found = _find(text, path[:depth])
    holder = found[1] if found else _root(text)
    if not holder.entries:
        return _replaced(text, found, entry) if found else text
    last = holder.entries[-1][1]
    if holder.flow:
        return f"{text[: last.end]}, {flow(entry)[1:-1]}{text[last.end :]}"
    lines = [_indented(line, holder.entries[0][0].column) for line in block(entry)]
    if text[last.end - 1] == "\n":
        return text[: last.end] + "".join(line + _break(text) for line in lines) + text[last.end :]
    place = _line_end(text, last.end)
    return text[:place] + "".join(_break(text) + line for line in lines) + text[place:]


def _take(text: str, path: tuple[str, ...]) -> str:
    found = _find(text, path)
    if found is None:
        return text
    key, part, holder = found
    if holder.flow and holder.entries:
        place = next(place for place, (other, _) in enumerate(holder.entries) if other is key)
        start = holder.entries[place - 1][1].end if place else key.start
        following = holder.entries[place + 1 :]
        end = following[0][0].start if following and not place else part.end
        return text[:start] + text[end:]
    start = text.rfind("\n", 0, key.start) + 1
    end = part.end if text[part.end - 1] == "\n" else _line_end(text, part.end) + len(_break(text))
    if text[start : key.start].strip():
        raise ConfigurationError("the key does not begin its line")
    return text[:start] + text[end:]


def _indented(line: str, column: int) -> str:
    return " " * column + line if line else line


def _line_end(text: str, place: int) -> int:
    """Return where the line that *place* is in ends, before its line break."""
    end = text.find("\n", place)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1] == "\r" and end > place else end


def _break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
