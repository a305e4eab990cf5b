"""The made-up Infobip of an installation that was filled with made-up people; it runs beside what answers."""

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from keepstep.emulator import Emulator, EmulatorError, running_in_thread
from keepstep.emulator.made_up import made_up_people
from keepstep.errors import StoreError
from keepstep.store.config_file import install

FILE: Final = "demo.json"


class Demonstration:
    """An emulated Infobip on this machine, always at the same port: the configuration names it.

    What it holds is in memory alone: it begins anew with the server.
    """

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._running = ExitStack()
        self._url = ""
        self._lock = Lock()

    def start(self) -> str:
        """Run it, and remember at which port; return its base URL. StoreError if it cannot be run."""
        with self._lock:
            if not self._url:
                try:
                    self._run(0)
                except EmulatorError as error:
                    raise StoreError(f"the made-up Infobip cannot be run: {error}", hint="`keepstep demo`") from error
                install(self._file, json.dumps({"port": int(self._url.rpartition(":")[2])}) + "\n")
            return self._url

    def resume(self) -> None:
        """Run it again where it was started once; where its port is taken, whoever reads it is told."""
        with self._lock, suppress(OSError, ValueError, KeyError, EmulatorError):
            self._run(int(json.loads(self._file.read_text(encoding="utf-8"))["port"]))

    def close(self) -> None:
        """Stop it."""
        with self._lock:
            self._running.close()
            self._url = ""

    def _run(self, port: int) -> None:
        emulator = Emulator()
        self._url = self._running.enter_context(running_in_thread(emulator, port=port))
        made_up_people(emulator)
