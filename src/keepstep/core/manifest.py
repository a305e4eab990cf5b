"""The manifest of a backup: what it holds, by its digests, and which Keepstep made it from which schema."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import msgspec

from keepstep.errors import StoreError

FORM: Final = 1
"""The form of backups; one with another number was made by a Keepstep that this one does not know."""

NAME: Final = "manifest.json"
DATABASE: Final = "keepstep.db"
ENGINE: Final = "engine.db"
KEY: Final = "master.key"

_MOST_BYTES: Final = 4096
_HINT: Final = "use another backup: this one is damaged, or was made by other means than `keepstep backup`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a backup, by its path below the home folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. *schema*: of its database, empty where it holds none. *left_out*: what stayed behind."""

    form: int
    keepstep: str
    schema: str
    made_at: str
    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Return whether the file *path* is in the backup."""
        return any(part.path == path for part in self.parts)


def manifest_text(manifest: Manifest) -> bytes:
    """Return *manifest* as it stands in a backup."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def manifest_of(text: bytes) -> Manifest:
    """Return the manifest that *text* is. StoreError if it is none, or one of a form that is not known here."""
    try:
        form = msgspec.json.decode(text, type=dict[str, object]).get("form")
        if isinstance(form, int) and form > FORM:
            raise StoreError(f"the backup was made by a newer Keepstep (form {form})", hint="install that one first")
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as exc:
        raise broken("its manifest cannot be understood") from exc
    names = [part.path for part in manifest.parts]
    if len(set(names)) != len(names):
        raise broken("its manifest names a file twice")
    return manifest


def confined(path: str) -> str:
    """Return *path*, once it is sure that it leads to a place below the home folder. StoreError if it does not."""
    given = PurePosixPath(path)
    plain = path.isprintable() and "\\" not in path and len(path.encode("utf-8", "replace")) < _MOST_BYTES
    if not plain or given.is_absolute() or ".." in given.parts or str(given) != path or path == ".":
        raise broken("it names a file outside of the home folder")
    return path


def check_parts(manifest: Manifest, found: dict[str, Part]) -> None:
    """Return if *found* is what *manifest* says. StoreError names what is missing, changed or too much."""
    for part in manifest.parts:
        there = found.get(part.path)
        if there is None:
            raise broken(f"{part.path} is missing")
        if there != part:
            raise broken(f"{part.path} is not what the manifest says")
    named = {part.path for part in manifest.parts}
    for path in found:
        if path not in named:
            raise broken(f"{path} is not in its manifest")


def broken(why: str) -> StoreError:
    """Return the error of a backup that cannot be used."""
    return StoreError(f"the backup is broken: {why}", hint=_HINT)
