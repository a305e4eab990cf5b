"""When schedules fire: on every day of the clocks, in every zone, whatever the steps in which one looks."""

from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from keepstep.core.schedule import ScheduleSpec

ZAGREB = "Europe/Zagreb"


def spec(**given) -> ScheduleSpec:
    return ScheduleSpec.model_validate(given)


def local(text: str, zone: str = ZAGREB) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def walls(schedule: ScheduleSpec, after: str, count: int) -> list[str]:
    """Return the next fires as a clock on the wall shows them, with the offset."""
    zone = ZoneInfo(schedule.timezone)
    found = schedule.next_times(local(after, schedule.timezone), count)
    return [at.astimezone(zone).strftime("%a %d %b %H:%M %z") for at in found]


def test_a_day_has_one_fire_at_its_time():
    assert walls(spec(daily="02:00", timezone=ZAGREB), "2026-06-01T12:00", 2) == [
        "Tue 02 Jun 02:00 +0200",
        "Wed 03 Jun 02:00 +0200",
    ]


def test_a_time_that_the_clocks_leap_over_fires_the_moment_they_leap():
    assert walls(spec(daily="02:30", timezone=ZAGREB), "2026-03-28T12:00", 2) == [
        "Sun 29 Mar 03:00 +0200",
        "Mon 30 Mar 02:30 +0200",
    ]
    assert walls(spec(once="2026-03-29T02:30", timezone=ZAGREB), "2026-03-01T00:00", 2) == ["Sun 29 Mar 03:00 +0200"]


def test_a_time_that_occurs_twice_fires_the_first_time():
    assert walls(spec(daily="02:30", timezone=ZAGREB), "2026-10-24T12:00", 2) == [
        "Sun 25 Oct 02:30 +0200",
        "Mon 26 Oct 02:30 +0100",
    ]
    assert walls(spec(once="2026-10-25T02:30", timezone=ZAGREB), "2026-03-01T00:00", 2) == ["Sun 25 Oct 02:30 +0200"]


def test_every_half_hour_is_that_in_the_hour_that_comes_twice_too():
    fired = walls(spec(schedule="*/30 * * * *", timezone=ZAGREB), "2026-10-25T01:40", 5)
    assert [text[11:] for text in fired] == ["02:00 +0200", "02:30 +0200", "02:00 +0100", "02:30 +0100", "03:00 +0100"]


def test_half_an_hour_of_daylight_saving_is_understood():
    fired = walls(spec(daily="02:15", timezone="Australia/Lord_Howe"), "2026-10-03T12:00", 2)
    assert fired == ["Sun 04 Oct 02:30 +1100", "Mon 05 Oct 02:15 +1100"]
    fired = walls(spec(once="2026-10-04T02:15", timezone="Australia/Lord_Howe"), "2026-10-03T12:00", 2)
    assert fired == ["Sun 04 Oct 02:30 +1100"]


def test_weeks_and_months_name_their_days():
    weekly = spec(weekly={"days": ["Monday", "thu"], "at": "06:00"})
    assert walls(weekly, "2026-11-25T00:00", 3) == [
        "Thu 26 Nov 06:00 +0000",
        "Mon 30 Nov 06:00 +0000",
        "Thu 03 Dec 06:00 +0000",
    ]
    days = {
        "15": ["15 Jan", "15 Feb", "15 Mar"],
        "31": ["31 Jan", "31 Mar", "31 May"],
        "last day": ["31 Jan", "28 Feb", "31 Mar"],
        "2nd Tuesday": ["13 Jan", "10 Feb", "10 Mar"],
        "last fri": ["30 Jan", "27 Feb", "27 Mar"],
    }
    for on, expected in days.items():
        fired = walls(spec(monthly={"on": on, "at": "00:00"}), "2026-01-01T12:00", 3)
        assert [text[4:10] for text in fired] == expected, on


def test_every_so_often_is_the_same_whenever_it_is_first_looked_at():
    quarter = spec(every="15m")
    asked = [quarter.next_times(datetime(2026, 1, 1, 0, minute, 3, tzinfo=UTC), 1)[0] for minute in (0, 7, 14)]
    assert {at.minute for at in asked} == {15}


