"""Schedules: when something is due by the wall clock of a time zone, through every change of daylight saving."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Final, Literal

from cronsim import CronSim, CronSimError
from pydantic import BeforeValidator, Field, model_validator

from keepstep.core.duration import Duration, parse_duration
from keepstep.core.macro_time import known_zone
from keepstep.core.spec import Spec
from keepstep.core.window import (
    WEEKDAYS,
    ClockTime,
    Moment,
    Weekday,
    Window,
    ZoneName,
    begin_of,
    end_of,
    instant,
    moment,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SHORTEST: Final = timedelta(minutes=1)
"""The shortest time between two fires."""

_ORDINALS: Final = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
_NTH: Final = re.compile(r"(1st|2nd|3rd|4th|5th|last) ([a-z]+)\Z")
_LOOKED_AT: Final = 1_000
"""How many missed fires are counted one by one."""

_DROPPED_IN_A_ROW: Final = 500
_DROPPED_FOR: Final = timedelta(days=400)
"""Windows that take every fire away so often, and for so long, are taken for those of a schedule that never fires."""

_TICK: Final = timedelta(microseconds=1)

_BACK: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=800))


def _as_text(given: object) -> object:
    return str(given) if isinstance(given, int) else given


class Weekly(Spec):
    """At a time of day on some days of the week."""

    days: Annotated[list[Weekday], Field(min_length=1)]
    at: ClockTime


class Monthly(Spec):
    """At a time of day on one day of each month: `15`, `last day`, `2nd tue`, `last fri`."""

    on: Annotated[str, BeforeValidator(_as_text)]
    at: ClockTime

    @model_validator(mode="after")
    def _is_a_day(self) -> "Monthly":
        self.fields()
        return self

    def fields(self) -> tuple[str, str]:
        """Return the day of the month and the day of the week as cron writes them; ValueError if there is none such."""
        text = " ".join(self.on.casefold().split())
        if text == "last day":
            return "L", "*"
        if text.isdecimal() and 1 <= int(text) <= 31:
            return text, "*"
        match = _NTH.match(text)
        day = match[2][:3] if match else ""
        if match is None or day not in WEEKDAYS:
            raise ValueError("write the day of a month as 15, last day, 2nd tue or last fri")
        number = WEEKDAYS.index(day) + 1
        return "*", f"{number}L" if match[1] == "last" else f"{number}#{_ORDINALS[match[1]]}"


class ScheduleSpec(Spec):
    """Exactly one of `schedule` (cron, five fields), `every`, `once`, `daily`, `weekly` and `monthly`.

    Times are of *timezone*. A time of day that the clocks leap over in spring fires the moment they leap; one that
    occurs twice in autumn fires the first time; where a cron expression has `*` for the hour, it fires in both. *every*
    counts real time from 1970 on, so that a restart moves nothing. In a *blackout* window nothing fires: it is
    dropped, or runs after it, once.
    """

    schedule: str | None = None
    every: Duration | None = None
    once: Moment | None = None
    daily: ClockTime | None = None
    weekly: Weekly | None = None
    monthly: Monthly | None = None
    timezone: ZoneName = "UTC"
    blackout: list[Window] = []
    blackout_then: Literal["drop", "run_after"] = "drop"

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ScheduleSpec":
        kinds = ("schedule", "every", "once", "daily", "weekly", "monthly")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            told = f"{' and '.join(given)} are both given" if given else "nothing is given"
            raise ValueError(f"say when with one of {', '.join(kinds)}: {told}")
        if self.every is not None and parse_duration(self.every) < SHORTEST:
            raise ValueError("every: it is a minute at least")
        try:
            end_of([window for window in self.blackout if window.daily], _EPOCH, known_zone(self.timezone))
        except ValueError as exc:
            raise ValueError(f"blackout: {exc}") from None
        if (cron := self._cron()) is not None:
            if len(cron.split()) != 5:
                raise ValueError("schedule: it has five fields: minute hour day-of-month month day-of-week")
            try:
                next(CronSim(cron, _EPOCH))
            except CronSimError as exc:
                raise ValueError(f"schedule: {str(exc).replace('Bad', 'cannot understand the')}") from None
        return self

    def _cron(self) -> str | None:
        """Return the cron expression that says the same, or None for `every` and `once`."""
        day, month_day, at = "*", "*", self.daily
        if self.weekly is not None:
            at = self.weekly.at
            day = ",".join(str(WEEKDAYS.index(name) + 1) for name in self.weekly.days)
        elif self.monthly is not None:
            at = self.monthly.at
            month_day, day = self.monthly.fields()
        if at is None:
            return self.schedule
        hour, minute = at.split(":")
        return f"{int(minute)} {int(hour)} {month_day} * {day}"

    def _candidates(self, after: datetime) -> Iterator[datetime]:
        """Yield when it would fire if there were no windows, in UTC, from behind *after* on."""
        zone = known_zone(self.timezone)
        if self.every is not None:
            step = parse_duration(self.every)
            at = _EPOCH + ((after - _EPOCH) // step + 1) * step
            while True:
                yield at
                at += step
        elif self.once is not None:
            at = instant(moment(self.once), zone)
            if at > after:
                yield at
        else:
            for at in CronSim(self._cron() or "", after.astimezone(zone)):
                if (found := at.astimezone(UTC)) > after:  # in the hour that comes twice it may begin in the first
                    yield found

    def times(self, after: datetime) -> Iterator[datetime]:
        """Yield when it fires, in UTC, behind *after*, in order, each once; may be endless.

        The same whatever *after* it is asked for: asking in small steps or in one gives the same fires.
        """
        zone = known_zone(self.timezone)
        postponed = self.blackout_then == "run_after"
        start = begin_of(self.blackout, after, zone) if postponed else None
        last, dropped = after, 0
        candidates = self._candidates(start or after)
        while (at := next(candidates, None)) is not None:
            if dropped > _DROPPED_IN_A_ROW and at - last > _DROPPED_FOR:
                return
            end = end_of(self.blackout, at, zone)
            fires = at if end is None else end if postponed else None
            dropped += 1
            if fires is not None and fires > last:
                last, dropped = fires, 0
                yield fires
            if end is not None:
                # all that is in the windows comes to the same: a night of minutes is looked at once
                candidates = self._candidates(end - _TICK)

    def next_times(self, after: datetime, count: int) -> list[datetime]:
        """Return the next *count* times it fires behind *after*, in UTC; fewer where it fires no more."""
        return list(islice(self.times(after), count))

    def times_said(self, after: datetime, count: int) -> list["SaidTime"]:
        """Return the next *count* times that it says behind *after*, those in a blackout window among them."""
        return [self._said(at) for at in islice(self._candidates(after), count)]

    def _said(self, at: datetime) -> "SaidTime":
        zone = known_zone(self.timezone)
        held_by = next((window for window in self.blackout if window.around(at, zone)), None)
        fires = at
        if held_by is not None:
            fires = end_of(self.blackout, at, zone) if self.blackout_then == "run_after" else None
        return SaidTime(at=at, local=at.astimezone(zone), held_by=held_by, fires=fires)

    def due(self, last: datetime, now: datetime) -> "Due":
        """Return what fired behind *last* and is due by *now*."""
        fired = list(islice(self._until(last, now), _LOOKED_AT + 1))
        if len(fired) <= _LOOKED_AT:
            return Due(latest=fired[-1] if fired else None, count=len(fired))
        for back in _BACK:
            if some := list(self._until(max(last, now - back), now)):
                return Due(latest=some[-1], count=max(len(some), _LOOKED_AT + 1))
        return Due(latest=fired[-1], count=len(fired))  # only if it has not fired for years

    def _until(self, last: datetime, now: datetime) -> Iterator[datetime]:
        for at in self.times(last):
            if at > now:
                return
            yield at

    def __str__(self) -> str:
        """Return it in plain words."""
        if self.every is not None:
            words = f"every {self.every}"
        elif self.once is not None:
            words = f"once, on {self.once.replace('T', ' at ')}"
        elif self.daily is not None:
            words = f"every day at {self.daily}"
        elif self.weekly is not None:
            days = ", ".join(day.capitalize() for day in self.weekly.days)
            words = f"every {days} at {self.weekly.at}"
        elif self.monthly is not None:
            on = self.monthly.on
            words = f"on {'day ' if on.isdecimal() else 'the '}{on} of every month at {self.monthly.at}"
        else:
            explained = CronSim(self.schedule or "", _EPOCH).explain()
            words = explained[:1].lower() + explained[1:]
        zone = "" if self.every is not None else f", {self.timezone}"
        return words + zone + "".join(f", not {window}" for window in self.blackout)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTime:
    """A time that a schedule says, in UTC and as the clock of its zone has it. *held_by*: the blackout window it is in.

    *fires*: when it fires, which is after the window, or at once where there is none; None: it is dropped.
    """

    at: datetime
    local: datetime
    held_by: Window | None
    fires: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What fired in a time: the *latest*, None if nothing, and how many; beyond a thousand, at least so many."""

    latest: datetime | None
    count: int
