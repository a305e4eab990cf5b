"""Headers by which an application's own log tells which work of Keepstep a call was part of."""

from keepstep.core.endpoint import Request
from keepstep.telemetry.correlation import HEADER, correlation_of
from keepstep.telemetry.place import TRACEPARENT, Place


def followed(request: Request, place: Place) -> Request:
    """Return *request* with the correlation id and the *place* in its trace, where it has none of its own."""
    known = {name.lower() for name, _ in request.headers}
    more = ((HEADER, correlation_of()), (TRACEPARENT, place.traceparent))
    return request.with_headers(*((name, text) for name, text in more if text and name.lower() not in known))


def call_id(request: Request) -> str:
    """Return the id of its own that *request* carries, as each call of a webhook does; empty if it has none."""
    return next((text for name, text in request.headers if name.lower() == HEADER.lower()), "")
