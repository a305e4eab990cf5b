"""A role in plain words."""

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.right import FRESH, MEANINGS, Right
from keepstep.core.role import BUILT_IN, RoleSpec
from keepstep.core.role_words import role_words

SALES = "OU=Sales,DC=corp,DC=example"
BOARD = "OU=Board,OU=Sales,DC=corp,DC=example"


@given(st.lists(st.sampled_from(Right), min_size=1, unique=True))
def test_every_right_has_its_sentence_and_no_other_right_has_one(rights):
    told = role_words(RoleSpec(rights=rights))
    assert {one for one in told if one.startswith("May ")} == {f"May {MEANINGS[right]}." for right in rights}
    assert len(told) == len(set(told))


def test_a_role_of_one_container_names_each_of_its_ends():
    role = RoleSpec(
        rights=["change_accounts", "read_people"],
        connections=["corp"],
        templates=["hire", "leave", "move"],
        within=[SALES],
        outside=[BOARD],
        changes=["set", "move"],
        attributes=["title"],
    )
    assert role_words(role) == [
        "May see people and groups, comparisons, and why something was done.",
        "May change chosen accounts of a directory by hand.",
        "Of connections, reaches only corp.",
        "Reaches no rule.",
        "Of templates, reaches only hire, leave and move.",
        f'Reaches only people within "{SALES}", but nobody within "{BOARD}".',
        "Sees no comparison, as that is about everybody.",
        "Of kinds of change, makes only set and move.",
        "Of attributes, writes only title.",
    ]


def test_what_is_not_listed_is_told_to_be_out_of_reach():
    told = role_words(RoleSpec(rights=["apply_plans"]))
    assert told[1:] == [
        "Reaches no connection.",
        "Reaches no rule.",
        "Reaches no template.",
        "Reaches nobody, as no container is named.",
        "Makes no change, as no kind of change is named.",
        "Writes no attribute.",
    ]


def test_several_containers_are_told_apart_though_names_have_commas():
    told = role_words(RoleSpec(rights=["run_templates"], within=[SALES, BOARD]))
    assert f'Reaches only people within "{SALES}" or "{BOARD}".' in told


def test_whoever_reaches_everybody_but_some_sees_no_comparison_either():
    told = role_words(RoleSpec(rights=["read_people"], within="all", outside=[BOARD]))
    assert f'Reaches everybody, but nobody within "{BOARD}".' in told
    assert "Sees no comparison, as that is about everybody." in told


def test_an_administrator_is_told_without_an_end_and_what_asks_for_the_password_again():
    told = role_words(BUILT_IN["administrator"])
    assert "Reaches everybody." in told
    assert "Makes every kind of change." in told
    assert "Writes every attribute." in told
    assert not any(one.startswith("Sees no") for one in told)
    assert told[-1].startswith("Needs a password given in the last ten minutes for ")
    assert {right for right in Right if str(right) in told[-1]} == FRESH


def test_a_right_about_nobody_is_told_without_containers_and_changes():
    told = role_words(RoleSpec(rights=["read_audit"]))
    assert told[1:] == ["Reaches no connection.", "Reaches no rule.", "Reaches no template."]
