"""The use of rate limits: every call is counted once, in every view of the same time, and windows are as long as they say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.call import Rate
from keepstep.core.call_count import KEPT, CallCount
from keepstep.core.quota import RateShare, look_back, quota_uses, rate_shares

NOW = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
LAST = NOW.replace(second=0)
MINUTE = timedelta(minutes=1)
LIMITS = ("get", "put", "")

rates = st.builds(
    RateShare,
    calls=st.integers(1, 10_000),
    seconds=st.one_of(st.just(1.0), st.just(60.0), st.floats(0.01, 200_000)),
    share=st.floats(0.01, 1),
)


@st.composite
def counted(draw):
    """Counts of the last days and of the next minutes, of two connections; one of each minute and limit."""
    places = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("infobip", "other")),
                st.sampled_from(LIMITS),
                st.one_of(st.integers(-3, 70), st.integers(0, 6_000)),
            ),
            unique=True,
            max_size=30,
        )
    )
    return [
        CallCount(
            connection=name, limit=limit, minute=LAST - age * MINUTE, calls=draw(st.integers(0, 500)), refused=age % 3
        )
        for name, limit, age in places
    ]


def of(counts, limit, *, length, end=0):
    """The counts of *limit* in the *length* minutes whose last is *end* minutes before the last one."""
    first, last = LAST - (end + length - 1) * MINUTE, LAST - end * MINUTE
    return [one for one in counts if (one.connection, one.limit) == ("infobip", limit) and first <= one.minute <= last]


def calls(counts):
    return sum(one.calls for one in counts)


@given(counted(), rates)
def test_every_call_of_the_last_hour_and_day_is_in_each_series_once(counts, rate):
    for use in quota_uses("infobip", {"get": rate}, counts, NOW):
        assert use.calls == sum(one.calls for one in use.hour) == use.day[-1].calls
        assert use.calls == calls(of(counts, use.limit, length=60))
        assert use.refused == sum(one.refused for one in of(counts, use.limit, length=60)) == use.day[-1].refused
        assert sum(one.calls for one in use.day) == calls(of(counts, use.limit, length=1440))


@given(counted(), rates)
def test_a_series_has_no_gaps_and_ends_now(counts, rate):
    for use in quota_uses("infobip", {"get": rate}, counts, NOW):
        assert [one.since for one in use.hour] == [LAST - (59 - 5 * place) * MINUTE for place in range(12)]
        assert [one.since for one in use.day] == [LAST - (1439 - 60 * place) * MINUTE for place in range(24)]


@given(counted(), rates)
def test_the_busiest_time_is_what_looking_at_every_time_finds(counts, rate):
    (use,) = (one for one in quota_uses("infobip", {"get": rate}, counts, NOW) if one.limit == "get")
    every = [calls(of(counts, "get", length=rate.minutes, end=end)) for end in range(60)]
    if use.busiest is None:
        assert max(every) == 0
        return
    assert use.busiest.calls == max(every)
    assert use.busiest.minutes == rate.minutes
    assert use.busiest.since == LAST - (every.index(max(every)) + rate.minutes - 1) * MINUTE
    assert use.busiest.share == pytest.approx(max(every) / rate.allowed, abs=1e-4)


@given(rates)
def test_a_limit_is_measured_over_the_fewest_minutes_that_hold_its_window(rate):
    assert (rate.minutes - 1) * 60 < rate.seconds <= rate.minutes * 60 or rate.minutes == KEPT // MINUTE
    assert rate.allowed / rate.minutes / 60 == pytest.approx(rate.calls / rate.seconds)


@given(counted(), st.dictionaries(st.sampled_from(("get", "put", "post")), rates))
def test_every_limit_is_there_once_and_what_was_counted_by_no_limit_beside_it(counts, limits):
    found = [use.limit for use in quota_uses("infobip", limits, counts, NOW)]
    assert found[: len(limits)] == list(limits)
    assert len(set(found)) == len(found)
    assert set(found) - set(limits) == {name for name in LIMITS if of(counts, name, length=1440)} - set(limits)


@given(counted(), rates)
def test_what_is_looked_back_to_is_enough(counts, rate):
    since = look_back([rate], NOW)
    recent = [one for one in counts if one.minute >= since]
    assert quota_uses("infobip", {"get": rate}, recent, NOW) == quota_uses("infobip", {"get": rate}, counts, NOW)


@pytest.mark.parametrize(
    ("rate", "minutes", "allowed"),
    [
        (Rate(calls=5), 1, 300),
        (Rate(calls=100, seconds=60), 1, 100),
        (Rate(calls=100, seconds=90), 2, 133.333),
        (Rate(calls=1000, seconds=86_400), 1440, 1000),
    ],
)
def test_what_a_limit_allows_in_its_minutes(rate, minutes, allowed):
    found = rate_shares({"one": rate}, 0.6)["one"]
    assert (found.minutes, found.share) == (minutes, 0.6)
    assert found.allowed == pytest.approx(allowed, abs=0.001)


def test_a_limit_a_day_remembers_what_was_used_before_the_last_hour():
    day = RateShare(calls=1000, seconds=86_400, share=1)
    early = CallCount(connection="hr", limit="day", minute=LAST - 20 * 60 * MINUTE, calls=750, refused=0)
    (use,) = quota_uses("hr", {"day": day}, [early], NOW)
    assert (use.calls, use.busiest.calls, use.busiest.allowed, use.busiest.share) == (0, 750, 1000, 0.75)
