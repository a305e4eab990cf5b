"""What `keepstep doctor` looks at around the configuration: who may read the files, what waits, what can be reached."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keepstep.cli.invocation import run_async

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.ports import Finding
    from keepstep.settings import Settings
    from keepstep.wiring import Installation

LITTLE_SPACE: Final = 200_000_000
_WRITABLE: Final = 0o022
_READABLE: Final = 0o077
_LONG: Final = timedelta(minutes=5)
_PRIVATE: Final = ("keepstep.db", "keepstep.db-wal", "engine.db", "engine.db-wal", "master.key")
_OURS: Final = ("keepstep.yaml", "secret-commands.yaml")


def good(subject: str, detail: str) -> "Finding":
    """Return that *subject* is well."""
    from keepstep.ports import Finding

    return Finding(subject=subject, good=True, detail=detail)


def bad(subject: str, detail: str, hint: str) -> "Finding":
    """Return what is wrong with *subject*, and what to do."""
    from keepstep.ports import Finding

    return Finding(subject=subject, good=False, detail=detail, hint=hint)


def home(settings: "Settings") -> "Iterator[Finding]":
    """Yield whether the home folder is there, closed to others, and on a disk with room."""
    from keepstep.home import mode

    folder = settings.home
    if not folder.is_dir():
        yield bad("home", f"there is no home folder {folder}", "make one with `keepstep init`, or name it with --home")
        return
    if mode(folder) & _READABLE:
        yield bad("home", f"{folder} is open to others (mode {mode(folder):04o})", f"chmod 700 {folder}")
    else:
        yield good("home", f"{folder}, for its owner only")
    yield from _permissions(folder)
    yield _space(settings)


def _permissions(folder: Path) -> "Iterator[Finding]":
    wrong = [*_wrong(folder, _PRIVATE, _READABLE, "600"), *_wrong(folder, _OURS, _WRITABLE, "600")]
    for detail, hint in wrong:
        yield bad("permissions", detail, hint)
    if not wrong:
        yield good("permissions", "no file decides or tells anything to others")


def _wrong(folder: Path, names: tuple[str, ...], forbidden: int, wanted: str) -> Iterator[tuple[str, str]]:
    for file in (folder / name for name in names):
        if not file.exists():
            continue
        found = file.stat()
        if found.st_uid not in {0, os.geteuid()}:
            yield f"{file} belongs to somebody else", f"chown it to the user of the service: {file}"
        elif found.st_mode & forbidden:
            yield f"{file} is open to others (mode {stat.S_IMODE(found.st_mode):04o})", f"chmod {wanted} {file}"


def _space(settings: "Settings") -> "Finding":
    database = settings.database_file
    size = database.stat().st_size if database.exists() else 0
    free = shutil.disk_usage(settings.home).free
    # an upgrade and a backup each need room for a copy
    if free < LITTLE_SPACE + size:
        hint = "make room: a plan and its journal need space, and an upgrade or a backup a copy of the database"
        return bad("disk", f"{free // 1_000_000:,} MB are free, the database has {size // 1_000_000:,} MB", hint)
    return good("disk", f"{free // 1_000_000:,} MB are free")


def queue(store: "Installation") -> "Iterator[Finding]":
    """Yield whether what is due is done."""
    from keepstep.store.chunks import SqlChunks

    count, first = SqlChunks(store.database).overdue(store.clock.now() - _LONG)
    if first is None:
        yield good("queue", "nothing has waited for long")
    else:
        hint = "no worker is at work, or it is stuck: start `keepstep serve`, and look at what it says"
        yield bad("queue", f"{count:,} parts of runs wait, the first since {first:%Y-%m-%d %H:%M} UTC", hint)


def systems(store: "Installation", configuration: "Configuration") -> "Iterator[Finding]":
    """Yield whether connected systems can be reached, and have the same time."""
    from keepstep.connectors.surroundings import look_around

    yield from run_async(look_around(configuration, store.settings.home, store.clock.now))
