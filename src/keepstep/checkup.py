"""Whether an installation is sound, and what is to be mended: its files, its database, its secrets, what it reaches."""

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keepstep.errors import KeepstepError

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


async def around(store: "Installation") -> "Sequence[Finding]":
    """Return whether connected systems can be reached and have the same time; nothing for a wrong configuration."""
    from keepstep.connectors.surroundings import look_around

    try:
        configuration = store.configuration()
    except KeepstepError:
        return []  # `kept` says what is wrong with it
    return await look_around(configuration, store.settings.home, store.clock.now)


def kept(store: "Installation") -> "Iterator[Finding]":
    """Yield how what is kept is: the database, the master key, the log, what waits, the configuration, its secrets."""
    from keepstep.usecases.verify_audit import verify_audit

    fault = store.database.check()
    if fault:
        yield bad("database", f"it is damaged: {fault}", "restore it from your backup")
    else:
        yield good("database", f"{store.database.address}, schema {store.database.revision}")
    try:
        ring = store.vault.keys.at_hand()
        if store.master_key_desk.interrupted:
            yield bad("master key", "a change of it was interrupted", "`keepstep secret rotate-key` goes on")
        yield good("master key", f"{store.vault.keys.source.where} can be read; {len(ring.keys)} at hand")
    except KeepstepError as error:
        yield bad("master key", error.message, error.hint)
    try:
        proven = verify_audit(store.audit, store.audit_key, store.checkpoints.all())
        yield good("audit log", f"all {proven.count:,} records are unchanged, {proven.signed:,} of them signed")
    except KeepstepError as error:
        yield bad("audit log", error.message, error.hint)
    yield from queue(store)
    try:
        configuration = store.configuration()
    except KeepstepError as error:
        yield bad("configuration", error.message.split("\n")[0], error.hint or "`keepstep config check` lists it all")
        return
    yield good("configuration", f"{store.settings.config_file} is understood")
    yield from _anchors(store, configuration)
    yield from _secrets(store, configuration)
    yield from _libraries(configuration)


def _anchors(store: "Installation", configuration: "Configuration") -> "Iterator[Finding]":
    for name in configuration.audit.anchors:
        state = store.checkpoints.anchored(name)
        if state.problem:
            yield bad("anchor", f'"{name}" has {state.count:,} records: {state.problem}', "`keepstep audit checkpoint`")
        elif state.count:
            yield good("anchor", f'"{name}" has {state.count:,} records')
        else:
            yield bad(
                "anchor", f'"{name}" has nothing yet', "`keepstep serve` brings it, or `keepstep audit checkpoint`"
            )


def _secrets(store: "Installation", configuration: "Configuration") -> "Iterator[Finding]":
    from keepstep.store.secret_references import references_of

    references = references_of(configuration)
    for label, reference in sorted(references.items()):
        try:
            store.secrets.resolve(reference)
        except KeepstepError as error:
            yield bad("secret", error.message, error.hint)
        else:
            yield good("secret", f"{label} can be opened")
    named = {reference.secret for reference in references.values()}
    for kept in store.vault.listed():
        if kept.problem and kept.name not in named:
            yield bad("secret", kept.problem, kept.remedy)


def _libraries(configuration: "Configuration") -> "Iterator[Finding]":
    directories = [
        name for name, spec in configuration.connections.items() if spec.kind in {"active_directory", "ldap"}
    ]
    if find_spec("ldap") is not None:
        yield good("python-ldap", "it is installed: Active Directory and LDAP servers can be used")
    elif directories:
        hint = "apt install gcc python3-dev libldap-dev libsasl2-dev, then pip install 'keepstep[ad]'"
        yield bad("python-ldap", f"it is not installed, and {directories[0]} needs it", hint)
    else:
        yield good("python-ldap", "it is not installed; only Active Directory and LDAP servers need it")
