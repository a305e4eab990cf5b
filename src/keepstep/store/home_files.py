"""The files of a home folder that a backup takes, and those that it leaves out."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keepstep.core.manifest import DATABASE, ENGINE, KEY
from keepstep.store.translation import translated_files

SECRETS: Final = "secrets"
_PASSING: Final = ("tmp", "crash")
_KEYTAB: Final = b"\x05\x02"
_PRIVATE: Final = b"PRIVATE KEY-----"
_HEAD: Final = 65_536


@dataclass(frozen=True, slots=True)
class HomeFile:
    """One file, by its path below the home. *why_not*: why it stays behind, if it does."""

    path: str
    why_not: str = ""


def home_files(home: Path, *, with_key: bool) -> Iterator[HomeFile]:
    """Yield every file of *home* but the databases, which are copied another way, and what passes by itself.

    *with_key*: what opens something comes along: the master key, secrets, private keys, keytabs.
    """
    with translated_files(f"home folder {home}"):
        for folder, folders, files in os.walk(home, onerror=_raise):
            here = Path(folder)
            passing = _passing([*folders, *files]) if here == home else set[str]()
            links = {name for name in folders if (here / name).is_symlink()}
            folders[:] = sorted(set(folders) - links - passing)
            for name in sorted({*files, *links} - passing):
                yield _examined(home, here / name, with_key=with_key)


def _raise(error: OSError) -> None:
    raise error


def _passing(names: list[str]) -> set[str]:
    return {name for name in names if name in _PASSING or name.startswith((DATABASE, ENGINE))}


def _examined(home: Path, file: Path, *, with_key: bool) -> HomeFile:
    path = file.relative_to(home).as_posix()
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        return HomeFile(path, "a link: what it leads to is backed up where it is")
    if not stat.S_ISREG(mode):
        return HomeFile(path, "no file")
    if not path.isprintable() or "\\" in path:
        return HomeFile(path, "its name cannot stand in a backup")
    if not with_key and _opens_something(path, file):
        return HomeFile(path, "it opens something: --with-key takes it along")
    return HomeFile(path)


def _opens_something(path: str, file: Path) -> bool:
    if path == KEY or path.split("/", 1)[0] == SECRETS:
        return True
    with file.open("rb") as content:
        head = content.read(_HEAD)
    return head.startswith(_KEYTAB) or _PRIVATE in head
