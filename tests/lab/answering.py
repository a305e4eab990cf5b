"""A small HTTP server in a thread of its own that answers as a test tells it to, and remembers what it was asked."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request. *shown*: whether it came with a certificate."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    shown: bool = False


@dataclass
class Told:
    """One answer."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def told(tree, status=200, **headers):
    """An answer in JSON."""
    return Told(
        json.dumps(tree).encode(), status, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


@dataclass
class Answering:
    """The server: where it is, how it answers, what it was asked."""

    url: str
    answer: Callable[[Asked], Told]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(
    answer: Callable[[Asked], Told], *, at: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Answering]:
    """Serve *answer* for the length of a block; it may be changed meanwhile. *tls*: over HTTPS."""
    server = Answering("", answer)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): text for name, text in self.headers.items()}
            shown = tls is not None and bool(self.connection.getpeercert(binary_form=True))
            asked = Asked(self.command, parts.path, query, headers, body, shown)
            server.asked.append(asked)
            found = server.answer(asked)
            self.send_response(found.status)
            if found.kind:
                self.send_header("Content-Type", found.kind)
            for name, text in found.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(found.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do  # noqa: N815 - the library's names

        def log_message(self, format, *arguments):  # noqa: A002 - the library's name
            pass

    listener = ThreadingHTTPServer((at, port), Door)
    if tls is not None:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    server.url = f"{'https' if tls else 'http'}://{at}:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
