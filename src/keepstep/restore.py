"""A backup put back: whole or not at all, and never below the feet of a process that is at work."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from keepstep.connected import SystemClock
from keepstep.core.manifest import DATABASE, ENGINE, KEY, Manifest
from keepstep.errors import RunLocked, StoreError, UsageError
from keepstep.settings import Settings
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database, open_database, sqlite_url
from keepstep.store.database_copy import alone, file_of
from keepstep.store.home_archive import sync, unpack
from keepstep.store.home_files import SECRETS
from keepstep.store.restored import end_sign_ins, unfinished
from keepstep.store.run_lock import held_in
from keepstep.store.translation import translated_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back. *replaced*: where the earlier home folder is. *kept*: what of it stayed in use.

    *unfinished*: the runs that a worker goes on with.
    """

    manifest: Manifest
    home: Path
    replaced: Path | None
    kept: tuple[str, ...]
    unfinished: tuple[str, ...]


def restore(settings: Settings, file: Path, *, over: bool) -> Restored:
    """Have the home folder be as *file* holds it, brought to the newest schema; or leave everything as it was.

    *over*: it may hold something already, which is put aside. UsageError if it does otherwise, RunLocked while another
    process uses it, StoreError if *file* is no sound backup, or was made by a newer Keepstep.
    """
    home = settings.home
    full = _full(home)
    if full and not over:
        raise UsageError(f"{home} is not empty", hint="name a new --home, or put it aside with --replace")
    with ExitStack() as held:
        if full:
            held.enter_context(_nobody_in(home))
        folder = held.enter_context(_beside(home))
        manifest = unpack(file, folder)
        _fitting(settings, manifest)
        kept = _kept(home, folder) if full else ()
        going = _settled(settings, folder, manifest)
        replaced = _placed(folder, home, full=full)
    return Restored(manifest=manifest, home=home, replaced=replaced, kept=kept, unfinished=going)


def _full(home: Path) -> bool:
    with translated_files(f"home folder {home}"):
        return home.exists() and any(home.iterdir())


@contextmanager
def _nobody_in(home: Path) -> Generator[None]:
    """Have no other process use what is in *home* while this lasts. RunLocked if one does."""
    if held_in(home / f"{DATABASE}.locks"):
        raise RunLocked(
            f"a process is at work in {home}", hint="stop every `keepstep serve` and command, then try again"
        )
    with ExitStack() as held:
        for name in (DATABASE, ENGINE):
            if (home / name).exists():
                held.enter_context(alone(home / name))
        yield


@contextmanager
def _beside(home: Path) -> Generator[Path]:
    """Give a new folder beside *home*, gone at the end unless it has become the home folder."""
    with translated_files(f"folder {home.parent}"):
        home.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{home.name}.restore-", dir=home.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fitting(settings: Settings, manifest: Manifest) -> None:
    """Return if the database of the backup is where *settings* look for one."""
    if file_of(settings.database_url) is not None:
        raise UsageError(
            "$KEEPSTEP_DATABASE names a file, and a backup is put back into the home folder", hint="unset it"
        )
    if manifest.holds(DATABASE) and settings.database_url:
        raise UsageError(
            "the backup holds an SQLite database, and $KEEPSTEP_DATABASE names a server", hint="unset the variable"
        )
    if not manifest.holds(DATABASE) and not settings.database_url:
        raise UsageError(
            "the backup holds no database: it is of an installation on PostgreSQL",
            hint="bring the dump back with pg_restore, set $KEEPSTEP_DATABASE, then restore this backup",
        )


def _kept(home: Path, folder: Path) -> tuple[str, ...]:
    """Copy what opens the secrets from *home* to *folder*, where the backup was made without it; return what."""
    kept: list[str] = []
    with translated_files(f"home folder {home}"):
        for name in (KEY, SECRETS):
            if (home / name).exists() and not (folder / name).exists():
                if (home / name).is_dir():
                    shutil.copytree(home / name, folder / name, symlinks=True)
                else:
                    shutil.copy2(home / name, folder / name)
                kept.append(name)
    return tuple(kept)


def _settled(settings: Settings, folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Bring the database to the newest schema, end what must not come back, and note it; return what goes on."""
    if not manifest.holds(DATABASE):
        return ()
    clock = SystemClock()
    with open_database(sqlite_url(folder / DATABASE)) as database:
        fault = database.check()
        if fault:
            raise StoreError(f"the database of the backup is damaged: {fault}", hint="use another backup")
        end_sign_ins(database)
        _noted(settings, database, manifest, clock)
        return tuple(unfinished(database))


def _noted(settings: Settings, database: Database, manifest: Manifest, clock: SystemClock) -> None:
    audit = SqlAuditLog(database, clock, origin=settings.origin, correlation=token_hex(8))
    detail = {"made_at": manifest.made_at, "keepstep": manifest.keepstep, "schema": manifest.schema}
    audit.add("restore", "backup", detail, operator=settings.operator)


def _placed(folder: Path, home: Path, *, full: bool) -> Path | None:
    """Make *folder* the home folder, and return where the earlier one is now.

    Cut off between the two steps, the home folder is missing, and both are beside it.
    """
    aside = home.with_name(f"{home.name}.replaced-{SystemClock().now():%Y%m%dT%H%M%S}") if full else None
    with translated_files(f"home folder {home}"):
        _own(folder, home if home.exists() else home.parent)
        if aside is not None:
            home.rename(aside)
        try:
            folder.rename(home)
        except OSError:
            if aside is not None:
                aside.rename(home)
            raise
        sync(home.parent)
    return aside


def _own(folder: Path, like: Path) -> None:
    """Give all in *folder* to whoever owns *like*: root restores for the user of the service."""
    owner = like.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for one in (folder, *folder.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid, follow_symlinks=False)
