"""The folder of archives of the audit log: files that appear whole, and are never written over."""

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from keepstep.errors import StoreError
from keepstep.store.translation import translated_files


class FolderArchive:
    """Archives in one folder, made if it is not there, readable by their owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, lines: Iterable[bytes]) -> str:
        """Have *lines* in the file *name*, on the disk, and return their SHA-256.

        StoreError if a file of that name holds something else: it stays as it is.
        """
        file, temporary = self._folder / name, self._folder / f".{name}.{os.getpid()}"
        digest = sha256()
        with translated_files(f"archive {file}"):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                with os.fdopen(handle, "wb") as out:
                    for line in lines:
                        digest.update(line)
                        out.write(line)
                    out.flush()
                    os.fsync(out.fileno())
                self._place(temporary, file, digest.hexdigest())
            finally:
                temporary.unlink(missing_ok=True)
        return digest.hexdigest()

    def _place(self, temporary: Path, file: Path, wanted: str) -> None:
        if file.exists():
            with file.open("rb") as there:
                found = sha256()
                while chunk := there.read(1 << 20):
                    found.update(chunk)
            if found.hexdigest() != wanted:
                raise StoreError(f"archive {file} is there and holds something else", hint="name another folder")
            return
        temporary.rename(file)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
