"""The account section: sub-accounts, agents and the audit trail.

Source: Infobip reference, sections 5.1, 5.4 and 5.5. There is no list of portal users: the real service publishes none.
"""

from collections import deque
from dataclasses import dataclass, field

import msgspec


class SubAccount(msgspec.Struct, rename="camel"):
    """One account below the main one."""

    key: str
    owner_key: str
    name: str
    enabled: bool = True


class Agent(msgspec.Struct, rename="camel", omit_defaults=True):
    """One seat of the contact centre."""

    id: str
    display_name: str
    status: str
    availability: str
    role: str
    created_at: str
    updated_at: str
    enabled: bool | None = None
    title: str | None = None
    queue_ids: list[str] = []


class AuditEntry(msgspec.Struct, rename="camel"):
    """One line of the audit trail."""

    id: int
    action: str
    item: str
    description: str
    username: str
    ip_address: str
    timestamp: str


@dataclass(slots=True)
class Account:
    """What belongs to the account besides people; the audit trail keeps its latest 10,000 lines."""

    key: str = "8F0792F86035A9F4290821F1EE6BC06A"
    accounts: dict[str, SubAccount] = field(default_factory=dict[str, SubAccount])
    agents: dict[str, Agent] = field(default_factory=dict[str, Agent])
    api_keys: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    audit: deque[AuditEntry] = field(default_factory=lambda: deque[AuditEntry](maxlen=10_000))
    last_number: int = 0

    def __post_init__(self) -> None:
        for suffix, name in (("A1", "Example Retail"), ("B2", "Example Logistics")):
            key = self.key[:-2] + suffix
            self.accounts[key] = SubAccount(key, self.key, name)

    def next_number(self) -> int:
        """Return a number that was not given out before."""
        self.last_number += 1
        return self.last_number
