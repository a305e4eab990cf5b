"""An HTTP proxy that leads every name to one server, and remembers what it was asked."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxying:
    """The proxy: where it is, which proof it wants, and the head of each request it got."""

    url: str
    wanted: str = ""
    heads: list[str] = field(default_factory=list)


@contextmanager
def proxying(leads_to: tuple[str, int]) -> Iterator[Proxying]:
    """Be a proxy that knows CONNECT; whatever name it is asked for, it leads to *leads_to*."""
    proxy = Proxying("")

    class Door(socketserver.BaseRequestHandler):
        def handle(self):
            head = b""
            while b"\r\n\r\n" not in head and (read := self.request.recv(4096)):
                head += read
            proxy.heads.append(head.decode())
            if proxy.wanted and proxy.wanted not in head.decode():
                self.request.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(leads_to) as server:
                self.request.sendall(b"HTTP/1.1 200 Yes\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, self.request), daemon=True)
                back.start()
                pump(self.request, server)
                back.join()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Door) as listener:
        proxy.url = f"http://127.0.0.1:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            listener.shutdown()
            thread.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
