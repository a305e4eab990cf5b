"""A file that holds a secret, or decides about one: read only where others have no hand in it."""

import os
import stat
from pathlib import Path
from typing import Final

from keepstep.errors import SecretMissing

MAY_LOOK: Final = 0o022
"""Others may read it, and change nothing."""

PRIVATE: Final = 0o027
"""Its owner's, and perhaps read by their group."""

_MOST_BYTES: Final = 65_536


def guarded_text(path: Path, what: str, *, forbidden: int) -> str:
    """Return the text of the file at *path*, byte for byte.

    SecretMissing, about *what*, if it is not there, is no file, belongs to somebody else, has one of the *forbidden*
    bits in its mode, is too large or no UTF-8.
    """
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
