"""What happened, told by two states of an object."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.change import Change
from keepstep.core.event import ALWAYS, EventKind, differing, happenings
from keepstep.core.news import Known, Reading, news
from keepstep.core.own_write import UNNAMED, OwnWrite, digest, is_own
from keepstep.core.values import NativeKey, Record

NOW = datetime(2031, 5, 4, tzinfo=UTC)

ANA = {
    "cn": ("Ana",),
    "enabled": ("true",),
    "container": ("OU=Staff",),
    "title": ("Clerk",),
    "memberOf": ("CN=A", "CN=B"),
}


def kinds(before, after):
    return [(str(one.kind), one.decided_by, one.group) for one in happenings(before, after)]


def test_one_change_can_be_several_things():
    after = {**ANA, "cn": ("Ana K.",), "container": ("OU=Sales",), "enabled": ("false",), "memberOf": ("CN=B", "CN=C")}
    after |= {"title": ("Head",), "distinguishedName": ("CN=Ana K.,OU=Sales",)}
    assert kinds(ANA, after) == [
        ("renamed", ("cn",), ""),
        ("moved", ("container",), ""),
        ("disabled", ("enabled",), ""),
        ("joined_group", ("memberOf",), "CN=C"),
        ("left_group", ("memberOf",), "CN=A"),
        ("modified", ("title",), ""),
    ]


def test_coming_and_going_are_told_alone():
    assert kinds(None, ANA) == [("created", (), "")]
    assert kinds(ANA, None) == [("deleted", (), "")]


def test_the_order_of_values_is_no_news():
    assert kinds(ANA, {**ANA, "memberOf": ("CN=B", "CN=A")}) == []


def test_an_account_without_the_notion_is_neither_enabled_nor_disabled():
    assert kinds({"cn": ("x",)}, {"cn": ("x",), "title": ("y",)}) == [("modified", ("title",), "")]


VALUES = st.lists(st.sampled_from(["a", "b", "true", "false", ""]), min_size=1, max_size=3).map(tuple)
STATES = st.dictionaries(st.sampled_from([*ALWAYS, "title", "mail"]), VALUES, max_size=6)


@given(before=STATES, after=STATES)
def test_every_difference_is_told_by_exactly_one_kind_and_equals_tell_nothing(before, after):
    assert list(happenings(before, dict(before))) == []
    found = list(happenings(before, after))
    decided = [name for one in found if not one.group for name in one.decided_by]
    assert len(decided) == len(set(decided))
    told = {name for one in found for name in one.decided_by}
    # set of groups: a group named twice is one group
    silent = {"distinguishedName", "name", "memberOf"}
    assert set(differing(before, after)) - silent <= told | {
        name for name in ("enabled", "lockedOut") if not before.get(name) and not after.get(name)
    }
    assert told <= set(differing(before, after))


def reading(*, settled=True, common=None, own=lambda *_: False):
    return Reading(now=NOW, settled=settled, common=common, own=own)


def change(attributes, key="1"):
    return Change(key=NativeKey(key), record=None if attributes is None else Record(NativeKey(key), attributes))


@given(states=st.lists(st.none() | STATES, max_size=8))
def test_who_follows_the_events_of_an_object_always_knows_how_it_is(states):
    known, followed = None, None
    for state in states:
        told, known = news(reading(), known, change(state))
        for one in told:
            followed = None if one.happening.kind is EventKind.DELETED else one.after
        again, same = news(reading(), known, change(state))
        assert again == []
        assert same == known
        there = None if state is None else {name: values for name, values in state.items() if values}
        if followed is None or there is None:
            assert followed is None
            assert there is None
        else:
            changed = set(differing(followed, there)) - {"distinguishedName", "name"}
            assert changed <= {"memberOf", "enabled", "lockedOut"}, changed


def test_nothing_is_news_before_everything_was_seen_once():
    told, known = news(reading(settled=False), None, change(ANA))
    assert told == []
    assert known is not None
    assert known.attributes == ANA


def test_an_attribute_that_was_not_watched_before_is_no_news():
    known = Known(key=NativeKey("1"), version=1, attributes={"cn": ("Ana",), "mail": ("a@b",)})
    told, now = news(reading(common=frozenset({"cn"})), known, change({"cn": ("Ana",), "title": ("Head",)}))
    assert told == []
    assert now.attributes == {"cn": ("Ana",), "title": ("Head",)}


def test_who_comes_back_is_restored_with_what_it_was():
    known = Known(key=NativeKey("1"), version=3, gone=True, attributes=ANA)
    (told,), now = news(reading(), known, change(ANA))
    assert (told.happening.kind, told.before["cn"]) == (EventKind.RESTORED, ("Ana",))
    assert (now.version, now.gone) == (4, False)


def test_only_the_values_that_keepstep_gave_are_its_own():
    (renamed,) = happenings({"title": ("Clerk",)}, {"title": ("Head",)})
    noted = {("title", digest(["Head"]))}
    assert is_own(renamed, {"title": ("head ",)}, noted) == noted
    assert not is_own(renamed, {"title": ("Boss",)}, noted)
    (both,) = happenings({"title": ("Clerk",)}, {"title": ("Head",), "mail": ("a@b",)})
    assert not is_own(both, {"title": ("Head",), "mail": ("a@b",)}, noted)


def test_a_note_of_a_new_object_has_no_key_yet():
    assert OwnWrite("corp", UNNAMED, "cn", digest(["Ana"])).key == ""
