"""A connection that fails again and again is left in peace, with gaps that grow, and told of once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from keepstep.core.circuit import PROBE, Circuit, CircuitChange, CircuitSpec, change_between
from keepstep.core.duration import parse_duration
from keepstep.core.notice import NoticeRule, circuit_notice, messages_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SPEC = CircuitSpec(failures=3, first_gap="30s", longest_gap="2m")
CLOSED = Circuit(connection="app")


def fail(circuit, times=1, at=NOW):
    for _ in range(times):
        circuit = circuit.failed(SPEC, "HTTP 503", "Ana", at)
    return circuit


def test_it_opens_only_after_so_many_failures_in_a_row():
    assert fail(CLOSED, 2).opened is None
    assert fail(fail(CLOSED, 2).worked(NOW), 2).opened is None
    assert fail(CLOSED, 3).opened == NOW


def test_nothing_is_sent_until_the_gap_is_over_and_then_one_call():
    opened = fail(CLOSED, 3)
    assert opened.rests(NOW + timedelta(seconds=29))
    later = NOW + timedelta(seconds=30)
    assert not opened.rests(later)
    probing = opened.probed(later)
    assert probing.rests(later)
    assert not probing.rests(later + PROBE)


def test_each_probe_that_fails_doubles_the_gap_up_to_the_longest():
    circuit, now, gaps = fail(CLOSED, 3), NOW, []
    for _ in range(4):
        gaps.append(circuit.gap.total_seconds())
        now = circuit.probe
        circuit = fail(circuit.probed(now), at=now)
    assert gaps == [30, 60, 120, 120]
    assert circuit.opened == NOW


def test_calls_that_were_under_way_when_it_opened_do_not_make_the_gap_longer():
    assert fail(CLOSED, 20).gap == timedelta(seconds=30)


def test_what_fails_again_right_after_it_worked_is_left_in_peace_for_longer():
    again = fail(fail(CLOSED, 3).worked(NOW), 3, at=NOW + timedelta(seconds=90))
    assert again.gap == timedelta(seconds=60)
    much_later = fail(fail(CLOSED, 3).worked(NOW), 3, at=NOW + timedelta(hours=1))
    assert much_later.gap == timedelta(seconds=30)


def test_people_are_told_when_it_opens_and_when_it_closes_by_the_same_rules():
    opened = fail(CLOSED, 3)
    closed = opened.worked(NOW + timedelta(minutes=5))
    assert change_between(CLOSED, opened) is CircuitChange.OPENED
    assert change_between(opened, fail(opened, 5)) is None
    assert change_between(opened, closed) is CircuitChange.CLOSED
    bad, good = (
        circuit_notice(CircuitChange.OPENED, opened, NOW),
        circuit_notice(CircuitChange.CLOSED, closed, NOW),
    )
    assert "3 times in a row" in bad.text
    assert "HTTP 503" in bad.text
    assert "Ana" in bad.text
    rules = {
        "trouble": NoticeRule.model_validate({"severity": "error", "to": "mail"}),
        "other": NoticeRule.model_validate({"connections": "hr", "to": "chat"}),
        "hires": NoticeRule.model_validate({"automations": "hires", "to": "chat"}),
    }
    assert [one.channel for notice in (bad, good) for one in messages_of(notice, rules, [])] == ["mail", "mail"]


@given(st.lists(st.sampled_from(["works", "fails", "time"]), max_size=60))
def test_it_is_open_exactly_while_nothing_worked_since_it_opened(happenings):
    circuit, now, row = CLOSED, NOW, 0
    for what in happenings:
        if what == "works":
            circuit, row = circuit.worked(now), 0
        elif what == "fails":
            circuit, row = fail(circuit.probed(now), at=now), row + 1
        else:
            now += timedelta(seconds=45)
        assert (circuit.opened is not None) == (row >= SPEC.failures)
        assert circuit.failures == row
        assert circuit.gap <= parse_duration(SPEC.longest_gap)


@pytest.mark.parametrize("given", [{"failures": 0}, {"first_gap": "1h", "longest_gap": "1m"}, {"first_gap": "0s"}])
def test_a_circuit_that_makes_no_sense_is_refused(given):
    with pytest.raises(ValidationError):
        CircuitSpec.model_validate(given)
