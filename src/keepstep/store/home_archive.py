"""The file that a backup is: a tar.gz of the files of a home folder, with their manifest at its end."""

import os
import shutil
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from keepstep.core.manifest import NAME, Manifest, Part, broken, check_parts, confined, manifest_of, manifest_text
from keepstep.errors import StoreError, UsageError
from keepstep.store.translation import translated_files

_PIECE: Final = 1 << 20
_MOST_MANIFEST: Final = 64 << 20
_SPARE: Final = 50_000_000
"""Bytes that stay free on a disk that a backup is unpacked to."""


@dataclass(frozen=True, slots=True)
class Packing:
    """An archive that is being written."""

    tar: tarfile.TarFile
    parts: list[Part] = field(default_factory=list[Part])

    def add(self, path: str, source: Path) -> None:
        """Put the file *source* in as *path*. StoreError if it cannot be read whole."""
        with translated_files(str(source)):
            handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                found = os.fstat(handle)
                member = _member(path, found.st_size, executable=bool(found.st_mode & stat.S_IXUSR))
                member.mtime = int(found.st_mtime)
                reader = _Digesting(file)
                self.tar.addfile(member, reader)
        self.parts.append(Part(path=path, size=member.size, sha256=reader.digest.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """Put the manifest in, as the last file."""
        self.add_text(NAME, manifest_text(manifest))

    def add_text(self, path: str, text: bytes) -> None:
        """Put *text* in as *path*."""
        self.tar.addfile(_member(path, len(text)), BytesIO(text))


@contextmanager
def packing(file: Path) -> Generator[Packing]:
    """Give an archive that is *file* once the block has ended well, on the disk, readable by its owner only.

    UsageError if *file* is there already: it is never written over.
    """
    with translated_files(f"backup {file}"):
        _absent(file)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=6) as tar:
                    yield Packing(tar)
                out.flush()
                os.fsync(handle)
            _absent(file)
            Path(name).rename(file)
        finally:
            Path(name).unlink(missing_ok=True)
        sync(file.parent)


def _absent(file: Path) -> None:
    if os.path.lexists(file):
        raise UsageError(f"{file} is there already", hint="name another file: a backup is never written over")


def unpack(file: Path, folder: Path) -> Manifest:
    """Have all that the archive *file* holds in *folder*, which is empty, and return its manifest.

    StoreError if it is no backup, or not byte for byte what was written; then *folder* may hold parts of it.
    """
    found: dict[str, Part] = {}
    manifest: Manifest | None = None
    with translated_files(f"backup {file}"):
        try:
            with tarfile.open(file, mode="r|gz") as tar:
                for member in tar:
                    if manifest is not None:
                        raise broken("something stands behind its manifest")
                    if member.name == NAME and member.isreg():
                        manifest = manifest_of(_manifest_bytes(tar, member))
                        continue
                    part = _unpacked(tar, member, folder)
                    if part.path in found:
                        raise broken(f"{part.path} is in it twice")
                    found[part.path] = part
        except (tarfile.TarError, zlib.error, EOFError, ValueError) as exc:
            raise broken("it is no tar.gz, or ends in the middle") from exc
    if manifest is None:
        raise broken("it has no manifest")
    check_parts(manifest, found)
    return manifest


def _manifest_bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > _MOST_MANIFEST:
        raise broken("its manifest is too large")
    return _content(tar, member).read()


def _unpacked(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> Part:
    """Write one member into *folder* and return what it is; nothing but plain files, nothing outside."""
    if not member.isreg():
        raise broken(f"it holds something that is no file: {member.name!r}")
    place = folder / confined(member.name)
    if member.size > shutil.disk_usage(folder).free - _SPARE:
        raise StoreError(f"there is no room for {member.name}: {member.size:,} bytes", hint="make room on the disk")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = 0o700 if member.mode & stat.S_IXUSR else 0o600
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    digest = sha256()
    with os.fdopen(handle, "wb") as out:
        for piece in _pieces(_content(tar, member)):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(handle)
    return Part(path=member.name, size=member.size, sha256=digest.hexdigest())


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise broken(f"{member.name!r} cannot be read")
    return content


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        yield piece


def sync(folder: Path) -> None:
    """Have what *folder* lists on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _member(path: str, size: int, *, executable: bool = False) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.size, member.mode = size, 0o700 if executable else 0o600
    return member


class _Digesting:
    """Reads a file, and knows the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece
