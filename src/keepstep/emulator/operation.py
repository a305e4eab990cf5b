"""One row of the table of calls."""

from dataclasses import dataclass
from typing import Literal

from keepstep.emulator.replies import Family

Action = Literal[
    "create", "replace", "patch", "delete", "contacts", "tag", "untag", "merge", "upsert_put", "upsert_patch"
]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table of calls: what it needs, how often it may be called, and how it fails."""

    name: str
    method: str
    path: str
    scopes: tuple[str, ...] = ()
    rate: tuple[int, int] | None = None  # calls, seconds
    family: Family = "A"
    action: Action | None = None
