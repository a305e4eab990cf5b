"""Spans on their way to an OpenTelemetry collector: where the environment names one, and `keepstep[otel]` is installed.

Spans are made by Keepstep itself (`event.py`); only the server's process loads the library, and only if it is wanted.
"""

import logging
import threading
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from keepstep import __version__
from keepstep.telemetry.event import Span, event

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PATIENCE: Final = 3.0
"""How many seconds what is left may take when the server stops."""

_NAMES: Final[Mapping[str, str]] = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "error": "error.type",
}
"""What the semantic conventions of OpenTelemetry call our keys; the others are ours, after `keepstep.`."""


def wanted(environment: Mapping[str, str]) -> bool:
    """Return whether *environment* asks for traces, as the OpenTelemetry specification says it."""
    off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    )
    return not off and any(environment.get(name) for name in _ENDPOINTS)


def traces(environment: Mapping[str, str]) -> list[logging.Handler]:
    """Return what sends spans where *environment* says; nothing if that is nowhere."""
    return [_Traces()] if wanted(environment) and _installed() else []


def say_missing(environment: Mapping[str, str]) -> None:
    """Tell if traces are wanted and cannot be sent; the server works without them."""
    if wanted(environment) and not _installed():
        event("traces_off", level=logging.WARNING, why="OpenTelemetry is not installed", hint="install keepstep[otel]")


def _installed() -> bool:
    try:
        version("opentelemetry-exporter-otlp-proto-http")
    except PackageNotFoundError:
        return False
    return True


class _Traces(logging.Handler):
    """Gives each span that ended to the exporter, in batches, from a thread of its own; what it cannot hold is let go.

    Where, how often and with which headers is said by the standard variables, which the library reads itself.
    """

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        super().__init__()
        ours = Resource({"service.name": "keepstep", "service.version": __version__})
        self._resource = ours.merge(OTELResourceDetector().detect())
        self._exporter = OTLPSpanExporter()
        self._processor = BatchSpanProcessor(self._exporter)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the span that *record* tells of, if it does."""
        ended = getattr(record, "ended", None)
        if isinstance(ended, Span):
            self._processor.on_end(self._readable(ended, str(getattr(record, "keys", {}).get("correlation", ""))))

    def close(self) -> None:
        """Send what is left, in a few seconds: a collector that is away does not keep the server from stopping."""
        late = threading.Timer(_PATIENCE, self._exporter.shutdown)
        late.start()
        self._processor.shutdown()
        late.cancel()
        super().close()

    def _readable(self, told: Span, correlation: str) -> "ReadableSpan":
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

        def context(span: str, *, remote: bool) -> SpanContext:
            flags = TraceFlags(TraceFlags.SAMPLED if told.place.sampled else TraceFlags.DEFAULT)
            return SpanContext(int(told.place.trace, 16), int(span, 16), is_remote=remote, trace_flags=flags)

        kinds = {"request": SpanKind.SERVER, "call": SpanKind.CLIENT, "turn": SpanKind.CONSUMER}
        kind = kinds.get(told.event, SpanKind.INTERNAL)
        attributes = {_NAMES.get(name, f"keepstep.{name}"): value for name, value in told.keys.items()}
        return ReadableSpan(
            name=_name(told),
            context=context(told.place.span, remote=False),
            parent=context(told.parent.span, remote=kind is SpanKind.SERVER) if told.parent else None,
            resource=self._resource,
            attributes={**attributes, "keepstep.correlation": correlation},
            kind=kind,
            status=Status(StatusCode.ERROR if told.failed else StatusCode.UNSET),
            start_time=told.began,
            end_time=told.began + round(told.seconds * 1e9),
        )


def _name(told: Span) -> str:
    """Return what a span is called: few different names, as backends group by them."""
    parts = (told.keys.get(name, "") for name in ("method", "route", "connection", "call", "kind"))
    return " ".join([told.event, *(str(part) for part in parts if part)])
