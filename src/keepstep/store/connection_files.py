"""The files of connections in the home folder: put there whole or not at all, and nowhere else."""

import os
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from keepstep.errors import StoreError, UsageError
from keepstep.store.kept_configuration import alone_in

_OURS: Final = frozenset({"secrets", "tmp", "crash", "reports", "logos"})
"""Folders of the home that are not for files of connections."""


class ConnectionFiles:
    """Files below *home* that connections name."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def put(self, file: str, content: bytes, endings: Collection[str]) -> None:
        """Put *content* in place of *file* in one step; only its owner may read it.

        UsageError unless that is a file of the home folder, or may become one, whose name ends with one of *endings*:
        what Keepstep itself goes by is never replaced so.
        """
        path = self._place(file, endings)
        temporary = ""
        try:
            with alone_in(path.parent):
                handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
                with os.fdopen(handle, "wb") as held:
                    held.write(content)
                    held.flush()
                    os.fsync(held.fileno())
                Path(temporary).replace(path)
        except OSError as exc:
            with suppress(OSError):
                Path(temporary).unlink()
            raise StoreError(
                f"the file {file} cannot be written: {exc.strerror}",
                hint="check the free space and the mode of the home folder",
            ) from exc

    def _place(self, file: str, endings: Collection[str]) -> Path:
        refused = UsageError(
            "this connection names a file that is not replaced from here",
            hint=f"only a file in the home folder that ends with {' or '.join(sorted(endings))}",
        )
        parts = PurePosixPath(file)
        outside = parts.is_absolute() or ".." in parts.parts or not file.isprintable() or "\\" in file
        if outside or not parts.parts or parts.suffix.lower() not in endings:
            raise refused
        if any(part.startswith(".") for part in parts.parts) or parts.parts[0].casefold() in _OURS:
            raise refused
        path = self._home / parts
        # a link would lead somewhere else, whoever made it
        if path.is_symlink() or path.parent.resolve() != (self._home.resolve() / parts).parent:
            raise refused
        if not path.parent.is_dir() or (path.exists() and not path.is_file()):
            raise refused
        return path
