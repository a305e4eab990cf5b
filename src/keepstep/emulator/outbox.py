"""Messages that were accepted: kept for inspection, and marked delivered on demand.

Source: Infobip reference, section 8.
"""

import math
from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec

PENDING: Final[Mapping[str, object]] = {
    "groupId": 1,
    "groupName": "PENDING",
    "id": 26,
    "name": "PENDING_ACCEPTED",
    "description": "Message sent to next instance",
}
DELIVERED: Final[Mapping[str, object]] = {
    "groupId": 3,
    "groupName": "DELIVERED",
    "id": 5,
    "name": "DELIVERED_TO_HANDSET",
    "description": "Message delivered to handset",
}


class Message(msgspec.Struct, kw_only=True, rename="camel"):
    """One accepted message to one recipient."""

    number: int
    channel: str
    bulk_id: str
    message_id: str
    sender: str
    to: str
    subject: str = ""
    text: str = ""
    accepted: float = 0.0  # seconds since 1970
    sent_at: str = ""
    done_at: str = ""
    delivered: bool = False
    reported: bool = False

    def is_one_of(self, bulk_id: str, message_id: str) -> bool:
        """Whether it has these ids; an empty one is not asked for."""
        return bulk_id in {"", self.bulk_id} and message_id in {"", self.message_id}


class Outbox:
    """The latest *most* messages, oldest first."""

    def __init__(self, most: int = 10_000) -> None:
        self.messages: deque[Message] = deque(maxlen=most)
        self._last = 0

    def next_number(self) -> int:
        """Return a number for the next message or bulk; never the same twice."""
        self._last += 1
        return self._last

    def deliver(self, now: str, *, accepted_before: float = math.inf) -> int:
        """Mark waiting messages as delivered; say how many."""
        waiting = [m for m in self.messages if not m.delivered and m.accepted <= accepted_before]
        for message in waiting:
            message.delivered, message.done_at = True, now
        return len(waiting)

    def reports(self, *, bulk_id: str, message_id: str, limit: int) -> list[Message]:
        """Return delivered messages that were not reported yet, each once."""
        found = [
            message
            for message in self.messages
            if message.channel == "SMS"
            and message.delivered
            and not message.reported
            and message.is_one_of(bulk_id, message_id)
        ][:limit]
        for message in found:
            message.reported = True
        return found
