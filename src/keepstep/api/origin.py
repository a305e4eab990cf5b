"""By which id a request is followed: what whoever asked says, or one of its own."""

import re
from secrets import token_hex
from typing import Final

from keepstep.telemetry.place import Place

_GIVEN: Final = re.compile(rb"[A-Za-z0-9._\-]{8,64}")


def correlation_for(given: bytes | None, place: Place | None) -> str:
    """Return the correlation id of a new request: the one *given*, if it is one, else that of the trace of *place*."""
    if given and _GIVEN.fullmatch(given):
        return given.decode()
    return place.trace if place else token_hex(8)
