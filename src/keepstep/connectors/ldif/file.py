"""The file a directory is held in: read whole, replaced whole, never half-written."""

import fcntl
import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE

from keepstep.connectors.ldif.text import Ldif, parse_ldif, write_ldif
from keepstep.errors import ConnectionLost, ConnectorError


class NotWritten(ConnectorError):
    """The file could not be replaced and is what it was before."""

    code = "not_written"


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one state of the file from another without reading it."""

    inode: int
    size: int
    changed: int

    def __str__(self) -> str:
        """Return it as one text."""
        return f"{self.inode}.{self.size}.{self.changed}"


class LdifFile:
    """One file on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def version(self) -> Version:
        """Return the present state; ConnectionLost if the file is not there or cannot be looked at."""
        try:
            found = self.path.stat()
        except OSError as exc:
            raise self._unreadable(exc) from exc
        return _version(found)

    def load(self) -> Ldif:
        """Return what the file holds. ConnectionLost if it cannot be read, ConfigurationError if it is not LDIF."""
        try:
            data = self.path.read_bytes()
        except OSError as exc:
            raise self._unreadable(exc) from exc
        return parse_ldif(data, str(self.path))

    def save(self, ldif: Ldif) -> Version:
        """Replace the file: written beside it, synced, renamed over it with the same owner and mode; else NotWritten.

        A crash or a full disk at any point leaves the old file as it was.
        """
        path = self.path.resolve()
        # One fixed name: a leftover of a crash is written over by the next save, under the same lock.
        beside = path.with_name(f".{path.name}.new")
        try:
            written = _write(beside, write_ldif(ldif), path.stat())
            beside.replace(path)
        except OSError as exc:
            with suppress(OSError):
                beside.unlink()
            raise NotWritten(
                f"{self.path} could not be written: {exc.strerror}",
                hint="make room on the disk, and let the program write to the file and its folder",
            ) from exc
        _sync_folder(path.parent)
        return written

    @contextmanager
    def locked(self, pause: Callable[[int], None]) -> Generator[None]:
        """Keep other writers of this folder out; *pause* is called with 1, 2, … while another one is at work.

        The folder is locked and not the file, as the file is replaced by each save.
        """
        try:
            folder = os.open(self.path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as exc:
            raise self._unreadable(exc) from exc
        try:
            self._lock(folder, pause)
            yield
        finally:
            os.close(folder)

    def _lock(self, folder: int, pause: Callable[[int], None]) -> None:
        attempt = 0
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                attempt += 1
                pause(attempt)
            except OSError as exc:
                raise self._unreadable(exc) from exc
            else:
                return

    def _unreadable(self, exc: OSError) -> ConnectionLost:
        return ConnectionLost(
            f"{self.path} cannot be read: {exc.strerror}",
            hint="check the connection's `file`, and that this program may read it",
        )


def _write(path: Path, pieces: Iterable[bytes], like: os.stat_result) -> Version:
    """Write *pieces* to a new file, see them on the disk, and return what the file is then."""
    # No link is followed and the mode is set before anything is in it: the file may hold personal data.
    with suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as out:
        with suppress(PermissionError):  # only root gives files away
            os.fchown(out.fileno(), like.st_uid, like.st_gid)
        os.fchmod(out.fileno(), S_IMODE(like.st_mode))
        out.writelines(pieces)
        out.flush()
        os.fsync(out.fileno())
        return _version(os.fstat(out.fileno()))


def _version(found: os.stat_result) -> Version:
    return Version(found.st_ino, found.st_size, found.st_mtime_ns)


def _sync_folder(folder: Path) -> None:
    """See the rename on the disk, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
