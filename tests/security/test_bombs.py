"""Bombs: a small answer that stands for very much, or one that never ends."""

import gzip
import json
import socketserver
import subprocess
import sys
import threading
import zlib
from contextlib import contextmanager

import pytest

from keepstep.connectors.rest.transport import LARGEST
from tests.lab.answering import Told

MIB = 2**20
SPEC = {"url": "{base_url}/users", "records": "data.users", "timeout": 3}


def tried(hr, **spec):
    """Test an endpoint of that kind; return what is said."""
    result = hr.run("endpoint", "test", "hr", "list-users", "--spec", "-", text=json.dumps({**SPEC, **spec}))
    assert result.exit_code == 1, result.output
    return result.output


def packed(pack, megabytes):
    """Return *megabytes* of blanks, packed, without ever having them all."""
    return b"".join(pack.compress(b" " * MIB) for _ in range(megabytes)) + pack.flush()


MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "keepstep", *sys.argv[1:]])
print("used", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs the program from a process that is small itself: what a process uses at most is inherited."""

GZIP = zlib.MAX_WBITS | 16


@pytest.mark.parametrize(("coding", "bits"), [("gzip", GZIP), ("deflate", zlib.MAX_WBITS)])
def test_a_packed_answer_costs_no_more_memory_than_the_largest_answer(hr, coding, bits):
    bomb = packed(zlib.compressobj(9, zlib.DEFLATED, bits), 1024)
    assert len(bomb) < 2 * MIB
    hr.server.answer = lambda _: Told(bomb, headers={"Content-Encoding": coding})
    command = [sys.executable, "-c", MEASURED, "endpoint", "test", "hr", "list-users", "--home", str(hr.home)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    said, _, kibibytes = done.stdout.rpartition("used ")
    assert f"larger than {LARGEST // MIB} MiB" in said
    assert int(kibibytes) < 256 * 1024


def test_what_is_packed_twice_is_not_unpacked_twice(hr):
    inner = gzip.compress(packed(zlib.compressobj(9, zlib.DEFLATED, GZIP), 10))
    hr.server.answer = lambda _: Told(inner, headers={"Content-Encoding": "gzip"})
    assert "not JSON" in tried(hr, format="json") or "not text" in tried(hr, format="json")


@pytest.mark.parametrize(
    ("format", "body"),
    [
        ("json", b"[" * 1_000_000),
        ("json", b'{"a":' * 500_000),
        ("json", b'{"data":{"users":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
        ("jsonl", b'{"a":' * 500_000 + b"\n"),
        ("xml", b"<a>" * 1_000_000),
        ("xml", b"<a>" * 100_000 + b"</a>" * 100_000),
    ],
)
def test_depth_is_refused_and_not_followed(hr, format, body):  # noqa: A002 - the word of the spec
    hr.server.answer = lambda _: Told(body, kind="")
    said = tried(hr, format=format)
    assert any(words in said for words in ("nested", "not JSON", "not XML")), said


@contextmanager
def endless(hr, start, more):
    """Have the application send *start*, and then *more* until nobody listens any longer."""
    ended = threading.Event()

    class Door(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65536)
            try:
                self.request.sendall(start)
                while not ended.wait(0.01 if len(more) < 1000 else 0):
                    self.request.sendall(more)
            except OSError:
                pass

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Door) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        hr.server.url, before = f"http://127.0.0.1:{listener.server_address[1]}", hr.server.url
        hr.configure()
        try:
            yield
        finally:
            ended.set()
            listener.shutdown()
            hr.server.url = before


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("start", "more", "told"),
    [
        (HEAD + b"\r\n[", b" " * MIB, "larger than"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b" " * MIB + b"\r\n", "larger than"),
        (HEAD + b"\r\n[", b" ", "did not answer within 3 seconds"),
        (HEAD, b"X-Header: a\r\n", "broke off"),
        (HEAD + b"X-Long: ", b"a" * MIB, "broke off"),
        (b"", b" ", "broke off"),
    ],
    ids=["a body", "chunks", "a body drop by drop", "headers", "one header", "nothing but blanks"],
)
def test_an_answer_that_never_ends_is_ended(hr, start, more, told):
    with endless(hr, start, more):
        said = tried(hr)
    assert told in said or "did not answer within" in said, said
