"""What happened in connected systems, as a server knows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from keepstep.client.client import MOST, Client
from keepstep.core.event import Event


@dataclass(frozen=True, slots=True)
class _Events:
    items: list[Event]
    next: int | None


def events(client: Client, chosen: Mapping[str, str], limit: int) -> list[Event]:
    """Return the newest *limit* of the *chosen* events first."""
    found, before = list[Event](), None
    while len(found) < limit:
        page = client.get(_Events, "/events", **chosen, before=before, limit=min(limit - len(found), MOST))
        found += page.items
        before = page.next
        if before is None:
            break
    return found
