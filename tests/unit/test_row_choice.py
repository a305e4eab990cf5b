"""Which rows of a comparison are chosen, and how a mistake in a choice is told."""

from datetime import UTC, datetime, timedelta

import pytest

from keepstep.core.comparison import Standing, compare
from keepstep.core.ignored import Ignored, row_key, with_ignored
from keepstep.core.moment import moment_of
from keepstep.core.row_choice import RowChoice, chooser_of, label, standing_of
from keepstep.errors import KeepstepError, UsageError
from tests.properties.worlds import basis, person, snapshot, user

NOW = datetime(2031, 5, 4, tzinfo=UTC)
SOURCE = [
    user(1, givenName="Ana", mail="a@example.org", department="Sales"),
    user(2, givenName="Ivo", mail="i@example.org", department="Audit"),
    user(3, givenName="Mira", mail="m@example.org", department="Sales"),
]
TARGET = [
    person(101, externalId="guid-1", firstName="Ana", email="a@example.org", department="Sales"),
    person(102, externalId="guid-2", firstName="Iva", email="i@example.org", department="Sales"),
    person(109, externalId="x", firstName="Stray", status="guest"),
]


def chosen(**choice):
    rule = basis()
    chooser = chooser_of(RowChoice.model_validate(choice), rule)
    rows = compare(rule, snapshot("s", SOURCE), snapshot("t", TARGET), {}, chooser.seen)
    return [row.name.strip() for row in rows if chooser.takes(row)]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({}, ["Mira", "Ana", "Iva", "Stray"]),
        ({"situation": "unauthorised"}, ["Stray"]),
        ({"situation": ["only_in_corp", "only_in_app"]}, ["Mira", "Stray"]),
        ({"attribute": "department"}, ["Iva"]),
        ({"attribute": "email"}, []),
        ({"where": "source.department == 'Sales'"}, ["Mira", "Ana"]),
        ({"where": "{{ source.department != target.department }}"}, ["Mira", "Iva"]),
        ({"where": "target.status == 'guest'", "situation": "unauthorised"}, ["Stray"]),
        ({"search": "IV"}, ["Iva"]),
        ({"search": "guid-3"}, ["Mira"]),
        ({"search": "A@EXAMPLE"}, ["Ana"]),
    ],
)
def test_rows_are_chosen_by_all_that_is_said(choice, names):
    assert chosen(**choice) == names


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"situation": "unauthorized"}, 'did you mean "unauthorised"'),
        ({"attribute": "departmnet"}, 'did you mean "department"'),
        ({"where": "source.departmnt == 'x'"}, "source.department"),
        ({"where": "department == 'x'"}, "department"),
        ({"ou": "OU=Staff,DC=corp,DC=example"}, "neither side has containers"),
        ({"ou": "Staff"}, "name"),
    ],
)
def test_a_mistake_in_a_choice_is_told_with_what_was_meant(choice, told):
    with pytest.raises(KeepstepError) as caught:
        chosen(**choice)
    assert told in str(caught.value)


def test_sides_are_called_by_their_connections():
    rule = basis().rule
    assert label(Standing.ONLY_IN_SOURCE, rule) == "only in corp"
    assert label(Standing.UNAUTHORISED, rule) == "only in app (unauthorised)"
    assert label(Standing.DISABLED_BUT_ACTIVE, rule) == "disabled in corp, active in app"
    turned = rule.model_copy(update={"source": "app.persons", "target": "corp.users"})
    assert standing_of("only_in_corp", turned) is Standing.UNAUTHORISED


def test_somebody_is_ignored_until_then_and_only_while_they_stand_so():
    rule = basis()
    rows = list(compare(rule, snapshot("s", SOURCE), snapshot("t", TARGET), {}))
    (stray,) = [row for row in rows if row.standing is Standing.UNAUTHORISED]
    until = NOW + timedelta(days=1)
    one = Ignored(key=row_key(stray), name="Stray", reason="a test account", until=until, operator="ana", at=NOW)
    found = [row for row in with_ignored(rows, {one.key: one}, NOW) if row.standing is Standing.IGNORED]
    assert [(row.target_key, row.ignored) for row in found] == [("109", Standing.UNAUTHORISED)]
    assert found[0].note == "unauthorised; ignored until 2031-05-05 00:00 UTC: a test account"
    assert row_key(found[0]) == one.key
    assert list(with_ignored(rows, {one.key: one}, until)) == rows
    linked = [*SOURCE, user(9, givenName="Other", objectGUID="x")]
    rows = list(compare(rule, snapshot("s", linked), snapshot("t", TARGET), {}))
    assert Standing.IGNORED not in {row.standing for row in with_ignored(rows, {one.key: one}, NOW)}


def test_moments_are_days_times_and_lengths():
    assert moment_of("7d", NOW, past=True) == NOW - timedelta(days=7)
    assert moment_of("7d", NOW, past=False) == NOW + timedelta(days=7)
    assert moment_of("2027-03-31", NOW, past=True) == datetime(2027, 3, 31, tzinfo=UTC)
    assert moment_of("2027-03-31T10:00+02:00", NOW, past=True) == datetime(2027, 3, 31, 8, tzinfo=UTC)
    with pytest.raises(UsageError):
        moment_of("tomorrow", NOW, past=False)
