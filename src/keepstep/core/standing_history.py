"""How the two sides of a rule stood over time: what is kept of each comparison, and of everybody not in step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keepstep.core.comparison import Row
from keepstep.core.ignored import RowKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptComparison:
    """One comparison of complete reads: when, by whom, and how many stood how."""

    rule: str
    at: datetime
    operator: str
    source_records: int
    target_records: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Somebody who was not in step: from which comparison on, and in which it was over; None while it is not.

    *detail*: what differed when it was last seen, without the values. *begun*: whether an earlier comparison is known,
    in which it was otherwise.
    """

    key: RowKey
    name: str
    detail: str
    since: datetime
    ended: datetime | None
    begun: bool


def detail_of(row: Row) -> str:
    """Return what is kept of how *row* differs: attributes, no values."""
    return ", ".join(delta.name for delta in row.differences) or row.note
