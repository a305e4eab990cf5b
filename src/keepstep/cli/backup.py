"""`keepstep backup` and `keepstep restore`: an installation in one file, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepstep.cli.connection import say_findings
from keepstep.cli.invocation import Invocation, with_data
from keepstep.cli.output import Line, say, say_json, shown, tell
from keepstep.errors import UsageError

if TYPE_CHECKING:
    from keepstep.core.manifest import Manifest
    from keepstep.restore import Restored
    from keepstep.wiring import Installation

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a tar.gz.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command("backup")(with_data(backup))
    app.command("restore")(with_data(restore))


def backup(
    invocation: Invocation,
    file: File,
    *,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="With what opens the secrets: keep that file like the master key.")
    ] = False,
    without_database: Annotated[
        bool, typer.Option("--without-database", help="Only the home folder: PostgreSQL dumps the database.")
    ] = False,
) -> None:
    """Write a backup of this installation to FILE, which goes on working meanwhile."""
    from keepstep.backup import back_up, dumped_elsewhere

    def work(store: "Installation") -> "Manifest":
        if store.database.postgres and not without_database:
            raise dumped_elsewhere(store.settings, store.database)
        if without_database and not store.database.postgres:
            raise UsageError("--without-database is for PostgreSQL", hint="leave it away: the database is a file here")
        manifest = back_up(store.settings, store.database, file.absolute(), now=store.clock.now(), with_key=with_key)
        detail = {"file": str(file), "parts": str(len(manifest.parts)), "with_key": str(with_key).lower()}
        store.audit.add("backup", "home", detail, operator=store.settings.operator)
        return manifest

    manifest = invocation.with_store(work)
    if with_key:
        tell([Line(f"warning: whoever has {shown(str(file))} can open every secret: keep it like the key", "bad")])
    if invocation.json:
        say_json(manifest)
        return
    size = sum(part.size for part in manifest.parts)
    say([shown(f"{len(manifest.parts):,} files, {size:,} bytes are in {file}"), *_left_out(manifest)])


def _left_out(manifest: "Manifest") -> list[str]:
    return [shown(f"left out: {one}") for one in manifest.left_out]


def restore(
    invocation: Invocation,
    file: File,
    *,
    over: Annotated[
        bool, typer.Option("--replace", help="Put the home folder that is there aside; stop the service before.")
    ] = False,
) -> None:
    """Put the backup FILE back into an empty home folder, whole or not at all, and check it as `doctor` does."""
    from keepstep.cli.doctor import examined
    from keepstep.restore import restore as put_back

    invocation.stopped = "the home folder is as it was"
    restored = put_back(invocation.settings, file.absolute(), over=over)
    findings = list(examined(invocation))
    if invocation.json:
        say_json({"restored": restored, "findings": findings})
        return
    say(_told(restored))
    say_findings(findings)


def _told(restored: "Restored") -> "list[Line | str]":
    manifest = restored.manifest
    lines: list[Line | str] = [
        shown(f"{restored.home} is as it was at {manifest.made_at}, made by keepstep {manifest.keepstep}"),
        f"{len(manifest.parts):,} files were put back; people sign in anew, open invitations are void",
        *_left_out(manifest),
    ]
    lines += [shown(f"kept from before: {name}") for name in restored.kept]
    if restored.replaced is not None:
        lines.append(shown(f"what was there before is in {restored.replaced}: delete it once all is well"))
    if restored.unfinished:
        lines.append(Line(f"{len(restored.unfinished)} runs go on once a worker starts, as they were then:", "bad"))
        lines += [shown(f"  {run}") for run in restored.unfinished]
        lines.append("  what they did since is not known here: look with `keepstep run list`, cancel what is over")
    return lines
