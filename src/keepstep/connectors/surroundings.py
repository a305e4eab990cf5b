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

from keepstep.connectors.dialing import dial
from keepstep.core.audit_anchor import HttpsAnchor, SyslogAnchor
from keepstep.core.channel import EmailChannel
from keepstep.core.configuration import Configuration
from keepstep.core.connection import ActiveDirectoryConnection, LdapConnection, RestConnection, ServedConnection
from keepstep.core.egress import EgressSpec
from keepstep.errors import AddressRefused, KeepstepError
from keepstep.ports import Finding

_PATIENCE: Final = 5.0
_PORTS: Final = {"https": 443, "http": 80, "ldaps": 636, "ldap": 389}
MOST_SKEW: Final = timedelta(seconds=60)
"""Kerberos refuses five minutes, one-time codes half a minute; above this a person should know."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that listens. *served*: the directory that it is, if it is one.

    *proxy*: that it is the proxy. Neither is a call that `egress` governs (docs/security.md).
    """

    label: str
    host: str
    port: int
    served: ServedConnection | None = None
    proxy: bool = False

    async def reach(self, egress: EgressSpec) -> None:
        """Connect, and let go. AddressRefused, OSError or TimeoutError say why not."""
        async with asyncio.timeout(_PATIENCE):
            if self.served is None and not self.proxy:
                (await dial(egress, self.host, self.port)).close()
                return
            _, writer = await asyncio.open_connection(self.host, self.port)
        writer.close()


def places(configuration: Configuration) -> Iterator[Place]:
    """Yield what *configuration* says is to be reached: connections that are switched on, channels, anchors."""
    egress = configuration.egress
    for name, spec in configuration.connections.items():
        label = f'connection "{name}"'
        if spec.enabled and isinstance(spec, RestConnection):
            yield _over_http(label, spec.base_url, egress)
        elif spec.enabled and isinstance(spec, ActiveDirectoryConnection | LdapConnection):
            yield Place(label, *_address(spec.url), served=spec)
    for name, channel in configuration.channels.items():
        if isinstance(channel, EmailChannel):
            yield Place(f'channel "{name}"', channel.host, channel.port)
    for name, anchor in configuration.audit.anchors.items():
        match anchor:
            case SyslogAnchor():
                yield Place(f'anchor "{name}"', anchor.host, anchor.port)
            case HttpsAnchor():
                yield _over_http(f'anchor "{name}"', anchor.url, egress)
            case _:
                pass


def _over_http(label: str, url: str, egress: EgressSpec) -> Place:
    """Return where a call to *url* goes first: there, or to the proxy for all that is not listed."""
    host, port = _address(url)
    if egress.proxy is None or egress.lists(host):
        return Place(label, host, port)
    return Place(f"{label}, by the proxy", *_address(egress.proxy.url), proxy=True)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    port = _PORTS[parts.scheme]
    with suppress(ValueError):  # a port that is none: the first call says so
        port = parts.port or port
    return parts.hostname or "", port


async def look_around(configuration: Configuration, folder: Path, now: Callable[[], datetime]) -> Sequence[Finding]:
    """Return for each place whether it can be reached, and for each directory whether its time is ours.

    *folder*: where the files that connections name are found from.
    """
    look = _Look(configuration.egress, folder, now)
    found = await asyncio.gather(*(look.at(place) for place in places(configuration)))
    return [finding for findings in found for finding in findings]


@dataclass(frozen=True, slots=True)
class _Look:
    egress: EgressSpec
    folder: Path
    now: Callable[[], datetime]

    async def at(self, place: Place) -> list[Finding]:
        where = f"{place.label}: {place.host}:{place.port}"
        hint = "check the address, the DNS and the firewalls between"
        try:
            await place.reach(self.egress)
        except AddressRefused as error:
            return [Finding(subject="reach", good=False, detail=f"{place.label}: {error.message}", hint=error.hint)]
        except (OSError, TimeoutError) as exc:
            why = exc.strerror or "no answer"
            return [Finding(subject="reach", good=False, detail=f"{where} cannot be reached: {why}", hint=hint)]
        reached = Finding(subject="reach", good=True, detail=f"{where} listens")
        if place.served is None:
            return [reached]
        return [reached, await _clock(place.label, place.served, self.folder, self.now)]


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
