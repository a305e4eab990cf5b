"""The logos of applications, in the home folder: one a connection, as we made it."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from keepstep.store.logo_picture import logo_picture
from keepstep.store.translation import translated_files

_FOLDER: Final = "logos"


class Logos:
    """Logos below *home*. A connection is named by the configuration, whose names lead nowhere else."""

    def __init__(self, home: Path) -> None:
        self._folder = home / _FOLDER

    def get(self, connection: str) -> bytes | None:
        """Return the logo of *connection*, a PNG; None if it has none."""
        with translated_files("the logo"):
            try:
                return self._file(connection).read_bytes()
            except FileNotFoundError:
                return None

    def marks(self) -> dict[str, str]:
        """Return for each connection that has a logo a text that changes when its logo does."""
        with translated_files("the logos"):
            try:
                found = list(self._folder.glob("*.png"))
            except FileNotFoundError:
                return {}
            return {file.stem: f"{file.stat().st_mtime_ns:x}" for file in found}

    def put(self, connection: str, content: bytes) -> None:
        """Keep the picture *content*, made anew, as the logo of *connection*; UsageError if it is none."""
        made = logo_picture(content)
        with translated_files("the logo"):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as held:
                    held.write(made)
                Path(temporary).replace(self._file(connection))
            except BaseException:
                with suppress(OSError):
                    Path(temporary).unlink()
                raise

    def remove(self, connection: str) -> None:
        """Forget the logo of *connection*, if it has one."""
        with translated_files("the logo"):
            self._file(connection).unlink(missing_ok=True)

    def _file(self, connection: str) -> Path:
        return self._folder / f"{connection}.png"