def test_what_falls_into_a_window_is_dropped_or_runs_once_after_it():
    weekend = {"from": "00:00", "to": "00:00", "days": ["sat", "sun"]}
    dropped = spec(every="6h", blackout=[weekend])
    assert walls(dropped, "2026-11-27T17:00", 3) == [
        "Fri 27 Nov 18:00 +0000",
        "Mon 30 Nov 00:00 +0000",
        "Mon 30 Nov 06:00 +0000",
    ]
    night = {"from": "22:00", "to": "06:30"}
    later = spec(every="1h", blackout=[night], blackout_then="run_after")
    assert [text[11:16] for text in walls(later, "2026-11-27T20:30", 3)] == ["21:00", "06:30", "07:00"]
    # also when one begins to look in the middle of the window
    assert [text[11:16] for text in walls(later, "2026-11-28T03:10", 2)] == ["06:30", "07:00"]


def test_windows_that_never_end_are_refused_and_long_ones_are_waited_for():
    with pytest.raises(ValidationError, match="the windows leave no time between them"):
        spec(daily="02:00", blackout=[{"from": "00:00", "to": "00:00"}])
    with pytest.raises(ValidationError, match="the windows leave no time between them"):
        spec(every="1h", blackout=[{"from": "06:00", "to": "18:00"}, {"from": "18:00", "to": "06:00"}])
    rebuilt = {"from": "2026-11-01T00:00", "to": "2029-03-01T00:00"}
    for then, hour in (("drop", 2), ("run_after", 0)):
        found = spec(daily="02:00", blackout=[rebuilt], blackout_then=then).next_times(
            datetime(2026, 11, 27, tzinfo=UTC), 1
        )
        assert found == [datetime(2029, 3, 1, hour, tzinfo=UTC)]


def test_holidays_are_a_window_between_two_moments():
    holidays = {"from": "2026-12-24T00:00", "to": "2026-12-27T00:00"}
    fired = walls(spec(daily="08:00", timezone=ZAGREB, blackout=[holidays]), "2026-12-22T12:00", 2)
    assert [text[:10] for text in fired] == ["Wed 23 Dec", "Sun 27 Dec"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "say when with one of"),
        ({"daily": "02:00", "every": "1h"}, "every and daily are both given"),
        ({"schedule": "61 * * * *"}, "cannot understand the minute"),
        ({"schedule": "0 2 * *"}, "five fields"),
        ({"schedule": "0 0 30 2 *"}, "cannot understand the day-of-month"),
        ({"daily": "2 o'clock"}, "write a time of day"),
        ({"every": "10s"}, "a minute at least"),
        ({"weekly": {"days": ["mn"], "at": "02:00"}}, 'did you mean "mon"'),
        ({"monthly": {"on": "6th fri", "at": "02:00"}}, "write the day of a month"),
        ({"daily": "02:00", "timezone": "Europe/Zagrebb"}, "no such time zone"),
        ({"once": "2026-12-01T08:00+01:00"}, "without an offset"),
        ({"daily": "02:00", "blackout": [{"from": "02:00", "to": "2026-12-01T08:00"}]}, "both times of day"),
    ],
)
def test_what_cannot_be_meant_is_told(given, told):
    with pytest.raises(ValidationError) as caught:
        spec(**given)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"daily": "02:00", "timezone": ZAGREB}, "every day at 02:00, Europe/Zagreb"),
        ({"every": "15m"}, "every 15m"),
        ({"weekly": {"days": ["mon", "thu"], "at": "06:00"}}, "every Mon, Thu at 06:00, UTC"),
        ({"monthly": {"on": 15, "at": "06:00"}}, "on day 15 of every month at 06:00, UTC"),
        ({"monthly": {"on": "last day", "at": "06:00"}}, "on the last day of every month at 06:00, UTC"),
        (
            {"daily": "02:00", "blackout": [{"from": "22:00", "to": "06:00", "days": ["sat"]}]},
            "every day at 02:00, UTC, not from 22:00 to 06:00 on Sat",
        ),
    ],
)
def test_a_schedule_says_itself_in_plain_words(given, words):
    assert str(spec(**given)) == words


def test_what_was_missed_is_counted_and_the_last_of_it_is_named():
    last = datetime(2026, 1, 1, tzinfo=UTC)
    due = spec(daily="02:00").due(last, datetime(2026, 1, 4, 1, tzinfo=UTC))
    assert (due.latest, due.count) == (datetime(2026, 1, 3, 2, tzinfo=UTC), 3)
    years = spec(schedule="* * * * *").due(last, datetime(2029, 1, 4, 1, 0, 30, tzinfo=UTC))
    assert years.latest == datetime(2029, 1, 4, 1, tzinfo=UTC)
    assert years.count > 1000


# ------------------------------------------------------------------ a day with a clock that does not lie

