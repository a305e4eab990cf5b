"""A backup: one file with all that makes an installation, taken while it is at work."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

from keepstep import __version__
from keepstep.core.manifest import DATABASE, ENGINE, FORM, KEY, Manifest
from keepstep.errors import UsageError
from keepstep.settings import Settings
from keepstep.store.database import Database
from keepstep.store.database_copy import copy_database, dump_command, file_of
from keepstep.store.home_archive import Packing, packing
from keepstep.store.home_files import home_files
from keepstep.store.key_source import FileKeys
from keepstep.store.translation import translated_files

_APART: Final = "the database: PostgreSQL dumps it"


def back_up(settings: Settings, database: Database, file: Path, *, now: datetime, with_key: bool) -> Manifest:
    """Have *file* hold the home folder, and its SQLite *database* as it is at one moment; return what is in it.

    *with_key*: and what opens the secrets. UsageError if *file* is in the home folder, or is there already.
    """
    if file.resolve().is_relative_to(settings.home.resolve()):
        raise UsageError("a backup in the home folder is lost with it", hint="name a file elsewhere")
    with packing(file) as archive:
        _databases(archive, settings, database)
        left_out = [_APART] if database.postgres else []
        left_out += _files(archive, settings, with_key=with_key)
        manifest = Manifest(
            form=FORM,
            keepstep=__version__,
            schema="" if database.postgres else database.revision,
            made_at=now.isoformat(timespec="seconds"),
            parts=tuple(archive.parts),
            left_out=tuple(left_out),
        )
        archive.finish(manifest)
    return manifest


def dumped_elsewhere(settings: Settings, database: Database) -> UsageError:
    """Return why *database* is in no backup, and the command that dumps it."""
    command = dump_command(settings.database_url, database.schema)
    return UsageError(
        f"the {database.address} is dumped by PostgreSQL itself",
        hint=f"{command}\n      then `keepstep backup FILE --without-database` for the home folder",
    )


def _databases(archive: Packing, settings: Settings, database: Database) -> None:
    """Put copies of the SQLite databases into *archive*, each of one moment."""
    if database.postgres:
        return
    places = {DATABASE: file_of(settings.database_url) or settings.database_file, ENGINE: settings.home / ENGINE}
    with translated_files(f"folder {settings.staging_folder}"):
        settings.staging_folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.staging_folder) as folder:
            for name, source in places.items():
                if source.exists():
                    copy_database(source, Path(folder) / name)
                    archive.add(name, Path(folder) / name)


def _files(archive: Packing, settings: Settings, *, with_key: bool) -> list[str]:
    """Put the files of the home folder into *archive*, and return what stays behind, and why."""
    left_out: list[str] = []
    for file in home_files(settings.home, with_key=with_key):
        if file.why_not:
            left_out.append(f"{file.path}: {file.why_not}")
        elif file.path != KEY:
            archive.add(file.path, settings.home / file.path)
    if with_key:
        archive.add(KEY, _key_file(settings))
    return left_out


def _key_file(settings: Settings) -> Path:
    keys = settings.keys
    if not isinstance(keys, FileKeys):
        raise UsageError(f"the master key is no file, but the {keys.where}", hint="back it up where it is kept")
    return keys.file
