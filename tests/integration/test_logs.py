"""One id leads from a request through the worker to the calls, the audit log, the traces and the application's log."""

import io
import json
import os
import re
import signal
from contextlib import contextmanager

import pytest

from keepstep.telemetry.log import Style, logging_to
from keepstep.telemetry.place import told_place
from keepstep.telemetry.traces import traces
from tests.docs.tables import page, tables
from tests.integration.api_world import serving
from tests.integration.cli_world import PASSWORD, company  # noqa: F401 - a fixture
from tests.integration.collector import collecting, told
from tests.integration.test_api_jobs import done

TRACE, ABOVE = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@contextmanager
def logged(home, *, worker=True):
    """Give a server whose log is kept, and a list that has its events once the server has stopped."""
    stream, events = io.StringIO(), []
    with logging_to(stream, Style.JSON, traces(os.environ)), serving(home, worker=worker) as world:
        yield world, events
    events += map(json.loads, stream.getvalue().splitlines())


def of(events, name, **keys):
    return [one for one in events if one["event"] == name and keys.items() <= one.items()]


@pytest.mark.timeout(200)
def test_one_id_is_followed_from_a_request_to_the_log_of_the_application(company, monkeypatch):  # noqa: F811
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with logged(company.home) as (world, events):
            ana = world.operator("ana", "administrator")
            plan = done(ana, {"kind": "plan", "rule": "staff"}, X_Correlation_Id="ticket-4711-plan")
            wanted = {"kind": "apply", "plan": plan["result"]["plan"]}
            applied = done(ana, wanted, X_Correlation_Id="ticket-4711-apply")
            audited = ana.get("/audit", correlation="ticket-4711-apply", limit=100)["items"]
    asked = of(events, "request", correlation="ticket-4711-apply", method="POST")
    assert [(one["route"], one["status"]) for one in asked] == [("/works", 202)]
    turn = of(events, "turn", correlation="ticket-4711-apply", kind="work", run=applied["id"])[0]
    run = applied["result"]["run"]
    assert of(events, "run_begun", correlation="ticket-4711-apply", run=run, rule="staff", span=turn["span"])
    assert of(events, "run_ended", correlation="ticket-4711-apply", run=run, state="done")
    calls = of(events, "call", correlation="ticket-4711-apply", connection="infobip")
    seen = [one for one in company.emulator.requests() if one["correlation"] == "ticket-4711-apply"]
    assert len(calls) == len(seen) > 1
    assert {"upsert_patch", "list_persons"} & {one["operation"] for one in seen}
    assert {one["trace"] for one in [*asked, turn, *calls]} == {turn["trace"]}
    assert {one["correlation"] for one in audited if one["action"] == "applied"} == {"ticket-4711-apply"}
    assert all(one["correlation"] == "ticket-4711-plan" for one in seen_by(company, "ticket-4711-plan"))

    spans = collector.of("ticket-4711-apply")
    assert {span.trace_id.hex() for span in spans} == {turn["trace"]}
    below = [span for span in spans if told(span).get("keepstep.connection") == "infobip"]
    assert {span.parent_span_id.hex() for span in below} == {turn["span"]}
    assert [told(span)["http.route"] for span in spans if span.name.startswith("request POST")] == ["/works"]
    assert collector.paths == {"/v1/traces"}
    assert {one["service.name"] for one in collector.resources} == {"keepstep"}

    names = {value for line in company.home.joinpath("directory.ldif").read_text().splitlines() for value in held(line)}
    assert len(names) > 20
    written = json.dumps(events, ensure_ascii=False) + collector.raw.decode("utf-8", "replace")
    assert [name for name in {*names, PASSWORD, "the quick brown fox 9"} if name in written] == []
    described = {key for table in tables(page("logs.md")) for row in table for key in re.findall(r"`(\w+)`", row[0])}
    assert {one["event"] for one in events} | {key for one in events for key in one} <= described


