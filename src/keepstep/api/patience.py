"""How long and how much a client may take until a request is one: a line that says nothing is let go of."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SECONDS: Final = 10.0
"""How long the headers of a request may take to arrive, from the first byte or from the opening of the line."""

MOST_BYTES: Final = 64 << 10
"""How many bytes may arrive before the headers of a request are whole."""


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection whose request is not begun in time, or never ends its headers."""

    seconds: float = SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _before: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take *data*, so much and no more before the headers of a request are whole."""
        super().data_received(data)
        if self._deadline is not None:
            self._before += len(data)
            if self._before > MOST_BYTES:
                self._give_up()

    def on_message_begin(self) -> None:
        """Begin to wait for the end of the headers."""
        super().on_message_begin()
        if self._deadline is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """Wait no more: a request has begun."""
        self._wait_no_more()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._before = 0
        self._deadline = self.loop.call_later(self.seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._wait_no_more()
        if not self.transport.is_closing():
            self.transport.close()


def patient(seconds: float) -> type[PatientProtocol]:
    """Return the protocol that waits for so many *seconds*."""
    return type("PatientProtocol", (PatientProtocol,), {"seconds": seconds})
