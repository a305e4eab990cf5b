"""A collector of OpenTelemetry: it takes OTLP over HTTP, as protobuf, and keeps what it is sent."""

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    url: str = ""
    paths: set = field(default_factory=set)
    resources: list = field(default_factory=list)
    spans: list = field(default_factory=list)
    raw: bytes = b""

    def of(self, correlation):
        """The spans with this correlation id."""
        return [span for span in self.spans if told(span)["keepstep.correlation"] == correlation]


def told(span):
    """The attributes of *span*."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@contextmanager
def collecting():
    """Give a collector that listens."""
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.paths.add(self.path)
            collector.raw += body
            for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                collector.resources.append({each.key: each.value.string_value for each in one.resource.attributes})
                for scope in one.scope_spans:
                    collector.spans += scope.spans
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Be silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
