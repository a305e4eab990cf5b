from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from keepstep.core.approval import (
    ApprovalRequest,
    ApprovalSpec,
    ApprovalState,
    PlanVote,
    PlanVoteKind,
    RequestId,
    Requirement,
    decide,
    due,
)

OPENED = datetime(2031, 5, 4, 8, tzinfo=UTC)
PLAN = "d" * 32


def asked(*votes: PlanVote, requester: str = "max", **requirement: object) -> ApprovalRequest:
    return ApprovalRequest(
        id=RequestId("r1"),
        plan=PLAN,
        rule="staff",
        purpose="nightly",
        requester=requester,
        requirement=Requirement.model_validate({"expires": "2d", **requirement}),
        summary="1 create",
        trips=(),
        opened=OPENED,
        votes=votes,
    )


def said(operator: str, kind: str = "approve", *, hours: float = 1, plan: str = PLAN) -> PlanVote:
    return PlanVote(operator=operator, kind=PlanVoteKind(kind), plan=plan, at=OPENED + timedelta(hours=hours))


def state(request: ApprovalRequest, *, hours: float = 2) -> str:
    return str(decide(request, OPENED + timedelta(hours=hours)).state)


def test_nobody_said_anything():
    standing = decide(asked(need=2), OPENED)
    assert (standing.state, standing.by, standing.missing) == ("pending", (), 2)
    assert standing.until == OPENED + timedelta(days=2)


def test_a_vote_for_another_plan_counts_for_nothing():
    assert state(asked(said("ana", plan="e" * 32))) == "pending"
    assert state(asked(said("ana", "reject", plan="e" * 32), said("ivo"))) == "approved"


def test_a_vote_that_came_too_late_counts_for_nothing():
    assert state(asked(said("ana", hours=48)), hours=48) == "expired"
    assert state(asked(said("ana", hours=47.9)), hours=48) == "approved"


def test_a_vote_of_somebody_who_may_not_decide_counts_for_nothing():
    assert state(asked(said("rea"), approvers=["ana"], reviewers=["rea"])) == "pending"
    assert state(asked(said("rea", "reject"), said("ana"), approvers=["ana"])) == "approved"
    assert state(asked(said("MAX "), not_requester=True)) == "pending"
    assert state(asked(said("max"))) == "approved"


def test_who_is_asked_later_counts_from_then_on():
    late = {"approvers": ["ana"], "escalate": {"after": "1d", "to": ["eva"]}}
    assert state(asked(said("eva", hours=23.9), **late)) == "pending"
    assert state(asked(said("eva", hours=24), **late), hours=25) == "approved"


def test_what_does_not_decide_decides_nothing():
    assert state(asked(said("ana", "comment"), said("ivo", "changes"))) == "pending"


def test_a_rejection_stands_whatever_others_say_after_it():
    votes = (said("ana", "reject", hours=1), said("ivo", hours=2), said("eva", "reject", hours=3))
    standing = decide(asked(*votes), OPENED + timedelta(hours=4))
    assert (standing.state, standing.by) == ("rejected", ("ana",))


def test_a_rejection_does_not_expire():
    assert state(asked(said("ana", "reject")), hours=1000) == "rejected"


def test_votes_count_in_the_order_of_time_whatever_order_they_are_kept_in():
    votes = (said("ivo", hours=3), said("ana", "reject", hours=2), said("eva", hours=1))
    assert state(asked(*votes, need=2), hours=4) == "rejected"


def test_an_approval_holds_from_the_vote_that_completed_it():
    standing = decide(asked(said("ana", hours=1), said("ivo", hours=40), need=2), OPENED + timedelta(hours=87.9))
    assert (standing.state, standing.until) == ("approved", OPENED + timedelta(hours=88))
    assert state(standing.request, hours=88) == "expired"


def test_what_was_used_or_replaced_is_over_whatever_was_said():
    approved = asked(said("ana"))
    assert state(replace(approved, run="run-1")) == "used"
    assert state(replace(approved, replaced="r2")) == "replaced"
    assert state(replace(approved, replaced="r2", run="run-1")) == "used"


@pytest.mark.parametrize(
    ("hours", "told", "wanted"),
    [
        (3.9, (), []),
        (4, (), ["remind 4h"]),
        (4, ("remind 4h",), []),
        (30, ("remind 4h",), ["remind 1d", "escalate"]),
        (30, ("remind 1d", "escalate"), []),
        (48, (), ["expired"]),
        (48, ("expired",), []),
    ],
)
def test_each_thing_is_due_once_at_its_time(hours, told, wanted):
    request = asked(approvers=["ana"], remind=["1d", "4h"], escalate={"after": "1d", "to": ["eva"]})
    now = OPENED + timedelta(hours=hours)
    assert due(decide(request, now), told, now) == wanted


def test_nobody_is_reminded_of_what_is_decided():
    for kind in ("approve", "reject"):
        now = OPENED + timedelta(hours=30)
        assert due(decide(asked(said("ana", kind), remind="4h"), now), (), now) == []


def test_a_number_is_short_for_how_many():
    adapter = TypeAdapter(ApprovalSpec)
    assert adapter.validate_python(2) == Requirement(need=2)
    for wrong in (0, 21, True, "1", None, [1]):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("requirement", "changes", "tripped", "needed"),
    [
        ({}, 1, False, True),
        ({"by_guard": True}, 1000, False, False),
        ({"by_guard": True}, 1, True, True),
        ({"above": 10}, 10, True, False),
        ({"above": 10}, 11, False, True),
        ({"above": 10, "by_guard": True}, 1, True, True),
        ({"above": 0}, 1, False, True),
    ],
)
def test_by_choice_only_what_is_large_or_beyond_a_guard_needs_approval(requirement, changes, tripped, needed):
    assert Requirement.model_validate(requirement).asked(changes=changes, tripped=tripped) is needed


def test_every_state_is_reached_by_something():
    reached = {
        state(asked()),
        state(asked(said("ana"))),
        state(asked(said("ana", "reject"))),
        state(asked(), hours=48),
        state(replace(asked(), replaced="r2")),
        state(replace(asked(), run="run-1")),
    }
    assert reached == set(map(str, ApprovalState))
