"""Files that appear whole, or not at all."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from keepstep.errors import UsageError


@contextmanager
def placed(out: Path) -> Generator[IO[bytes]]:
    """Give a file to write to; *out* appears whole when the block ends well, and not at all otherwise."""
    if out.exists() and not out.is_file():
        # A device or a pipe is written to; it must never be replaced by a file.
        with out.open("wb") as file:
            yield file
        return
    if not out.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {out.parent}", hint="make it, or name another file with --out")
    handle, temporary = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.absolute().parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(out)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
