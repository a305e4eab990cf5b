"""What somebody may do by their roles: denied unless one role allows all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.authority import Authority, Reach, owner, visible
from keepstep.core.right import FRESH, Right
from keepstep.core.role import RoleSpec
from keepstep.errors import NotPermitted, ReauthenticationNeeded

DESK = RoleSpec(
    rights=[Right.CHANGE_ACCOUNTS, Right.READ_PEOPLE],
    connections=["corp"],
    within=["OU=Sales,DC=corp,DC=example"],
    outside=["OU=Board,OU=Sales,DC=corp,DC=example"],
    changes=["set"],
    attributes=["title"],
)
ANA = Authority("ana", {"desk": DESK})
HERE = "CN=Eva,OU=Sales,DC=corp,DC=example"
TITLE = {"connection": "corp", "place": HERE, "change": "set", "attributes": ["title"]}


def test_a_technician_may_do_what_the_role_says():
    ANA.require(Right.CHANGE_ACCOUNTS, Reach(**TITLE))


@pytest.mark.parametrize(
    "other",
    [
        {"connection": "infobip"},
        {"place": "CN=Eva,OU=IT,DC=corp,DC=example"},
        {"place": "CN=Eva,OU=Board,OU=Sales,DC=corp,DC=example"},
        {"place": "CN=Eva,ou=board,ou=sales,dc=CORP,dc=example"},
        {"place": None},
        {"place": "no name"},
        {"change": "delete"},
        {"attributes": ["title", "department"]},
        {"template": "hire"},
        {"rule": "staff"},
    ],
)
def test_and_nothing_beside_it(other):
    with pytest.raises(NotPermitted):
        ANA.require(Right.CHANGE_ACCOUNTS, Reach(**{**TITLE, **other}))


def test_the_spelling_of_names_and_attributes_does_not_matter():
    same = {"place": "cn=Eva, ou=SALES, dc=corp, dc=example", "attributes": ["TITLE"], "connection": "Corp"}
    assert ANA.may(Right.CHANGE_ACCOUNTS, Reach(**{**TITLE, **same}))


def test_the_rights_of_one_role_and_the_reach_of_another_do_not_add_up():
    wide = RoleSpec(rights=[Right.READ_RUNS], connections="all", within="all", changes="all", attributes="all")
    both = Authority("ana", {"desk": DESK, "wide": wide})
    assert not both.may(Right.CHANGE_ACCOUNTS, Reach(**{**TITLE, "connection": "infobip"}))


def test_a_role_without_an_end_opens_nothing_that_only_a_role_with_one_reaches():
    wide = RoleSpec(rights=[Right.CHANGE_ACCOUNTS], connections=["corp"], within="all", changes=["unlock"])
    both = Authority("ana", {"desk": DESK, "wide": wide})
    assert both.everywhere(Right.CHANGE_ACCOUNTS, Reach(connection="corp", change="unlock"))
    assert not both.everywhere(Right.CHANGE_ACCOUNTS, Reach(connection="corp", change="set", attributes=["title"]))
    assert not both.everywhere(Right.CHANGE_ACCOUNTS, Reach(connection="infobip", change="unlock"))


def test_nobody_without_a_role_may_do_anything():
    assert not any(Authority("eva").may(right) for right in Right)


def test_a_token_may_no_more_than_it_is_limited_to():
    limited = Authority("ana", owner("ana").roles, only=frozenset({Right.READ_RUNS}))
    assert [right for right in Right if limited.may(right)] == [Right.READ_RUNS]
    assert not limited.everywhere(Right.APPLY_PLANS)


def test_what_an_open_browser_is_not_enough_for_needs_a_fresh_proof():
    stale = Authority("ana", owner("ana").roles, fresh=False)
    for right in Right:
        if right in FRESH:
            with pytest.raises(ReauthenticationNeeded):
                stale.require(right)
        else:
            stale.require(right)


def test_who_may_not_at_all_is_not_asked_for_a_fresh_proof():
    with pytest.raises(NotPermitted):
        Authority("eva", fresh=False).require(Right.SET_SECRETS)


def test_who_is_seen_ends_with_the_container():
    names = [HERE, "CN=Ivo,OU=IT,DC=corp,DC=example", None]
    assert visible(ANA, Right.READ_PEOPLE, "corp", names) == [True, False, False]
    assert visible(owner("root"), Right.READ_PEOPLE, "corp", names) == [True, True, True]


def test_a_refusal_names_things_and_nobody():
    with pytest.raises(NotPermitted) as caught:
        ANA.require(Right.CHANGE_ACCOUNTS, Reach(**{**TITLE, "place": "CN=Eva Secret,OU=IT,DC=corp,DC=example"}))
    assert "Secret" not in caught.value.message
    assert "connection corp" in caught.value.message


@given(st.lists(st.sampled_from(list(Right)), min_size=1), st.sampled_from(list(Right)))
def test_a_right_that_is_not_listed_is_never_had(rights, wanted):
    role = RoleSpec(rights=rights, connections="all", rules="all", templates="all", within="all", changes="all")
    assert Authority("eva", {"r": role}).may(wanted) is (wanted in rights)
