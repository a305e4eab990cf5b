"""`keepstep endpoint add|edit|copy|delete`: the endpoints that a connection has of its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from keepstep.cli.config import diff_lines
from keepstep.cli.invocation import Invocation
from keepstep.cli.output import say, say_json
from keepstep.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from keepstep.cli.editing import Editing
    from keepstep.core.configuration import Document
    from keepstep.usecases.edit_endpoint import Draft

Tree = dict[str, object]
ConnectionArgument = Annotated[str, typer.Argument(metavar="CONNECTION", help="A REST connection.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The endpoint.")]
Spec = Annotated[str | None, typer.Option("--spec", metavar="FILE", help="What it says, in YAML or JSON; - reads it.")]
Url = Annotated[str | None, typer.Option("--url", help="Where it is, such as {base_url}/users.")]
Method = Annotated[str | None, typer.Option("--method", help="GET, POST …")]
Records = Annotated[str | None, typer.Option("--records", help="Where the list of records is.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="paging.style=cursor, params.q=x …")]
Unset = Annotated[list[str] | None, typer.Option("--unset", metavar="PATH", help="Leave this out.")]

_TEXTS: Final = frozenset(
    {"url", "method", "records", "headers", "params", "limit", "description", "format", "body_type"}
)
_NAMED: Final = frozenset({"headers", "params"})


def add(  # noqa: PLR0913 - the options of a command
    invocation: Invocation,
    connection: ConnectionArgument,
    name: NameArgument,
    *,
    spec: Spec = None,
    url: Url = None,
    method: Method = None,
    records: Records = None,
    assign: Set = None,
) -> None:
    """Add an endpoint to a connection. Without options it is written in your editor."""
    given = _options(url, method, records, assign)

    def work(editing: "Editing") -> "Draft":
        desk = editing.endpoints
        desk.absent(connection, name)
        document = _document(editing, spec, {} if given or spec else {"url": "{base_url}/"}, (given, ()))
        return desk.drafted(connection, name, document)

    _change(invocation, work, "add")


def edit(  # noqa: PLR0913 - the options of a command
    invocation: Invocation,
    connection: ConnectionArgument,
    name: NameArgument,
    *,
    spec: Spec = None,
    url: Url = None,
    method: Method = None,
    records: Records = None,
    assign: Set = None,
    unset: Unset = None,
) -> None:
    """Change an endpoint. One of the preset gets one of your own in its place. Without options: in your editor."""
    given = _options(url, method, records, assign)

    def work(editing: "Editing") -> "Draft":
        desk = editing.endpoints
        tree = desk.tree_of(connection, name)
        return desk.drafted(connection, name, _document(editing, spec, tree, (given, unset or ())))

    _change(invocation, work, "edit")


def copy(
    invocation: Invocation,
    connection: ConnectionArgument,
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(metavar="NEWNAME", help="What the copy is called.")],
    *,
    to: Annotated[str | None, typer.Option("--to", metavar="CONNECTION", help="Into another connection.")] = None,
) -> None:
    """Copy an endpoint under another name."""
    target = to or connection

    def work(editing: "Editing") -> "Draft":
        desk = editing.endpoints
        tree = desk.tree_of(connection, name)
        desk.absent(target, new_name)
        return desk.drafted(target, new_name, _written(editing, tree))

    _change(invocation, work, "copy")


def delete(invocation: Invocation, connection: ConnectionArgument, name: NameArgument) -> None:
    """Delete an endpoint of a connection; refused while something uses it."""
    _change(invocation, lambda editing: editing.endpoints.without(connection, name), "delete")


def _change(invocation: Invocation, work: "Callable[[Editing], Draft]", what: str) -> None:
    """Put the draft that *work* makes in force, and tell what that changed."""
    from keepstep.cli.editing import edited

    def run(editing: "Editing") -> None:
        draft = work(editing)
        version = put_draft(editing, draft, what)
        lines = diff_lines(draft.before, draft.text, "new")
        if invocation.json:
            say_json({"version": version, "diff": [line.text for line in lines]})
            return
        say(lines or ["the same as the configuration in force; nothing was changed"])
        if version is not None:
            say([f"version {version} of the configuration is in force"])
        if what != "delete":
            say([f"try it: keepstep endpoint test {draft.connection} {draft.endpoint}"])

    edited(invocation, run)


def put_draft(editing: "Editing", draft: "Draft", what: str, **detail: str) -> int | None:
    """Put *draft* in force and return the number of its version, or None if it changes nothing."""
    from keepstep.usecases.edit_endpoint import change_of

    if not draft.changes:
        return None
    return editing.put(change_of(draft, what, detail))


def spec_document(editing: "Editing", spec: str) -> "Document":
    """Return what file *spec* says, or the standard input for `-`."""
    from keepstep.store.config_file import MOST_BYTES, read_text

    if spec != "-":
        return editing.kept.read(read_text(Path(spec)), Path(spec).name)
    text = sys.stdin.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ConfigurationError(f"the standard input is larger than {MOST_BYTES:,} letters")
    return editing.kept.read(text, "standard input")


def _document(editing: "Editing", spec: str | None, tree: Tree, changes: tuple[Tree, Iterable[str]]) -> "Document":
    """Return the endpoint as it is to be: a file, or *tree* with what is to be set and left out, or from an editor."""
    given, unset = changes
    if spec is not None:
        if given or unset:
            raise UsageError("--spec says it all", hint="leave out the other options, or --spec")
        return spec_document(editing, spec)
    if given or unset:
        for path, value in given.items():
            _set(tree, _steps(path), value)
        for path in unset:
            _unset(tree, _steps(path))
        return _written(editing, tree)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("nothing says what the endpoint is to be", hint="give --url, --set or --spec")
    return editing.kept.read(_edited(_text_of(tree)), "endpoint")


def _options(url: str | None, method: str | None, records: str | None, assign: list[str] | None) -> Tree:
    named = {"url": url, "method": method, "records": records}
    given: Tree = {path: value for path, value in named.items() if value is not None}
    for pair in assign or ():
        path, sign, text = pair.partition("=")
        if not sign or not path:
            raise UsageError("--set takes PATH=VALUE", hint="for instance --set paging.style=cursor")
        given[path] = text if path.split(".", 1)[0] in _TEXTS else _value(text)
    return given


def _value(text: str) -> object:
    """Return *text* as what YAML makes of it, or as a text if it is none."""
    from keepstep.store.config_file import parse

    try:
        return parse(text, name="--set").data
    except ConfigurationError:
        return text


def _steps(path: str) -> list[str]:
    first, dot, rest = path.partition(".")
    return [first, rest] if dot and first in _NAMED else path.split(".")


def _set(tree: Tree, steps: list[str], value: object) -> None:
    for step in steps[:-1]:
        inner = tree.get(step)
        if not isinstance(inner, dict):
            inner = tree[step] = dict[str, object]()
        tree = cast("Tree", inner)
    tree[steps[-1]] = value


def _unset(tree: Tree, steps: list[str]) -> None:
    for step in steps[:-1]:
        tree = cast("Tree", tree.get(step) or {})
    if steps[-1] not in tree:
        raise UsageError(f"{'.'.join(steps)} is not set, so it cannot be left out")
    del tree[steps[-1]]


def _text_of(tree: Tree) -> str:
    from keepstep.store.yaml_writing import block

    return "\n".join([*block(tree), ""])


def _written(editing: "Editing", tree: Tree) -> "Document":
    return editing.kept.read(_text_of(tree), "endpoint")


def _edited(text: str) -> str:
    """Return *text* as it is after somebody changed it in an editor."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="keepstep-") as folder:
        file = Path(folder) / "endpoint.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run([*editor.split(), str(file)], check=False)  # noqa: S603 - the operator's own editor
        except OSError as exc:
            raise UsageError(f"the editor {editor} cannot be started", hint="set EDITOR, or give --spec") from exc
        if done.returncode:
            raise UsageError("the editor ended with an error; nothing was changed")
        return file.read_text(encoding="utf-8")
