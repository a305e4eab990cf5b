"""Whether the systems of a configuration can be reached from this machine, and agree with it about the time.

Nobody signs in, nothing is read of people: a look that is cheap and harms nothing.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from keepstep.core.audit_anchor import HttpsAnchor, SyslogAnchor
from keepstep.core.channel import EmailChannel
from keepstep.core.configuration import Configuration
from keepstep.core.connection import ActiveDirectoryConnection, LdapConnection, RestConnection, ServedConnection
from keepstep.errors import KeepstepError
from keepstep.ports import Finding

_PATIENCE: Final = 5.0
MOST_SKEW: Final = timedelta(seconds=60)
"""Kerberos refuses five minutes, one-time codes half a minute; above this a person should know."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that listens. *served*: the directory that it is, if it is one."""

    label: str
    host: str
    port: int
    served: ServedConnection | None = None


def places(configuration: Configuration) -> Iterator[Place]:
    """Yield what *configuration* says is to be reached: connections that are switched on, channels, anchors."""
    for name, spec in configuration.connections.items():
        label = f'connection "{name}"'
        if spec.enabled and isinstance(spec, RestConnection):
            yield _at(label, spec.base_url, {"https": 443, "http": 80})
        elif spec.enabled and isinstance(spec, ActiveDirectoryConnection | LdapConnection):
            place = _at(label, spec.url, {"ldaps": 636, "ldap": 389})
            yield Place(label, place.host, place.port, spec)
    for name, channel in configuration.channels.items():
        if isinstance(channel, EmailChannel):
            yield Place(f'channel "{name}"', channel.host, channel.port)
    for name, anchor in configuration.audit.anchors.items():
        match anchor:
            case SyslogAnchor():
                yield Place(f'anchor "{name}"', anchor.host, anchor.port)
            case HttpsAnchor():
                yield _at(f'anchor "{name}"', anchor.url, {"https": 443})
            case _:
                pass


def _at(label: str, url: str, ports: dict[str, int]) -> Place:
    parts = urlsplit(url)
    port = ports.get(parts.scheme, 0)
    with suppress(ValueError):  # a port that is none: the first call says so
        port = parts.port or port
    return Place(label, parts.hostname or "", port)


async def look_around(configuration: Configuration, folder: Path, now: Callable[[], datetime]) -> Sequence[Finding]:
    """Return for each place whether it can be reached, and for each directory whether its time is ours.

    *folder*: where the files that connections name are found from.
    """
    found = await asyncio.gather(*(_looked_at(place, folder, now) for place in places(configuration)))
    return [finding for findings in found for finding in findings]


async def _looked_at(place: Place, folder: Path, now: Callable[[], datetime]) -> list[Finding]:
    where = f"{place.label}: {place.host}:{place.port}"
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(place.host, place.port)
    except (OSError, TimeoutError) as exc:
        why = getattr(exc, "strerror", None) or "no answer"
        hint = "check the address, the DNS and the firewalls between"
        return [Finding(subject="reach", good=False, detail=f"{where} cannot be reached: {why}", hint=hint)]
    writer.close()
    with suppress(OSError):  # it was reached; how it lets go says nothing
        await writer.wait_closed()
    reached = Finding(subject="reach", good=True, detail=f"{where} listens")
    return [reached] if place.served is None else [reached, await _clock(place.label, place.served, folder, now)]


async def _clock(label: str, spec: ServedConnection, folder: Path, now: Callable[[], datetime]) -> Finding:
    from keepstep.connectors.ldap_session.clock import time_at
    from keepstep.connectors.ldap_session.line import directory_server

    placed = spec.model_copy(update={"ca_file": str(folder / spec.ca_file)}) if spec.ca_file else spec
    try:
        theirs = await time_at(directory_server(label, placed))
    except KeepstepError as error:
        return Finding(subject="clock", good=False, detail=f"{label}: {error.message}", hint=error.hint)
    if theirs is None:
        return Finding(subject="clock", good=True, detail=f"{label} does not tell its time")
    skew = theirs - now()
    seconds, way = abs(skew.total_seconds()), "ahead of" if skew > timedelta() else "behind"
    if abs(skew) > MOST_SKEW:
        hint = "set both by NTP: Kerberos refuses more than 300 seconds, and events are dated wrongly"
        detail = f"{label}: its clock is {seconds:,.0f} s {way} this machine's"
        return Finding(subject="clock", good=False, detail=detail, hint=hint)
    return Finding(subject="clock", good=True, detail=f"{label}: its clock is that of this machine")
