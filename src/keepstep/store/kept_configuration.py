"""keepstep.yaml of a home folder, with every version of it that was in force."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from keepstep.errors import Changed, StoreError
from keepstep.store.config_file import install, read_text
from keepstep.store.configs import SqlConfigs
from keepstep.store.configuration_text import ConfigurationText


class KeptConfiguration(ConfigurationText):
    """Reads, edits and replaces one configuration file, and keeps its versions."""

    def __init__(self, file: Path, configs: SqlConfigs) -> None:
        super().__init__(file.name)
        self._file = file
        self._configs = configs

    def text(self) -> str:
        """Return the text in force; empty if there is none yet."""
        return read_text(self._file) if self._file.exists() else ""

    def install(self, text: str, *, before: str, operator: str) -> tuple[int, str]:
        """Put *text* in force in one step, keep it as the newest version, and return its number and digest.

        Changed if what is in force is not *before* any more: somebody else changed it meanwhile.
        """
        with alone_in(self._file.parent):
            if self.text() != before:
                raise Changed(
                    f"{self.name} was changed by somebody else meanwhile; nothing was changed",
                    hint="read it again, and put your change into it",
                )
            install(self._file, text)
            version = self._configs.save(text, operator=operator)
        return version.number, version.digest


@contextmanager
def alone_in(folder: Path) -> Generator[None]:
    """Keep every other program that changes a file of *folder* waiting: the folder is locked, as files are replaced."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as exc:
        raise StoreError(f"{folder} cannot be read: {exc.strerror}", hint="check the path and its mode") from exc
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
