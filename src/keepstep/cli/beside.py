"""The worker beside a server: a process of its own, so that nobody who asks waits for its work; both end together.

The server starts it as `python -m keepstep.cli.beside_process`, and tells it on its standard input where it works.
"""

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from keepstep.cli.output import say
from keepstep.settings import Settings
from keepstep.telemetry.log import Style

_COMMAND: Final = (sys.executable, "-P", "-m", "keepstep.cli.beside_process")
STOPPED: Final = "what was under way is taken up by the next worker"
"""What is said where Ctrl-C ends the work."""

_FIRST_GAP: Final = 1.0
_LONGEST_GAP: Final = 60.0
_STEADY: Final = 60.0
"""One that was at work for so many seconds is started again at once."""

_LEAVING: Final = 29.0
"""How many seconds it has to let what is under way end: a little more than it takes for that itself."""


@dataclass(slots=True)
class Beside:
    """The worker beside this process. *style*: how it writes its log, on the same error stream; None: not at all."""

    settings: Settings
    style: Style | None = None
    gap: float = field(default=_FIRST_GAP, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Have one at work until *stop*; one that ends by itself is started again, after a growing gap."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            begun = loop.time()
            why = await self._one(stop)
            if stop.is_set():
                return
            self.gap = _FIRST_GAP if loop.time() - begun > _STEADY else self.gap
            say([f"the worker ended ({why}); it is started again in {self.gap:.0f} s"])
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.gap)
            self.gap = min(self.gap * 2, _LONGEST_GAP)

    async def _one(self, stop: asyncio.Event) -> str:
        """Start one, see it to its end, and return how that came about; it is stopped by *stop*, or with this task."""
        process = await asyncio.create_subprocess_exec(*_COMMAND, stdin=asyncio.subprocess.PIPE)
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(stop.wait())
        try:
            assert process.stdin is not None  # noqa: S101 - a pipe was asked for
            process.stdin.write(self._told())
            await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            await _leave(process, ended)
        code = ended.result()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _told(self) -> bytes:
        """Return what it is told; a master key from the environment goes this way, and is in no environment again."""
        key = self.settings.key_place.text
        told = {"home": str(self.settings.home), "log": self.style or "", "key": "" if key is None else key.reveal()}
        return json.dumps(told).encode() + b"\n"


async def _leave(process: asyncio.subprocess.Process, ended: "asyncio.Task[int]") -> None:
    """Have *process* stop, if it is still there: by itself, else by force."""
    with suppress(ProcessLookupError):
        if not ended.done():
            process.terminate()
        done, _ = await asyncio.wait((ended,), timeout=_LEAVING)
        if not done:
            process.kill()
    await ended
