"""What the server counts of itself, as Prometheus reads it."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def route_of(scope: Scope) -> str:
    """Return the pattern of the route of a request, never its path; "none" if there is no such route."""
    return getattr(scope.get("route"), "path", "none")


class Metrics:
    """Requests by route and status, and what waits; each server has its own, so that tests do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("keepstep_requests", "Requests by route and status.", labels, registry=self.registry)
        self._seconds = Histogram(
            "keepstep_request_seconds",
            "How long requests took.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._waiting = Gauge("keepstep_waiting", "What is not over, by kind.", ("kind",), registry=self.registry)

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request by the pattern of its route, never by its path: paths are without end."""
        route = route_of(scope)
        self._requests.labels(scope["method"] if route != "none" else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def waiting(self, kind: str, count: int) -> None:
        """Say how many of *kind* are not over."""
        self._waiting.labels(kind).set(count)

    def text(self) -> bytes:
        """Return all of it as Prometheus reads it."""
        return generate_latest(self.registry)
