"""The ways by which a server tells people, each tried, and what they were told."""

from dataclasses import dataclass
from typing import Any

from keepstep.client.client import MOST, Client, at
from keepstep.core.block_result import BlockResult
from keepstep.core.notice import Message


@dataclass(frozen=True, slots=True)
class _Channel:
    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class _Notices:
    items: list[Message]
    next: int | None


def channels(client: Client) -> list[tuple[str, str, str]]:
    """Return name, kind and description of each channel."""
    found = client.get(list[_Channel], "/channels")
    return [(one.name, one.kind, one.description) for one in found]


def channel_tried(client: Client, channel: str, text: str) -> BlockResult:
    """Send *text* as a test over *channel*; return what came of it."""
    return client.post(BlockResult, f"{at('channels', channel)}/test", {"text": text})


def notices(client: Client, limit: int) -> list[Message]:
    """Return the newest *limit* messages first."""
    found, asked = list[Message](), dict[str, Any]()
    while len(found) < limit:
        page = client.get(_Notices, "/notices", limit=min(limit - len(found), MOST), **asked)
        found += page.items
        if page.next is None:
            break
        asked = {"before": page.next}
    return found
