from keepstep.core.comparison import Standing, compare
from keepstep.core.link import Link, LinkState
from keepstep.core.values import NativeKey
from tests.properties.worlds import basis, person, snapshot, user


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


def test_two_who_match_one_account_are_disputed_and_the_account_is_nobodys():
    source = [user(1, mail="a@example.org"), user(2, mail="a@example.org")]
    found = rows(source, [person(101, email="a@example.org")])
    assert {key: row.standing for key, row in found.items()} == {
        ("guid-1", None): Standing.DISPUTED,
        ("guid-2", None): Standing.DISPUTED,
    }


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
