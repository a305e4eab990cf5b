"""Looking for the actions of a plan: what is chosen, how it is counted, and always in the same order."""

from dataclasses import replace

import pytest

from keepstep.core.plan import ActionKind, Delta
from keepstep.core.plan_index import ActionChoice, ActionOrder, PlanIndex, place_of
from tests.integration.store_world import a_plan, an_action

SALES = "OU=Sales,OU=Staff,DC=corp,DC=example"
STAFF = "OU=Staff,DC=corp,DC=example"


def moved(number, place, **more):
    return an_action(number, deltas=(Delta("container", None, (place,)), Delta("title", None, ("x",))), **more)


@pytest.fixture
def index():
    actions = (
        moved(0, SALES, name="Zora", kind=ActionKind.CREATE),
        moved(1, STAFF, name="ana", kind=ActionKind.CREATE),
        an_action(2, name="Bo"),
        an_action(3, name="Cy", kind=ActionKind.DELETE, reason="left", deltas=()),
    )
    return PlanIndex(replace(a_plan(), actions=actions))


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (ActionChoice(), [0, 1, 2, 3]),
        (ActionChoice(kind=ActionKind.CREATE), [0, 1]),
        (ActionChoice(attribute="PHONE"), [2]),
        (ActionChoice(place=STAFF), [0, 1]),
        (ActionChoice(place=SALES.lower()), [0]),
        (ActionChoice(reason="left"), [3]),
        (ActionChoice(search="zOR"), [0]),
        (ActionChoice(search="lef"), [3]),
        (ActionChoice(kind=ActionKind.DELETE, search="ana"), []),
        (ActionChoice(order=ActionOrder.NAME), [1, 2, 3, 0]),
        (ActionChoice(order=ActionOrder.NAME_DOWN, kind=ActionKind.CREATE), [0, 1]),
    ],
    ids=str,
)
def test_what_is_chosen_is_what_all_of_the_choice_says(index, choice, chosen):
    assert list(index.chosen(choice)) == chosen


def test_each_count_leaves_out_only_its_own_part_of_the_choice(index):
    counts = index.counts(ActionChoice(kind=ActionKind.CREATE))
    assert counts.kinds == {"create": 2, "update": 1, "delete": 1}
    assert counts.attributes == {"container": 2, "title": 2}
    assert counts.places == {SALES: 1, STAFF: 2}
    assert counts.reasons == {"attributes differ": 2}


def test_a_place_counts_for_all_that_it_is_in(index):
    assert index.counts(ActionChoice(place=SALES)).places == {SALES: 1, STAFF: 2}


@pytest.mark.parametrize(
    ("deltas", "place"),
    [
        ((), ""),
        ((Delta("distinguishedName", None, (f"CN=Ana,{SALES}",)),), SALES),
        ((Delta("container", (STAFF,), ()),), STAFF),
        ((Delta("distinguishedName", None, ("no name",)),), ""),
    ],
)
def test_the_place_of_an_action_is_where_its_account_is_or_comes_to(deltas, place):
    assert place_of(an_action(1, deltas=deltas)) == place


def test_an_action_that_writes_no_container_is_found_where_its_account_was_read():
    plan = replace(a_plan(), actions=(an_action(0), moved(1, STAFF), an_action(2)))
    index = PlanIndex(replace(plan, places={"action-0": SALES, "action-1": SALES}))
    assert list(index.chosen(ActionChoice(place=SALES))) == [0]  # where it comes to goes before where it is
    assert list(index.chosen(ActionChoice(place=STAFF))) == [0, 1]
    assert list(index.chosen(ActionChoice())) == [0, 1, 2]


def test_what_is_withheld_of_a_plan_takes_its_place_along():
    plan = replace(a_plan(), places={"action-0": SALES, "action-1": STAFF})
    left = plan.without(lambda action: "no" if action.id == "action-0" else "")
    assert left.places == {"action-1": STAFF}


def test_what_makes_no_name_is_a_place_by_itself():
    index = PlanIndex(replace(a_plan(), actions=(moved(0, "nowhere"), moved(1, SALES))))
    assert list(index.chosen(ActionChoice(place="nowhere"))) == [0]
    assert index.counts(ActionChoice()).places["nowhere"] == 1


def test_only_the_last_choices_are_remembered(index):
    for number in range(40):
        index.chosen(ActionChoice(search=str(number)))
    assert list(index.chosen(ActionChoice(search="zora"))) == [0]


def test_an_action_is_found_by_its_id(index):
    assert index.action("action-2").name == "Bo"
    assert index.action("no") is None
