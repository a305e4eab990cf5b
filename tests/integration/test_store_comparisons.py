"""How both sides stood over time, on both databases: only what changes costs anything."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from keepstep.core.comparison import Row, Standing
from keepstep.core.ignored import Ignored, RowKey, row_key
from keepstep.core.plan import Delta
from keepstep.core.standing_history import KeptComparison
from keepstep.errors import RunLocked
from keepstep.store.comparisons import SqlComparisons
from keepstep.store.tables_comparison import COMPARISONS, DEVIATIONS

START = datetime(2031, 5, 4, tzinfo=UTC)
ALL = frozenset()


def stray(number):
    return Row(standing=Standing.UNAUTHORISED, name=f"Stray {number}", target_key=f"{number}")


def mismatched(number, *names):
    deltas = tuple(Delta(name, ("before-value",), ("after-value",)) for name in names)
    return Row(
        standing=Standing.MISMATCHED,
        name=f"P {number}",
        source_key=f"s{number}",
        target_key=f"{number}",
        differences=deltas,
    )


def in_step(number):
    return Row(standing=Standing.IN_STEP, name=f"P {number}", source_key=f"s{number}", target_key=f"{number}")


def begun(store, day):
    at = START + timedelta(days=day)
    about = KeptComparison(rule="staff", at=at, operator="ana", source_records=1, target_records=2, counts={})
    return store.keep("staff", about)


def keep(store, day, *rows):
    keeping = begun(store, day)
    for row in rows:
        keeping.see([row])
    keeping.end({"unauthorised": len(rows)})


def told(store, day=-1, standings=ALL):
    found = store.deviations("staff", START + timedelta(days=day), standings)
    return [(one.name, (one.since - START).days, one.ended and (one.ended - START).days, one.begun) for one in found]


@pytest.fixture
def store(database):
    return SqlComparisons(database)


def test_who_stands_so_is_told_from_when_to_when(store):
    keep(store, 0, stray(1), in_step(5))
    keep(store, 1, stray(1), stray(2))
    keep(store, 2, stray(2))
    keep(store, 3, stray(2), stray(1))
    assert told(store) == [
        ("Stray 1", 0, 2, False),
        ("Stray 2", 1, None, True),
        ("Stray 1", 3, None, True),
    ]
    assert told(store, day=2) == [("Stray 1", 3, None, True)]
    assert told(store, standings=frozenset({Standing.MISMATCHED})) == []
    assert [(one.at - START).days for one in store.history("staff", limit=2)] == [3, 2]
    assert store.history("other") == []


def test_a_comparison_in_which_nobody_changed_costs_one_row(store, database):
    rows = [stray(number) for number in range(500)]
    keep(store, 0, *rows)
    for day in range(1, 6):
        keep(store, day, *rows)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(DEVIATIONS)).scalar_one() == 500
        assert connection.execute(select(func.count()).select_from(COMPARISONS)).scalar_one() == 6


def test_what_differs_is_kept_without_its_values_and_follows_what_was_last_seen(store, database):
    keep(store, 0, mismatched(1, "firstName"))
    keep(store, 1, mismatched(1, "firstName", "email"))
    (one,) = store.deviations("staff", START - timedelta(days=1), ALL)
    assert (one.detail, one.since) == ("firstName, email", START)
    with database.read() as connection:
        kept = str(connection.execute(select(DEVIATIONS)).all())
    assert "value" not in kept


def test_a_comparison_that_never_ended_is_never_told(store, database):
    keep(store, 0, stray(1))
    keeping = begun(store, 1)
    keeping.see([stray(2)])
    keeping.discard()
    assert told(store) == [("Stray 1", 0, None, False)]
    left = begun(store, 2)
    left.see([stray(3)])
    database.locks.release("comparison:staff")  # as when its process dies
    assert told(store) == [("Stray 1", 0, None, False)]
    keep(store, 3, stray(1))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(DEVIATIONS)).scalar_one() == 1
    assert len(store.history("staff")) == 2


def test_two_at_once_do_not_mix(store):
    keeping = begun(store, 0)
    with pytest.raises(RunLocked):
        begun(store, 0)
    keeping.end({})
    keep(store, 1, stray(1))


def test_who_is_ignored_is_remembered_once_and_can_be_forgotten(store):
    one = Ignored(key=row_key(stray(1)), name="S", reason="why", until=START, operator="ana", at=START)
    store.ignore("staff", [one])
    again = Ignored(key=one.key, name="S", reason="another", until=START, operator="ivo", at=START)
    store.ignore("staff", [again])
    store.ignore("staff", [])
    assert store.ignored("staff") == {one.key: again}
    assert store.ignored("other") == {}
    store.heed("staff", [RowKey(one.key.source, one.key.target, Standing.DUPLICATE)])
    assert len(store.ignored("staff")) == 1
    store.heed("staff", [one.key])
    assert store.ignored("staff") == {}


def test_a_hostile_name_is_kept(store):
    keep(store, 0, Row(standing=Standing.UNAUTHORISED, name="a\x00b\ud800", target_key="k\x00"))
    keep(store, 1, Row(standing=Standing.UNAUTHORISED, name="a\x00b\ud800", target_key="k\x00"))
    assert [one[1:] for one in told(store)] == [(0, None, False)]


def test_what_is_long_over_is_forgotten_and_who_still_stands_so_is_not(store):
    keep(store, 0, stray(1), stray(2))
    keep(store, 1, stray(1), stray(3))
    keep(store, 2, stray(1))
    keep(store, 9, stray(1), stray(4))
    assert store.forget(START + timedelta(days=5)) == 2
    assert told(store) == [("Stray 1", 0, None, False), ("Stray 4", 9, None, True)]
    assert [(one.at - START).days for one in store.history("staff")] == [9, 0]
    keep(store, 10, stray(4))
    assert ("Stray 1", 0, 10, False) in told(store)


def test_the_last_comparison_of_a_rule_is_never_forgotten(store):
    keep(store, 0)
    assert store.forget(START + timedelta(days=500)) == 0
    assert len(store.history("staff")) == 1


def test_what_came_to_nothing_changes_nothing_of_what_was_told(store, database):
    keep(store, 0, mismatched(1, "title"))
    keeping = begun(store, 1)
    keeping.see([mismatched(1, "mail")])
    keeping.discard()
    with database.read() as connection:
        assert connection.execute(select(DEVIATIONS.c.detail)).scalars().all() == ["title"]
    keep(store, 2, mismatched(1, "mail"))
    with database.read() as connection:
        assert connection.execute(select(DEVIATIONS.c.detail)).scalars().all() == ["mail"]
