from dataclasses import replace

from keepstep.core.guard import check_plan
from keepstep.core.plan import Action, ActionId, ActionKind, Plan
from keepstep.core.situation import Situation
from keepstep.core.sync_rule import Guards, Limit
from keepstep.core.values import Completeness, NativeKey, Verdict


def plan_of(kind: ActionKind, count: int, accounts: int, *, leaver: bool = False) -> Plan:
    verdict = Verdict(completeness=Completeness.COMPLETE, reason="as told", records=accounts)
    action = Action(
        id=ActionId("a"),
        kind=kind,
        situation=Situation.LINKED,
        name="P",
        reason="r",
        source_key=None,
        target_key=None,
        leaver=leaver,
    )
    actions = tuple(replace(action, id=ActionId(str(i))) for i in range(count))
    return Plan(
        rule="staff",
        basis="b",
        source=verdict,
        target=verdict,
        actions=actions,
        findings=(),
        situations={},
    )


def texts(plan: Plan, guards: Guards | None = None) -> list[str]:
    return [trip.text for trip in check_plan(plan, guards or Guards())]


def test_the_sentence_names_its_numbers():
    assert texts(plan_of(ActionKind.DISABLE, 40, 120)) == [
        "40 of 120 accounts (33 %) would be disabled; the limit is 10 %"
    ]


def test_a_plan_within_both_limits_passes():
    assert texts(plan_of(ActionKind.DELETE, 20, 1000)) == []


def test_the_count_trips_in_a_large_directory():
    assert texts(plan_of(ActionKind.DELETE, 21, 100_000)) == [
        "21 of 100000 accounts (0 %) would be deleted; the limit is 20"
    ]


def test_one_leaver_of_ten_people_is_no_mass_deletion():
    assert texts(plan_of(ActionKind.DELETE, 1, 10)) == []


def test_two_leavers_of_ten_people_are_beyond_five_percent():
    assert len(texts(plan_of(ActionKind.DELETE, 2, 10))) == 1


def test_a_limit_of_zero_allows_nobody():
    assert len(texts(plan_of(ActionKind.DELETE, 1, 1000), Guards(delete=Limit(percent=0)))) == 1


def test_marked_leavers_count_as_disabled_not_only_as_updated():
    assert "disabled" in texts(plan_of(ActionKind.UPDATE, 20, 100, leaver=True))[0]


def test_a_first_load_of_an_empty_target_is_not_stopped():
    plan = plan_of(ActionKind.CREATE, 50, 50)
    empty = replace(plan.target, records=0)
    assert texts(replace(plan, target=empty)) == []


def test_an_empty_plan_trips_nothing():
    assert texts(plan_of(ActionKind.DELETE, 0, 0)) == []


def test_an_account_that_is_changed_twice_counts_once():
    plan = plan_of(ActionKind.UPDATE, 6, 10)
    twice = tuple(replace(action, target_key=NativeKey(str(i // 2))) for i, action in enumerate(plan.actions))
    assert texts(plan) == ["6 of 10 accounts (60 %) would be updated; the limit is 50 %"]
    assert texts(replace(plan, actions=twice)) == []
