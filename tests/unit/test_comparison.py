from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.assemble import assemble
from keepstep.core.comparison import Standing, compare
from keepstep.core.link import Link, LinkState
from keepstep.core.values import NativeKey
from tests.properties.worlds import basis, carry_out, memories, person, snapshot, sources, targets, user


def rows(source, target, links=None):
    found = compare(basis(), snapshot("s", source), snapshot("t", target), links or {})
    return {(row.source_key, row.target_key): row for row in found}


def test_everybody_of_both_sides_is_told_once():
    source = [
        user(1, givenName="A", mail="a@example.org"),
        user(2, givenName="B", mail="b@example.org"),
        user(3, givenName="C"),
        user(4, givenName="D", enabled="false"),
        user(5, givenName="E", enabled="false"),
    ]
    target = [
        person(101, externalId="guid-1", firstName="A", email="A@example.org"),
        person(102, externalId="guid-2", firstName="X", email="b@example.org"),
        person(104, externalId="guid-4", firstName="D"),
        person(109, externalId="stranger", firstName="S"),
    ]
    standings = {key: row.standing for key, row in rows(source, target).items()}
    assert standings == {
        ("guid-1", "101"): Standing.IN_STEP,
        ("guid-2", "102"): Standing.MISMATCHED,
        ("guid-3", None): Standing.ONLY_IN_SOURCE,
        ("guid-4", "104"): Standing.DISABLED_BUT_ACTIVE,
        ("guid-5", None): Standing.IN_STEP,
        (None, "109"): Standing.UNAUTHORISED,
    }


def test_a_mismatch_names_its_attributes_with_both_values():
    source, target = [user(2, givenName="B")], [person(102, externalId="guid-2", firstName="X")]
    (row,) = rows(source, target).values()
    assert [(d.name, d.before, d.after) for d in row.differences] == [("firstName", ("X",), ("B",))]


def standings(source, target, links=None):
    return {key: (row.standing, row.note) for key, row in rows(source, target, links).items()}


def test_two_who_match_one_account_are_duplicates_and_the_account_is_nobodys():
    source = [user(1, mail="a@example.org"), user(2, mail="a@example.org")]
    assert standings(source, [person(101, email="a@example.org")]) == {
        ("guid-1", None): (Standing.DUPLICATE, "2 source objects match the same account"),
        ("guid-2", None): (Standing.DUPLICATE, "2 source objects match the same account"),
        (None, "101"): (Standing.DISPUTED, "2 source objects match it"),
    }


def test_two_accounts_that_one_matches_are_duplicates_and_the_one_is_disputed():
    target = [person(101, email="a@example.org"), person(102, email="A@example.org")]
    assert standings([user(1, mail="a@example.org")], target) == {
        ("guid-1", None): (Standing.DISPUTED, "2 accounts match; link one of them by hand"),
        (None, "101"): (Standing.DUPLICATE, "a source object matches it, and another account too"),
        (None, "102"): (Standing.DUPLICATE, "a source object matches it, and another account too"),
    }


def test_a_second_account_of_somebody_is_a_duplicate_and_no_stranger():
    target = [person(101, externalId="guid-1", firstName="A"), person(102, email="a@example.org", firstName="A")]
    source = [user(1, givenName="A", mail="a@example.org")]
    found = standings(source, target)
    assert found["guid-1", "101"][0] is Standing.MISMATCHED
    assert found[None, "102"] == (Standing.DUPLICATE, "a second account of somebody who has one")


def test_whoever_matches_the_account_of_somebody_else_is_a_duplicate():
    links = {NativeKey("guid-1"): Link(NativeKey("guid-1"), NativeKey("101"))}
    source = [user(1, givenName="A"), user(2, mail="a@example.org")]
    found = standings(source, [person(101, externalId="guid-1", firstName="A", email="a@example.org")], links)
    assert found["guid-2", None] == (Standing.DUPLICATE, "the account that matches it belongs to another")


def test_two_new_ones_with_the_same_identifier_are_duplicates_unless_one_is_disabled():
    both = [user(1, mail="a@example.org"), user(2, mail="A@example.org")]
    assert {standing for standing, _ in standings(both, []).values()} == {Standing.DUPLICATE}
    one = [user(1, mail="a@example.org"), user(2, mail="a@example.org", enabled="false")]
    assert [standing for standing, _ in standings(one, []).values()] == [Standing.ONLY_IN_SOURCE, Standing.IN_STEP]


def test_strangers_who_share_an_identifier_are_unauthorised_and_it_is_said():
    target = [person(101, email="a@example.org"), person(102, email="a@example.org"), person(103, email="b@x.org")]
    assert [(standing, bool(note)) for standing, note in standings([], target).values()] == [
        (Standing.UNAUTHORISED, True),
        (Standing.UNAUTHORISED, True),
        (Standing.UNAUTHORISED, False),
    ]


@given(st.data())
def test_every_account_of_both_sides_is_told_exactly_once(data):
    source, target = data.draw(sources()), data.draw(targets())
    memory = data.draw(memories(source, target))
    found = list(compare(basis(), snapshot("s", source), snapshot("t", target), memory.links))
    assert sorted(row.source_key for row in found if row.source_key) == sorted(record.key for record in source)
    assert sorted(row.target_key for row in found if row.target_key) == sorted(record.key for record in target)


@given(st.data())
def test_after_a_plan_is_carried_out_only_what_the_plan_left_alone_is_out_of_step(data):
    source, target = data.draw(sources(leavers=False)), data.draw(targets())
    memory = data.draw(memories(source, target))
    plan = assemble(basis(), snapshot("s", source), snapshot("t", target), memory)
    left = {finding.source_key for finding in plan.findings} | {finding.target_key for finding in plan.findings}
    after, remembered = carry_out(plan, target, memory)
    found = compare(basis(), snapshot("s", source), snapshot("t", after), remembered.links)
    wrong = [row for row in found if row.standing is not Standing.IN_STEP]
    assert [row for row in wrong if not left & {row.source_key, row.target_key}] == []


def test_a_leaver_who_was_marked_is_in_step_and_one_who_is_back_is_not():
    links = {NativeKey("guid-1"): Link(NativeKey("guid-1"), NativeKey("101"), LinkState.LEFT)}
    target = [person(101, externalId="guid-1", firstName="A", status="left")]
    (gone,) = rows([user(1, givenName="A", enabled="false")], target, links).values()
    assert (gone.standing, gone.note) == (Standing.IN_STEP, "a leaver; the account was disabled or marked")
    (deleted,) = rows([], target, links).values()
    assert deleted.standing is Standing.IN_STEP
    (back,) = rows([user(1, givenName="A")], target, links).values()
    assert (back.standing, back.note) == (Standing.MISMATCHED, "a leaver who is back")


def test_a_person_whom_the_mapping_leaves_out_is_mismatched_with_the_reason():
    (row,) = rows([user(1, sn="<x>")], [person(101, externalId="guid-1")]).values()
    assert row.standing is Standing.MISMATCHED
    assert row.note.startswith("left out: ")
