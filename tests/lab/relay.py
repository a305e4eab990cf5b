"""A TCP relay between a client and a server, that can break the connection or fall silent at a chosen moment."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Forwards every connection to *target*. `cut_after` answers: how many chunks of answers may pass."""

    def __init__(self, target: tuple[str, int], host: str) -> None:
        self._target = target
        self._listener = socket.create_server((host, 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.allowed: int | None = None
        self.refuse_new = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def cut_after(self, answers: int, *, for_good: bool = False) -> None:
        """Break all connections once *answers* more chunks came back; *for_good*: and take no new ones."""
        with self._lock:
            self.allowed = answers
            self.refuse_new = for_good

    def heal(self) -> None:
        """Work normally again."""
        with self._lock:
            self.allowed = None
            self.refuse_new = False

    def close(self) -> None:
        """Stop, and break what is open."""
        self._listener.close()
        self._break()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse_new and self.allowed == 0:
                client.close()
                continue
            server = socket.create_connection(self._target)
            with self._lock:
                self._open += [client, server]
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answers and not self._may_pass():
                    self._break()
                    return
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _may_pass(self) -> bool:
        with self._lock:
            if self.allowed is None:
                return True
            if self.allowed > 0:
                self.allowed -= 1
                return True
            if not self.refuse_new:
                self.allowed = None
            return False

    def _break(self) -> None:
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def relay_to(host: str, port: int, *, at: str = "127.0.0.1") -> Iterator[Relay]:
    """A relay to *host*:*port* while the block runs, on a free port of the loopback address *at*."""
    relay = Relay((host, port), at)
    try:
        yield relay
    finally:
        relay.close()


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
