"""A TCP relay on which a process can be killed at one exact message."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

ASKED_LOST = "a request was written, and died with the process"
ASKED = "a request went out, and the process died before the answer"
ANSWER_LOST = "the answer was on its way when the process died"
MOMENTS = (ASKED_LOST, ASKED, ANSWER_LOST)


@dataclass(frozen=True)
class Fuse:
    """Call *burn* at message *at* of those that go in the direction of *moment*."""

    at: int
    moment: str
    burn: Callable[[], None]

    @property
    def answers(self) -> bool:
        return self.moment == ANSWER_LOST


class Wire:
    """Forwards connections to *target*, counts what goes each way, and burns the fuse when its message comes."""

    def __init__(self, target: tuple[str, int], host: str) -> None:
        self._target = target
        self._listener = socket.create_server((host, 0))
        self._lock = threading.Lock()
        self._fuse: Fuse | None = None
        self._counts = [0, 0]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def arm(self, fuse: Fuse | None) -> None:
        """Count from now on, and burn *fuse* when its message comes."""
        with self._lock:
            self._counts, self._fuse = [0, 0], fuse

    def count(self, moment: str) -> int:
        """Return how many messages went in the direction of *moment* since the wire was armed."""
        return self._counts[moment == ANSWER_LOST]

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = threading.Thread(target=self._pump, args=(server, client, True), daemon=True)
            answers.start()
            self._pump(client, server, False)
            answers.join()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                fuse = self._due(answers)
                if fuse is None:
                    sink.sendall(data)
                elif fuse.moment == ASKED:
                    sink.sendall(data)
                    fuse.burn()
                else:
                    fuse.burn()
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _due(self, answers: bool) -> Fuse | None:
        with self._lock:
            self._counts[answers] += 1
            fuse = self._fuse
            if fuse is None or fuse.answers is not answers or self._counts[answers] != fuse.at:
                return None
            self._fuse = None
            return fuse


@contextmanager
def wire_to(host: str, port: int, *, at: str = "127.0.0.1") -> Iterator[Wire]:
    """A wire to *host*:*port* while the block runs, on a free port of the loopback address *at*."""
    wire = Wire((host, port), at)
    try:
        yield wire
    finally:
        wire.close()
