"""What is written of an event: one line, whatever stands in it, and never what an error says."""

import io
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import keepstep
from keepstep.errors import ConnectionLost
from keepstep.telemetry.correlation import correlated
from keepstep.telemetry.event import event, span
from keepstep.telemetry.log import LONGEST, Style, logging_to
from keepstep.telemetry.traces import say_missing, traces, wanted

HOSTILE = [
    "two\r\nlines",
    '{"event": "forged"}',
    '"} {"event": "forged',
    "\x1b[31mred\x1b]0;title\x07",
    "separators \u2028 \u2029 \x85 \x0b \x0c \x1c",
    "back \u202e wards \u200b",
    "del \x7f nul \x00 c1 \x9b31m",
    "half \ud800",
    "%s %(name)s %n {0.__class__} ${jndi:ldap://x} {{ 7 * 7 }} $(id) `id`",
    " event=forged level=info",
    "'; drop table x; --",
    "",
]


def lines(style, tell):
    stream = io.StringIO()
    with logging_to(stream, style):
        tell()
    text = stream.getvalue()
    assert text.endswith("\n")
    assert set(text) <= {*map(chr, range(0x20, 0x7F)), "\n"}
    return text[:-1].split("\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_stays_one_value_of_one_line(hostile):
    (line,) = lines(Style.JSON, lambda: event("happened", rule=hostile))
    told = json.loads(line)
    assert told["rule"] == hostile
    assert told.keys() == {"at", "level", "event", "rule"}
    (line,) = lines(Style.TEXT, lambda: event("happened", rule=hostile))
    assert line.split("happened rule=")[1][0] == '"'
    assert json.loads(line.split("happened rule=")[1]) == hostile


def test_a_huge_value_is_cut():
    (line,) = lines(Style.JSON, lambda: event("happened", rule="x" * 1_000_000))
    assert json.loads(line)["rule"] == f"{'x' * LONGEST}…"
    assert len(lines(Style.TEXT, lambda: event("happened", rule="\x1b" * 1_000_000))[0]) < 8 * LONGEST


def test_an_error_is_told_by_its_code_and_never_by_its_words():
    def fail():
        with pytest.raises(ConnectionLost), span("call", connection="corp"):
            raise ConnectionLost("ana@corp.example is not there")
        with pytest.raises(ValueError, match="ana"), span("call", connection="corp"):
            raise ValueError("ana@corp.example")

    told = [json.loads(line) for line in lines(Style.JSON, fail)]
    assert [(one["level"], one["error"]) for one in told] == [("warning", "connection_lost"), ("warning", "ValueError")]
    assert "ana" not in json.dumps(told)


def test_of_a_library_only_what_holds_no_value_is_told():
    def fail():
        error = ValueError("ana@corp.example")
        logging.getLogger("asyncio").error(f"never retrieved: {error!r}", exc_info=error)  # noqa: G004 - as it does
        logging.getLogger("uvicorn.error").error("Exception for %s", "ana@corp.example", exc_info=error)

    with correlated("followed"):
        first, second = (json.loads(line) for line in lines(Style.JSON, fail))
    assert (first["event"], first["logger"], first["error"]) == ("library", "asyncio", "ValueError")
    assert second["text"] == "Exception for %s"
    assert second["correlation"] == "followed"
    assert "ana" not in json.dumps([first, second])


def test_what_is_inside_of_a_span_is_below_it_and_outside_all_is_as_before():
    def tell():
        with span("turn"):
            event("inside")
            with span("call"):
                pass

    inside, call, turn = (json.loads(line) for line in lines(Style.JSON, tell))
    assert inside["span"] == turn["span"] != call["span"]
    assert inside["trace"] == turn["trace"] == call["trace"]
    before = logging.getLogger().handlers[:]
    event("nobody listens", level=logging.ERROR)
    assert logging.getLogger().handlers == before


def test_the_same_correlation_id_is_the_same_trace_at_any_time():
    def tell():
        for _ in range(2):
            with correlated("ticket-4711"), span("turn"):
                pass

    first, second = (json.loads(line) for line in lines(Style.JSON, tell))
    assert first["trace"] == second["trace"]
    assert first["span"] != second["span"]


@pytest.mark.parametrize(
    ("environment", "there"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_traces_are_sent_only_where_the_environment_says_so(environment, there):
    assert wanted(environment) is there
    if not there:
        assert traces(environment) == []


def test_nothing_is_said_of_traces_where_they_can_be_sent():
    def tell():
        say_missing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
        event("after")

    (line,) = lines(Style.JSON, tell)
    assert json.loads(line)["event"] == "after"


def test_traces_that_cannot_be_sent_are_told_of_and_the_server_goes_on():
    """In an environment of Keepstep's own source and Python alone, where OpenTelemetry is not installed."""
    code = """if True:
        import sys
        from keepstep.telemetry.log import Style, logging_to
        from keepstep.telemetry.traces import say_missing, traces
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
        with logging_to(sys.stderr, Style.JSON, traces(environment)):
            say_missing(environment)
    """
    source = str(Path(keepstep.__file__).parents[1])
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, env={"PYTHONPATH": source}, capture_output=True, text=True, check=True)
    told = json.loads(done.stderr)
    assert (told["event"], told["level"]) == ("traces_off", "warning")
    assert "keepstep[otel]" in told["hint"]


def test_a_collector_that_is_away_does_not_keep_the_server_from_stopping(monkeypatch, capfd):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    stream, began = io.StringIO(), time.monotonic()
    with logging_to(stream, Style.JSON, traces(os.environ)):
        for _ in range(2000):
            with span("call"):
                pass
    assert time.monotonic() - began < 15
    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) > 2000
    assert capfd.readouterr().err == ""
