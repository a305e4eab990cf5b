"""An HTTP server on loopback that writes down every request and answers as a test says."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Recorded:
    """One request as it came in: header names in lower case, the query and a form body as pairs in order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        pairs = parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs), "a parameter was sent twice"
        return dict(pairs)

    @property
    def json(self):
        return json.loads(self.body)

    def all(self, header: str) -> list[str]:
        return [value for name, value in self.headers if name == header.lower()]

    def header(self, name: str) -> str:
        (value,) = self.all(name)
        return value


@dataclass(frozen=True)
class Reply:
    """An answer: *body* is sent as JSON unless it is bytes."""

    body: object = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Recorded], Reply]


@dataclass
class Recording:
    """A running server; `requests` holds what came in, in order."""

    url: str
    requests: list[Recorded] = field(default_factory=list)

    def to(self, path: str) -> list[Recorded]:
        return [request for request in self.requests if request.path == path]


@contextmanager
def recording_server(answer: Answer) -> Iterator[Recording]:
    """A server that answers each request with *answer*."""
    lock = Lock()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def serve(self) -> None:
            parts = urlsplit(self.path)
            request = Recorded(
                method=self.command,
                path=parts.path,
                query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                headers=tuple((name.lower(), value) for name, value in self.headers.items()),
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            with lock:
                recording.requests.append(request)
                reply = answer(request)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        recording = Recording(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield recording
        finally:
            server.shutdown()
            thread.join()
