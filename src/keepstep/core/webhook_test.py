"""What was tested of a webhook, and whether it is still what is in force."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from keepstep.core.connection import RestConnection
from keepstep.core.webhook import WebhookSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTest:
    """One test. *digest*: of what was tested; *live*: whether it was sent, or only rendered."""

    connection: str
    webhook: str
    digest: str
    good: bool
    live: bool
    at: datetime
    operator: str


class WebhookTested(StrEnum):
    """How a webhook stands to its tests."""

    UNTESTED = "untested"
    CHANGED = "untested, changed since"
    RENDERED = "rendered, not sent"
    GOOD = "good"
    NOT_GOOD = "not good"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookStanding:
    """How a webhook stands to its tests, and when the one was that says so."""

    tested: WebhookTested
    at: datetime | None = None
    operator: str = ""


def digest_of_webhook(connection: RestConnection, name: str, webhooks: Mapping[str, WebhookSpec]) -> str:
    """Return 32 hex digits of everything that webhook *name*, and those that belong to it, sends and expects.

    It changes with the address and the authorization of the connection too; a new default changes nothing.
    """
    webhook = webhooks[name]
    others = [webhooks.get(other) for other in (webhook.then, webhook.look_up) if other]
    sent = [webhook, *(one for one in others if one is not None)]
    parts = {
        "base_url": connection.base_url,
        "authorization": connection.authorization.model_dump(mode="json", exclude_defaults=True),
        "type": connection.authorization.type,
        "webhooks": [one.model_dump(mode="json", exclude_defaults=True, exclude={"description"}) for one in sent],
    }
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def webhook_standing(digest: str, tests: Iterable[WebhookTest]) -> WebhookStanding:
    """Return how a webhook whose digest is *digest* now stands to its *tests*, newest first."""
    earlier: WebhookTest | None = None
    for test in tests:
        if test.digest == digest:
            tested = WebhookTested.NOT_GOOD
            if test.good:
                tested = WebhookTested.GOOD if test.live else WebhookTested.RENDERED
            return WebhookStanding(tested=tested, at=test.at, operator=test.operator)
        earlier = earlier or test
    if earlier is None:
        return WebhookStanding(tested=WebhookTested.UNTESTED)
    return WebhookStanding(tested=WebhookTested.CHANGED, at=earlier.at, operator=earlier.operator)