def seen_by(company, correlation):  # noqa: F811 - the fixture
    """What the application logged of one piece of work; there is something."""
    found = [one for one in company.emulator.requests() if one["correlation"] == correlation]
    assert found
    return found


def held(line):
    """The text that a line of LDIF gives a person, if it is one that is nowhere else."""
    name, _, value = line.partition(": ")
    return [value] if name in {"givenName", "sn", "mail", "mobile", "displayName", "telephoneNumber"} else []


def test_a_trace_of_the_caller_is_taken_over_and_one_that_is_none_is_not(company, monkeypatch):  # noqa: F811
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with logged(company.home, worker=False) as (world, events):
            ana = world.operator("ana", "administrator")
            answer = ana.ask("POST", "/connections/infobip/check", traceparent=f"00-{TRACE}-{ABOVE}-01")
            ana.ask("GET", "/session", traceparent=f"00-{'1' * 32}-{ABOVE}-00")
            ana.ask("GET", "/session", traceparent="00-\t-01", X_Correlation_Id="not-a-trace")
    assert answer.headers["x-correlation-id"] == TRACE
    request, *calls = sorted(collector.of(TRACE), key=lambda span: span.start_time_unix_nano)
    assert request.parent_span_id.hex() == ABOVE
    assert {span.parent_span_id for span in calls} == {request.span_id}
    assert {span.trace_id.hex() for span in (request, *calls)} == {TRACE}
    assert seen_by(company, TRACE)
    assert of(events, "request", trace="1" * 32)
    assert collector.of("1" * 32) == [], "its caller does not sample"
    assert len(collector.of("not-a-trace")) == 1


@pytest.mark.parametrize(
    "given",
    [
        None,
        b"",
        b"00",
        f"ff-{TRACE}-{ABOVE}-01".encode(),
        f"00-{'0' * 32}-{ABOVE}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE}-{ABOVE}-01-more".encode(),
        f"00-{TRACE.upper()}-{ABOVE}-01".encode(),
        f"00-{TRACE}-{ABOVE}-01\n".encode(),
        f"cc-{TRACE}-{ABOVE}-01-".encode() + b"x" * 600,
    ],
)
def test_what_is_no_traceparent_is_passed_over(given):
    assert told_place(given) is None


def test_a_traceparent_of_a_later_version_is_understood():
    place = told_place(f"cc-{TRACE}-{ABOVE}-01-more".encode())
    assert place.traceparent == f"00-{TRACE}-{ABOVE}-01"


@pytest.mark.timeout(120)
def test_the_error_stream_of_a_served_pipe_holds_nothing_but_json(cli):
    with cli.process("serve", "--port", "0") as process:
        url = next(line.split()[-1] for line in process.stdout if line.startswith("answering"))
        assert get(url, "/healthz", "a-healthy-one") == 200
        assert get(url, "/api/v1/nix%1b%5b31m%0a", "a-strange-one") == 404
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    events = [json.loads(line) for line in err.splitlines()]
    assert [(one["correlation"], one["route"], one["status"]) for one in of(events, "request")] == [
        ("a-strange-one", "none", 404)
    ]


@pytest.mark.timeout(120)
def test_the_log_is_text_where_that_is_asked_for_and_nothing_else(cli):
    with cli.process("serve", "--role", "web", "--port", "0", "--log", "text") as process:
        url = next(line.split()[-1] for line in process.stdout if line.startswith("answering"))
        assert get(url, "/metrics", "one-for-people") in {200, 401}
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert re.fullmatch(r"20\S+Z info    request correlation=one-for-people trace=\w+ span=\w+ method=GET .*\n", err)
    assert "--log json" in cli.bad("serve", "--log", "xml", code=2)


def get(url, path, correlation):
    """The status of the answer to one request."""
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"X-Correlation-Id": correlation})
        return connection.getresponse().status
    finally:
        connection.close()
