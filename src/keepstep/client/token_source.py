"""Where the token comes from by which the command line asks a server; never an argument."""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from keepstep.core.secret import Secret
from keepstep.errors import UsageError

TOKEN_VARIABLE: Final = "KEEPSTEP_TOKEN"  # noqa: S105 - a name
FILE_VARIABLE: Final = "KEEPSTEP_TOKEN_FILE"
_HINT: Final = (
    f"${TOKEN_VARIABLE} holds it, or ${FILE_VARIABLE} names a file with it; `keepstep token create` makes one"
)


def token_of(environment: Mapping[str, str], ask: Callable[[], str]) -> Secret:
    """Return the token of the environment, else of the file that it names, else what *ask* gives; UsageError: none."""
    text, file = environment.get(TOKEN_VARIABLE, ""), environment.get(FILE_VARIABLE, "")
    found = (text or (_of_file(Path(file).expanduser()) if file else ask())).strip()
    if not found:
        raise UsageError("there is no token to ask the server with", hint=_HINT)
    if not found.isascii() or not found.isprintable() or " " in found:
        raise UsageError("what was given for the token is none", hint=_HINT)
    return Secret(found)


def _of_file(file: Path) -> str:
    try:
        with file.open(encoding="ascii") as stream:
            found = os.fstat(stream.fileno())
            if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(f"others may read the token in {file}", hint=f"chmod 600 {file}, and make a new token")
            if found.st_uid not in {0, os.geteuid()}:
                raise UsageError(f"{file} with the token belongs to somebody else", hint="name a file of your own")
            return stream.readline()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token in {file} cannot be read: {type(error).__name__}", hint=_HINT) from None
