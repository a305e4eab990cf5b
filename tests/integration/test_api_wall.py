"""What a hostile or clumsy request meets: bounds, pace, headers, streams that end."""

import http.client
import json
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tools.openapi import PAGE, page

from keepstep.api import patience
from keepstep.api.serving import Address
from keepstep.api.wall import MOST_BYTES, Buckets
from keepstep.errors import UsageError
from keepstep.home import make_home
from keepstep.settings import Settings
from tests.integration.api_world import PASSWORD, serving


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    make_home(Settings(home=home, operator="root"))
    return home


@pytest.fixture
def world(home):
    with serving(home) as world:
        yield world


def test_what_programs_read_of_the_api_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_a_request_that_is_too_large_is_refused_said_or_not(world):
    told = world.client().bad(413, "POST", "/session", raw=None, data={"name": "x" * MOST_BYTES})
    assert told["type"] == "urn:keepstep:problem:too_large"
    connection = http.client.HTTPConnection(urlsplit(world.url).netloc)
    chunks = (b"x" * 65536 for _ in range(2 * MOST_BYTES // 65536))
    connection.request("POST", "/api/v1/session", chunks, {"Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_request_that_lies_about_its_length_is_refused(world):
    at = urlsplit(world.url)
    with socket.create_connection((at.hostname, at.port)) as raw:
        raw.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")
        assert b" 400 " in raw.recv(4096)


@pytest.fixture
def hasty(home):
    with serving(home, patience=0.5) as world:
        yield world


def test_lines_that_say_nothing_keep_nobody_out_and_are_let_go_of(hasty):
    world = hasty
    at = urlsplit(world.url)
    silent = [socket.create_connection((at.hostname, at.port), timeout=20) for _ in range(300)]
    slow = silent[0]
    slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert world.client().ask("GET", "/healthz").status == 200
    for line in silent:
        assert line.recv(1) == b""
        line.close()


def test_headers_without_end_are_given_up(world):
    at = urlsplit(world.url)
    with socket.create_connection((at.hostname, at.port), timeout=20) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        with pytest.raises((ConnectionError, TimeoutError)):
            for _ in range(2 * patience.MOST_BYTES // 1024):
                line.sendall(b"X-More: " + b"a" * 1014 + b"\r\n")
                time.sleep(0.002)


def test_a_line_that_is_kept_alive_is_good_for_more_than_one_request(hasty):
    connection = http.client.HTTPConnection(urlsplit(hasty.url).netloc)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
        time.sleep(0.7)
    connection.close()


def test_who_asks_too_often_has_to_wait_and_others_do_not_mind(home):
    with serving(home, buckets=Buckets(rate=1, burst=5)) as world:
        answers = [world.client().ask("GET", "/session").status for _ in range(8)]
        assert answers == [401] * 5 + [429] * 3
        assert world.client().ask("GET", "/healthz").status == 200


def test_the_pace_of_an_address_is_forgotten_before_memory_is_full():
    buckets = Buckets(rate=1, burst=2, most=100)
    for number in range(10_000):
        buckets.wait(f"10.0.{number // 256}.{number % 256}", 0.0)
    assert len(buckets.held) == 100


@pytest.mark.parametrize("path", ["/healthz", "/nix", "/session", "/openapi.json"])
def test_every_answer_has_the_headers_that_protect_it(world, path):
    headers = world.client().ask("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
    assert len(headers["x-correlation-id"]) >= 8


@pytest.mark.parametrize("given", ["x", "a" * 65, "a b c d e f g", "abc<script>1"])
def test_a_correlation_id_that_is_none_is_not_taken_over(world, given):
    answer = world.client().ask("GET", "/healthz", X_Correlation_Id=given)
    assert answer.headers["x-correlation-id"] != given


def test_a_fault_is_told_by_its_id_and_reported_without_secrets(world, home):
    ana = world.operator("ana", "administrator")
    world.server.plans.held["boom"] = object()  # what no plan is: as a fault of our own would have it
    told = ana.bad(500, "GET", "/plans/boom")
    assert told["correlation"] in told["detail"]
    assert "Traceback" not in json.dumps(told)
    (report,) = (home / "crash").iterdir()
    assert "AttributeError" in report.read_text()
    assert PASSWORD not in report.read_text()
    ana.good("GET", "/session")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": 1e999}', b"null"])
def test_what_is_no_json_is_a_mistake_of_whoever_sent_it(world, body):
    answer = world.client().ask("POST", "/session", raw=body, Content_Type="application/json")
    assert answer.status in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_password_that_was_sent_wrongly_is_never_sent_back(world):
    body = {"name": 7, "password": ["p1anted-secret"], "code": {"a": "p1anted-secret"}, "extra": "p1anted-secret"}
    answer = world.client().ask("POST", "/session", body)
    assert answer.status == 422
    assert b"p1anted" not in answer.body


def test_a_stream_tells_what_changes_and_ends_with_the_session(world):
    ana = world.operator("ana", "administrator")
    at = urlsplit(world.url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    cookie = "; ".join(f"{name}={value}" for name, value in ana.cookies.items())
    connection.request("GET", "/api/v1/stream?topics=works&topics=runs", headers={"Cookie": cookie})
    answer = connection.getresponse()
    assert answer.headers["content-type"].startswith("text/event-stream")

    def event() -> tuple[str, object]:
        name = answer.readline().decode().removeprefix("event: ").strip()
        data = answer.readline().decode().removeprefix("data: ")
        answer.readline()
        return name, json.loads(data)

    assert {event()[0], event()[0]} == {"works", "runs"}
    work = ana.good("POST", "/works", {"kind": "people", "connection": "corp"})
    name, data = event()
    assert (name, data[0]["id"]) == ("works", work["id"])
    ana.good("DELETE", "/session")
    assert event()[0] == "signed-out"
    assert answer.read() == b""
    connection.close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"host": "0.0.0.0"}, "passwords would go unprotected"),
        ({"host": "192.0.2.1"}, "passwords would go unprotected"),
        ({"host": "localhost", "certificate": Path("c.pem")}, "needs its key"),
    ],
)
def test_nothing_is_served_unprotected_over_the_network(given, words):
    with pytest.raises(UsageError, match=words):
        Address(**given).check()
    Address(host="0.0.0.0", proxies=("10.0.0.1",)).check()