SCHEDULES = [
    {"daily": "00:00"},
    {"daily": "02:30"},
    {"daily": "03:00"},
    {"schedule": "*/7 * * * *"},
    {"schedule": "30 */2 * * *"},
    {"schedule": "15 1-4 * * *"},
    {"every": "45m"},
    {"weekly": {"days": ["sun"], "at": "02:30"}},
    {"monthly": {"on": "last sun", "at": "02:59"}},
    {"schedule": "*/20 * * * *", "blackout": [{"from": "01:30", "to": "03:30"}], "blackout_then": "run_after"},
    {"schedule": "*/20 * * * *", "blackout": [{"from": "01:30", "to": "03:30"}]},
]
DAYS = {
    ZAGREB: ("2026-03-29", "2026-10-25", "2026-07-01"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Asia/Kathmandu": ("2026-07-01",),
}


@pytest.mark.parametrize("zone", DAYS)
@pytest.mark.parametrize("given", SCHEDULES, ids=str)
def test_looking_in_steps_of_any_length_finds_every_fire_of_the_day_once(zone, given):
    schedule = spec(**given, **({} if "every" in given else {"timezone": zone}))
    for day in DAYS[zone]:
        begin = local(f"{day}T00:00", zone) - timedelta(hours=3)
        end = begin + timedelta(hours=31)
        whole = [at for at in schedule.next_times(begin, 400) if at <= end]
        assert whole == sorted(set(whole))
        for step in (1, 61, 1801):
            seen, last = [], begin
            while last < end:
                now = min(last + timedelta(seconds=step * 1.7), end)
                if step == 1:  # a second at a time, near the fires only: elsewhere nothing can be due
                    later = schedule.next_times(last, 1)
                    now = min(max(now, later[0] - timedelta(seconds=2)) if later else end, end)
                due = schedule.due(last, now)
                seen += [due.latest] if due.count == 1 else [at for at in whole if last < at <= now]
                assert due.count == len([at for at in whole if last < at <= now]), (step, last, now)
                last = now
            assert seen == whole


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(sorted(DAYS)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    start=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
)
def test_a_daily_schedule_fires_once_on_every_day_of_the_calendar(zone, hour, minute, start):
    schedule = spec(daily=f"{hour:02}:{minute:02}", timezone=zone)
    place = ZoneInfo(zone)
    begin = datetime.combine(start, time(), place).astimezone(UTC)
    fired = schedule.next_times(begin - timedelta(microseconds=1), 370)
    days = [at.astimezone(place).date() for at in fired]
    assert len(set(days)) == len(days)
    assert (days[-1] - days[0]).days == len(days) - 1


@pytest.mark.parametrize(
    ("given", "windows"),
    [
        ({"daily": "02:00"}, [{"from": "22:00", "to": "06:00"}]),
        ({"schedule": "* 0-5 * * *"}, [{"from": "22:00", "to": "06:00"}]),
        ({"monthly": {"on": 15, "at": "02:00"}}, [{"from": "22:00", "to": "06:00"}]),
    ],
)
def test_that_windows_take_every_fire_away_is_known_soon(given, windows):
    began = perf_counter()
    assert spec(timezone=ZAGREB, blackout=windows, **given).next_times(local("2026-06-07T12:00"), 10) == []
    assert perf_counter() - began < 30, "somebody who edits a schedule waits for it"


NIGHTS = [{"from": "22:00", "to": "06:00", "days": ["sun"]}]


def test_a_time_in_a_blackout_window_is_said_with_the_window_and_dropped():
    nightly = spec(daily="02:00", timezone=ZAGREB, blackout=NIGHTS)
    monday, tuesday = nightly.times_said(local("2026-06-07T12:00"), 2)
    assert (str(monday.held_by), monday.fires) == ("from 22:00 to 06:00 on Sun", None)
    assert (tuesday.held_by, tuesday.fires) == (None, tuesday.at)
    assert tuesday.local.isoformat() == "2026-06-09T02:00:00+02:00"


def test_a_time_that_runs_after_its_window_is_said_with_the_end_of_all_windows_in_a_row():
    windows = [*NIGHTS, {"from": "06:00", "to": "07:00"}]
    nightly = spec(daily="02:00", timezone=ZAGREB, blackout=windows, blackout_then="run_after")
    monday, tuesday = nightly.times_said(local("2026-06-07T12:00"), 2)
    assert monday.fires == local("2026-06-08T07:00")
    assert nightly.next_times(local("2026-06-07T12:00"), 2) == [monday.fires, tuesday.at]


def test_what_fires_once_is_said_once():
    assert len(spec(once="2026-06-08T02:00").times_said(local("2026-06-07T12:00"), 5)) == 1
