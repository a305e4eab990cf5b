"""What a person said about rows of a comparison that are to be passed over for a while."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from keepstep.core.comparison import Row, Standing
from keepstep.core.values import NativeKey


class RowKey(NamedTuple):
    """Whom a row is about: the keys on both sides, empty where there is none, and how they stand."""

    source: NativeKey
    target: NativeKey
    standing: Standing


def row_key(row: Row) -> RowKey:
    """Return whom *row* is about, and how they stand, ignored or not."""
    none = NativeKey("")
    return RowKey(row.source_key or none, row.target_key or none, row.ignored or row.standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Somebody who is passed over while they stand so, why, and until when."""

    key: RowKey
    name: str
    reason: str
    until: datetime
    operator: str
    at: datetime


def with_ignored(rows: Iterable[Row], ignored: Mapping[RowKey, Ignored], now: datetime) -> Iterator[Row]:
    """Yield *rows*, those that are ignored *now* as such, with why and until when.

    Whoever stands otherwise than when it was said is not ignored.
    """
    for row in rows:
        one = ignored.get(row_key(row)) if ignored else None
        if one is None or one.until <= now:
            yield row
        else:
            note = f"{str(row.standing).replace('_', ' ')}; ignored until {one.until:%Y-%m-%d %H:%M} UTC: {one.reason}"
            yield replace(row, standing=Standing.IGNORED, ignored=row.standing, note=note)
