"""What a worker does for the audit log: it signs where that ends, and brings it off the box."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from keepstep.errors import KeepstepError
from keepstep.worker.watching import Locks, pause

_LOOK: Final = 2.0
_GAP: Final = 60.0
_LOCK: Final = "anchor:"


@dataclass(slots=True, kw_only=True)
class Notary:
    """Signs and anchors what is due, in one process at a time. *anchor* returns how many anchors got something."""

    anchor: Callable[[], Awaitable[int]]
    locks: Locks
    tell: Callable[[str], None]

    async def __call__(self, stop: asyncio.Event) -> None:
        """Go on until *stop*."""
        while not stop.is_set():
            if not await asyncio.to_thread(self.locks.acquire, _LOCK):
                await pause(stop, _LOOK)
                continue
            try:
                await self._anchor(stop)
            finally:
                await asyncio.to_thread(self.locks.release, _LOCK)

    async def _anchor(self, stop: asyncio.Event) -> None:
        told = ""
        while not stop.is_set():
            try:
                await self.anchor()
                told = ""
            except KeepstepError as exc:
                if exc.message != told:
                    told = exc.message
                    self.tell(f"the audit log cannot be anchored: {told}")
                await pause(stop, _GAP)
            await pause(stop, _LOOK)
