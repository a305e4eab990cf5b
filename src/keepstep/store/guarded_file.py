"""A file that holds a secret, or decides about one: read only where others have no hand in it."""

import os
import stat
from pathlib import Path
from typing import Final

from keepstep.errors import SecretMissing

_MOST_BYTES: Final = 65_536
_CHANGE: Final = 0o022
_OTHERS: Final = 0o027
"""Its group may read a file that holds a secret, and nobody else may do anything with it."""


def loose_part(path: Path) -> Path | None:
    """Return what of *path*, the file or a folder above, others than root and this user may change; None if nothing.

    A folder in which nobody can replace what is another's, as /tmp, is no such part.
    """
    return next((part for part in (path, *path.parents) if not _kept(part.stat())), None)


def _kept(found: os.stat_result) -> bool:
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    return found.st_uid in {0, os.geteuid()} and bool(sticky or not found.st_mode & _CHANGE)


def deciding_text(path: Path) -> str:
    """Return the text of the file at *path*, byte for byte, which decides what this process does.

    SecretMissing if it cannot be read, or if others may change it or put another in its place.
    """
    text = _text(path, str(path), forbidden=_CHANGE)
    if (loose := loose_part(path.resolve())) is not None:
        raise SecretMissing(f"{path}: others may change {loose}", hint=f"chmod go-w {loose}")
    return text


def secret_text(path: Path, what: str) -> str:
    """Return the text of the file at *path*, byte for byte, which is a secret.

    SecretMissing, about *what*, if it cannot be read, belongs to somebody else, or others may read or change it.
    """
    return _text(path, what, forbidden=_OTHERS)


def _text(path: Path, what: str, *, forbidden: int) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            _judge(os.fstat(descriptor), path, what, forbidden)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(_MOST_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as exc:
        hint = "check the path, and that the user of this process may read it"
        raise SecretMissing(f"{what} cannot be read: {exc.strerror}", hint=hint) from exc
    if len(content) > _MOST_BYTES:
        raise SecretMissing(f"{what} is larger than {_MOST_BYTES:,} bytes", hint="is it the file?")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise SecretMissing(f"{what} is not UTF-8", hint="keep it as text; what is no text in Base64") from None


def _judge(found: os.stat_result, path: Path, what: str, forbidden: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SecretMissing(f"{what} is no file", hint="name a file")
    if found.st_uid not in {0, os.geteuid()}:
        raise SecretMissing(f"{what} belongs to somebody else", hint=f"chown it to the user of this process: {path}")
    mode = found.st_mode & 0o777
    if mode & forbidden:
        raise SecretMissing(f"{what} is open to others (mode {mode:04o})", hint=f"chmod {mode & ~forbidden:o} {path}")
