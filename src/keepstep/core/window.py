"""Windows of time that come again: nights, weekends, holidays. Wall-clock times of a time zone."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from keepstep.core.macro_time import known_zone
from keepstep.core.spec import Spec
from keepstep.core.suggest import did_you_mean
from keepstep.errors import MacroError

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Days of the week, in the order of `datetime.weekday()`."""

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")


def _weekday(text: object) -> object:
    if not isinstance(text, str):
        return text
    short = text.strip().casefold()[:3]
    if short not in WEEKDAYS:
        raise ValueError(f'"{text}" is no day of the week{did_you_mean(text.casefold(), WEEKDAYS)}')
    return short


def _text(given: object) -> object:
    return given.isoformat(timespec="minutes") if isinstance(given, datetime) else given


def _clock_text(text: str) -> str:
    if _CLOCK.match(text) is None:
        raise ValueError('write a time of day as "02:00", with quotes')
    return text


def _moment_text(text: str) -> str:
    moment(text)
    return text


def _zone_name(text: str) -> str:
    try:
        known_zone(text)
    except MacroError as exc:
        raise ValueError(exc.message) from exc
    return text


Weekday = Annotated[str, BeforeValidator(_weekday)]
"""A day of the week in any length: `mon`, `Monday`."""

ClockTime = Annotated[str, AfterValidator(_clock_text)]
"""A time of day: `02:00`."""

Moment = Annotated[str, BeforeValidator(_text), AfterValidator(_moment_text)]
"""A day and a time of day without a zone: `2026-12-01T08:00`."""

ZoneName = Annotated[str, AfterValidator(_zone_name)]
"""A time zone by its IANA name: `Europe/Zagreb`."""


def _edge_text(text: str) -> str:
    if _CLOCK.match(text) is None:
        try:
            moment(text)
        except ValueError as exc:
            raise ValueError('write a time of day as "22:00", with quotes, or a moment as 2026-12-24T00:00') from exc
    return text


Edge = Annotated[str, BeforeValidator(_text), AfterValidator(_edge_text)]
"""Where a window begins or ends: a time of day, or a moment."""


def clock(text: str) -> time:
    """Return the time of day that *text* says."""
    return time.fromisoformat(text)


def moment(text: str) -> datetime:
    """Return the moment that *text* says, without a zone; ValueError if it says none, or has a zone."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("write a moment as 2026-12-01T08:00") from None
    if found.tzinfo is not None:
        raise ValueError("write a moment without an offset: the time zone stands apart")
    return found


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time *local* of *zone* in UTC.

    A time that occurs twice is its first occurrence. One that the clocks leap over is the moment they leap.
    """
    early = local.replace(tzinfo=zone, fold=0)
    late = local.replace(tzinfo=zone, fold=1)
    if early.astimezone(UTC) <= late.astimezone(UTC):
        return early.astimezone(UTC)
    # in a gap the later offset counts backwards, to before it: the leap is between the two
    before, after = late.astimezone(UTC), early.astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


class Window(Spec):
    """From one time of day to another, over midnight if need be, on the *days* it begins; or between two moments."""

    begin: Annotated[Edge, Field(alias="from")]
    end: Annotated[Edge, Field(alias="to")]
    days: list[Weekday] = []

    @model_validator(mode="after")
    def _makes_sense(self) -> "Window":
        daily = [_CLOCK.match(text) is not None for text in (self.begin, self.end)]
        if daily[0] is not daily[1]:
            raise ValueError("from and to are both times of day, or both moments")
        if not daily[0] and self.days:
            raise ValueError("days are for windows between times of day")
        if not daily[0] and moment(self.begin) >= moment(self.end):
            raise ValueError("the window ends before it begins")
        return self

    @property
    def daily(self) -> bool:
        """Whether it comes again."""
        return _CLOCK.match(self.begin) is not None

    def around(self, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return begin and end, in UTC, of the window that *at* is in; None if it is in none. The end is outside."""
        spans: list[tuple[datetime, datetime]] = []
        if not self.daily:
            spans.append((moment(self.begin), moment(self.end)))
        else:
            today = at.astimezone(zone).date()
            begin, end = clock(self.begin), clock(self.end)
            for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
                if not self.days or WEEKDAYS[day.weekday()] in self.days:
                    last = day if begin < end else day + timedelta(days=1)
                    spans.append((datetime.combine(day, begin), datetime.combine(last, end)))
        for begins, ends in spans:
            span = (instant(begins, zone), instant(ends, zone))
            if span[0] <= at < span[1]:
                return span
        return None

    def __str__(self) -> str:
        """Return it in plain words."""
        days = f" on {', '.join(day.capitalize() for day in self.days)}" if self.days else ""
        return f"from {self.begin} to {self.end}{days}".replace("T", " ")


def end_of(windows: Sequence[Window], at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when *at*, which is in one of *windows*, is in none any more; None if it is in none.

    ValueError if that is never: windows that come again and follow each other without a gap for a year.
    """
    found = at
    latest = max((instant(moment(window.end), zone) for window in windows if not window.daily), default=at)
    while spans := [span for window in windows if (span := window.around(found, zone))]:
        found = max(end for _, end in spans)
        if found - max(at, latest) > timedelta(days=366):
            raise ValueError("the windows leave no time between them")
    return None if found == at else found


def begin_of(windows: Sequence[Window], at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return since when *at* has been in *windows* without a gap, a year at most; None if it is in none."""
    found = at
    while spans := [span for window in windows if (span := window.around(found, zone))]:
        found = min(begin for begin, _ in spans) - timedelta(microseconds=1)
        if at - found > timedelta(days=366):
            break
    return None if found == at else found
