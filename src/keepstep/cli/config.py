"""`keepstep init` and `keepstep config`: the home folder and the configuration in it."""

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from keepstep.cli.invocation import Invocation, Systems, at_home
from keepstep.cli.output import Line, say, shown, tell
from keepstep.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keepstep.client.configuration import InForce
    from keepstep.core.configuration import Configuration, Document
    from keepstep.usecases.configure import LiveCheck
    from keepstep.wiring import Installation

    Found = tuple[Document, Configuration]

Offline = Annotated[bool, typer.Option("--offline", help="Do not ask the connected systems for their attributes.")]
File = Annotated[Path, typer.Argument(help="A configuration file.", dir_okay=False)]

_THERE: Final = "keepstep.yaml:"
"""How a server says that something stands in the text that it was sent."""


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command("init")(at_home(init))
    group = typer.Typer(help="The configuration: check, compare, put in force, export.", no_args_is_help=True)
    group.command("check")(at_home(check, server=True))
    group.command("diff")(at_home(diff, server=True))
    group.command("apply")(at_home(apply, server=True))
    group.command("export")(at_home(export, server=True))
    app.add_typer(group, name="config")


def init(invocation: Invocation) -> None:
    """Make a home folder.

    It holds keepstep.yaml to start from, the master key, and the database.
    """
    from keepstep.home import make_home

    made = make_home(invocation.settings)
    say([f"made     {path}" for path in made] or ["everything was there already; nothing was changed"])
    file = invocation.settings.config_file
    say(["", f"Next: describe your systems in {file},", "then `keepstep secret set NAME` and `keepstep config check`."])


def check(
    invocation: Invocation,
    file: Annotated[Path | None, typer.Argument(help="A file (default: the one in force).", dir_okay=False)] = None,
    *,
    offline: Offline = False,
) -> None:
    """Check a configuration: every mistake with its line, then names against the connected systems."""
    from keepstep.store.config_file import read_text

    if invocation.remote:
        text = read_text(file) if file else _in_force(invocation).text
        name = file.name if file else "keepstep.yaml"
        found = _parsed(text, name)
        if not offline:
            _check_there(invocation, text, name)
        say([f"{file or 'the configuration in force'} is good: {_counted(found[1])}"])
        return
    chosen = file or invocation.settings.config_file
    found = _understood(chosen)
    if not offline:
        invocation.with_store(lambda installation: _check_live(invocation, installation, found))
    say([f"{chosen} is good: {_counted(found[1])}"])


def diff(invocation: Invocation, file: File) -> int:
    """Show what FILE would change in the configuration in force. Exit code 10 if anything."""
    from keepstep.store.config_file import read_text

    before = _in_force(invocation).text if invocation.remote else read_text(invocation.settings.config_file)
    lines = diff_lines(before, read_text(file), str(file))
    say(lines or ["the same as the configuration in force"])
    return 10 if lines else 0


def apply(invocation: Invocation, file: File, *, offline: Offline = False) -> None:
    """Check FILE, show what it changes, and put it in force."""
    found = _understood(file)
    if invocation.remote:
        _install_there(invocation, (file, found, offline))
    else:
        invocation.with_store(lambda installation: _install(invocation, installation, (file, found, offline)))


def export(invocation: Invocation) -> None:
    """Print the configuration in force, byte for byte."""
    from keepstep.store.config_file import read_text

    text = _in_force(invocation).text if invocation.remote else read_text(invocation.settings.config_file)
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def _understood(file: Path) -> "Found":
    """Return what *file* says, as a document with places and as a configuration."""
    from keepstep.store.config_file import read_text

    return _parsed(read_text(file), file.name)


def _parsed(text: str, name: str) -> "Found":
    from keepstep.connectors.rest.preset import application_of
    from keepstep.store.config_file import parse
    from keepstep.usecases.configure import understand

    document = parse(text, name=name)
    return document, understand(document, application_of)


def configuration_there(invocation: Invocation) -> "Configuration":
    """Return the configuration that is in force on the server."""
    return _parsed(_in_force(invocation).text, "keepstep.yaml")[1]


def _in_force(invocation: Invocation) -> "InForce":
    """Return what is in force on the server."""
    from keepstep.client.configuration import in_force

    return invocation.with_server(in_force)


def _counted(configuration: "Configuration") -> str:
    parts = (
        (len(configuration.connections), "connection"),
        (len(configuration.mappings), "mapping"),
        (len(configuration.rules), "rule"),
    )
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts)


def _check_live(invocation: Invocation, installation: "Installation", what: "Found") -> None:
    """Raise ConfigurationError for what the connected systems do not know; tell what could not be asked."""
    from keepstep.store.secret_references import references_of
    from keepstep.usecases.configure import check_live

    document, configuration = what

    async def ask(systems: Systems) -> "LiveCheck":
        return await check_live(systems.ports, configuration, document)

    missing = (installation.secrets.missing(one) for _, one in sorted(references_of(configuration).items()))
    _tell_unset([f"{error.message}; {error.hint}" for error in missing if error])
    found = invocation.on_systems(installation, configuration, ask)
    _tell_found(found.open, found.wrong)


def _check_there(invocation: Invocation, text: str, name: str) -> None:
    """Do what `_check_live` does, on the server; what it says of a place there is said of the file *name*."""
    from keepstep.client.configuration import checked

    def here(told: str) -> str:
        return f"{name}:{told.removeprefix(_THERE)}" if told.startswith(_THERE) else told

    found = invocation.with_server(lambda client: checked(client, text))
    _tell_unset(found.unset)
    _tell_found(list(map(here, found.open)), list(map(here, found.mistakes)))


def _tell_unset(found: "Sequence[str]") -> None:
    tell(Line(f"not set: {shown(text)}", "change") for text in found)


def _tell_found(unasked: "Sequence[str]", wrong: "Sequence[str]") -> None:
    tell(Line(f"not checked: {shown(text)}", "change") for text in unasked)
    if wrong:
        raise ConfigurationError("\n".join(wrong))


def _install(invocation: Invocation, installation: "Installation", what: "tuple[Path, Found, bool]") -> None:
    from keepstep.store.config_file import read_text
    from keepstep.usecases.put_in_force import Change, put_in_force

    file, found, offline = what
    if not offline:
        _check_live(invocation, installation, found)
    text, before = read_text(file), installation.kept.text()
    if _differs(before, text, file):
        change = Change(before=before, text=text)
        version = put_in_force(installation.kept, installation.audit, change, by=installation.authority)
        say([f"version {version} of the configuration is in force: {_counted(found[1])}"])


def _install_there(invocation: Invocation, what: "tuple[Path, Found, bool]") -> None:
    from keepstep.client.configuration import put
    from keepstep.store.config_file import read_text

    file, found, offline = what
    text = read_text(file)
    if not offline:
        _check_there(invocation, text, file.name)
    before = _in_force(invocation)
    if _differs(before.text, text, file):
        version = invocation.with_server(lambda client: put(client, text, before))
        say([f"version {version} of the configuration is in force: {_counted(found[1])}"])


def _differs(before: str, text: str, file: Path) -> bool:
    """Say what *text* changes, and return whether it does."""
    lines = diff_lines(before, text, str(file))
    say(lines or ["the same as the configuration in force; nothing was changed"])
    return bool(lines)


def diff_lines(before: str, after: str, name: str) -> list[Line]:
    """Return what the configuration called *name* changes in the one in force, as lines of a diff."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), "in force", name, lineterm="")
    styles = {"+": "good", "-": "bad", "@": "faint"}
    return [Line(shown(line), styles.get(line[:1], "")) for line in found]
