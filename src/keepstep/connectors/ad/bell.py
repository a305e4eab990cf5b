"""Rings when something in a domain changes: the directory tells, or its counter is looked at."""

import asyncio
from typing import Final

from keepstep.connectors.ldap_session.line import Line
from keepstep.errors import ConnectorError

_SLICE: Final = 1.0
"""Seconds that a thread waits in one go, so that nobody who stops waits for long."""

_LOOK: Final = 0.5


class Bell:
    """Waits on a session of its own: a directory serves one such request a connection."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._mute = False
        self._heard = -1

    async def wait(self, domain: str, seconds: float) -> None:
        """Return as soon as something in *domain* may have changed, at the latest after *seconds*.

        ConnectorError if the directory cannot be asked.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            if self._mute:
                if await self._counted():
                    return
                await asyncio.sleep(min(_LOOK, left))
            elif await self._told(domain, min(_SLICE, left)):
                return

    async def _told(self, domain: str, seconds: float) -> bool:
        session = await self._line.session()
        answer = await session.notice(domain, seconds)
        if answer is None:
            return False
        if not answer.good:
            if answer.code < 0:
                raise ConnectorError("the connection that waits for changes broke", hint="it is opened again")
            self._mute = True  # it offers no notification, or no more of them: its counter is looked at
            return False
        return True

    async def _counted(self) -> bool:
        session = await self._line.session()
        root = await session.base("", ("highestCommittedUSN",))
        counted = int((root.values.get("highestcommittedusn") or [b"0"])[0]) if root else 0
        before, self._heard = self._heard, counted
        return counted != before and before >= 0

    def close(self) -> None:
        """Let go of the session; may be called twice."""
        self._line.close()
