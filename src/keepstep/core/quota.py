"""How much of each rate limit of an application is used, from the calls that were counted.

A limit is measured over the fewest whole minutes that hold its own window: one a second over a minute, one a day over
1,440, at most over the time that counts are kept. The application lets through so many calls in that time as the limit
says, whatever share of them Keepstep uses.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from keepstep.core.call import Rate
from keepstep.core.call_count import KEPT, CallCount, minute_of

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = 60
_DAY: Final = 24 * _HOUR
_STEP: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RateShare:
    """A rate limit: *calls* in any *seconds*. *share*: how much of that Keepstep uses at most, from 0 to 1."""

    calls: int
    seconds: float
    share: float

    @property
    def minutes(self) -> int:
        """The minutes it is measured over."""
        return min(max(1, math.ceil(self.seconds / 60)), KEPT // _MINUTE)

    @property
    def allowed(self) -> float:
        """The calls that the application lets through in that time."""
        return self.calls * self.minutes * 60 / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsIn:
    """The calls of a time that begins at *since*."""

    since: datetime
    calls: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Busiest:
    """The time of so many *minutes* with the most calls. *allowed*: in that time; None: no limit is known.

    *share*: the calls as a share of those that are allowed.
    """

    since: datetime
    minutes: int
    calls: int
    allowed: float | None
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """How much of one rate limit is used. *limit*: its name; empty: calls that no known limit counts.

    *rate*: what it allows; None: it is not, or no longer, configured. *calls* and *refused*: of the last 60 minutes.
    *busiest*: of the times that ended in them; None: there was no call. *hour*: those minutes, by five; *day*: the last
    24 hours, by the hour.
    """

    connection: str
    limit: str
    rate: RateShare | None
    calls: int
    refused: int
    busiest: Busiest | None
    hour: list[CallsIn]
    day: list[CallsIn]


def look_back(rates: Iterable[RateShare], now: datetime) -> datetime:
    """Return since when calls have to be known to measure *rates*."""
    longest = max((rate.minutes for rate in rates), default=1)
    return minute_of(now) - max(_DAY, _HOUR + longest) * _MINUTE


def quota_uses(
    connection: str, rates: Mapping[str, RateShare], counts: Iterable[CallCount], now: datetime
) -> list[QuotaUse]:
    """Return how much is used of each of *rates*, and of what else was counted of *connection*.

    *counts*: at least all since `look_back`, in any order; those of other connections and of the future do not matter.
    """
    last = minute_of(now)
    by_limit: defaultdict[str, list[CallCount]] = defaultdict(list)
    for one in counts:
        if one.connection == connection and one.minute <= last:
            by_limit[one.limit].append(one)
    recent = {name for name, found in by_limit.items() if any(_age(one, last) < _DAY for one in found)}
    names = [*rates, *sorted(recent - set(rates))]
    return [_use(connection, name, rates.get(name), by_limit[name], last) for name in names]


def _use(connection: str, limit: str, rate: RateShare | None, counts: Sequence[CallCount], last: datetime) -> QuotaUse:
    hour = _series(counts, last, length=_HOUR, step=_STEP)
    return QuotaUse(
        connection=connection,
        limit=limit,
        rate=rate,
        calls=sum(one.calls for one in hour),
        refused=sum(one.refused for one in hour),
        busiest=_busiest(counts, rate, last),
        hour=hour,
        day=_series(counts, last, length=_DAY, step=_HOUR),
    )


def _age(one: CallCount, last: datetime) -> int:
    """Return how many minutes before *last* it was."""
    return (last - one.minute) // _MINUTE


def _series(counts: Iterable[CallCount], last: datetime, *, length: int, step: int) -> list[CallsIn]:
    """Return the last *length* minutes, *last* among them, by *step*, the oldest first."""
    calls, refused = [0] * (length // step), [0] * (length // step)
    for one in counts:
        if (age := _age(one, last)) < length:
            calls[-1 - age // step] += one.calls
            refused[-1 - age // step] += one.refused
    begin = last - (length - 1) * _MINUTE
    return [
        CallsIn(since=begin + place * step * _MINUTE, calls=here, refused=lost)
        for place, (here, lost) in enumerate(zip(calls, refused, strict=True))
    ]


def _busiest(counts: Iterable[CallCount], rate: RateShare | None, last: datetime) -> Busiest | None:
    """Return the busiest of the times that ended in the last hour, the newest of equals."""
    length = rate.minutes if rate is not None else 1
    by_age: defaultdict[int, int] = defaultdict(int)
    for one in counts:
        by_age[_age(one, last)] += one.calls
    ages = sorted(by_age)
    upto = [0, *accumulate(by_age[age] for age in ages)]

    def within(newest: int) -> int:
        return upto[bisect_right(ages, newest + length - 1)] - upto[bisect_right(ages, newest - 1)]

    newest = max(range(_HOUR), key=lambda age: (within(age), -age))
    if not (most := within(newest)):
        return None
    return Busiest(
        since=last - (newest + length - 1) * _MINUTE,
        minutes=length,
        calls=most,
        allowed=round(rate.allowed, 4) if rate is not None else None,
        share=round(most / rate.allowed, 4) if rate is not None else None,
    )


def rate_shares(rates: Mapping[str, Rate], share: float) -> dict[str, RateShare]:
    """Return *rates*, of each of which *share* is used."""
    return {name: RateShare(calls=one.calls, seconds=one.seconds, share=share) for name, one in rates.items()}
