"""The file that a table is in: opened once for a read, and looked at again after it."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final

from keepstep.errors import ConnectionLost

MOST_BYTES: Final = 8_000_000_000

_PIECE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one state of a file from another without reading it."""

    device: int
    inode: int
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A file as it was when it was opened."""

    path: Path
    handle: BinaryIO
    version: Version

    def pieces(self) -> Iterator[bytes]:
        """Yield the content, from the start."""
        self.handle.seek(0)
        try:
            while piece := self.handle.read(_PIECE):
                yield piece
        except OSError as exc:
            raise unreadable(self.path, exc) from exc

    def head(self) -> bytes:
        """Return the first bytes."""
        return next(self.pieces(), b"")[:8]

    def tail(self) -> bytes:
        """Return the last bytes: enough for a line end in any encoding."""
        self.handle.seek(-min(4, self.version.size), os.SEEK_END)
        return self.handle.read(4)

    def moved(self) -> str:
        """Return what happened to the file since it was opened, or the empty text."""
        try:
            now, still = _version(os.fstat(self.handle.fileno())), _version(self.path.stat())
        except OSError:
            return "the file went away while it was read"
        return "" if now == still == self.version else "the file changed while it was read"


@contextmanager
def opened(path: Path) -> Generator[OpenTable]:
    """Open the file at *path* for reading. ConnectionLost if that cannot be done, or it is no plain file."""
    try:
        if not S_ISREG(path.stat().st_mode):
            raise ConnectionLost(f"{path} is not a file", hint="check the connection's `file`")
        handle = path.open("rb")
    except OSError as exc:
        raise unreadable(path, exc) from exc
    with handle:
        version = _version(os.fstat(handle.fileno()))
        if version.size > MOST_BYTES:
            raise ConnectionLost(f"{path} has more than {MOST_BYTES:,} bytes", hint="export less of it")
        yield OpenTable(path, handle, version)


def unreadable(path: Path, exc: OSError) -> ConnectionLost:
    """Return the error that says why *path* cannot be read."""
    hint = "check the connection's `file`, and that this program may read it"
    return ConnectionLost(f"{path} cannot be read: {exc.strerror or 'its content is broken'}", hint=hint)


def _version(found: os.stat_result) -> Version:
    return Version(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
