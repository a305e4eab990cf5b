"""Whatever people say, in whatever order: nothing is approved without as many different people who might."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.approval import ApprovalRequest, PlanVote, PlanVoteKind, RequestId, Requirement, decide

OPENED = datetime(2031, 5, 4, 8, tzinfo=UTC)
PEOPLE = ("ana", "Ana", "ivo", "eva", "max", "MAX", "rea", "")
VOTES = st.lists(
    st.builds(
        PlanVote,
        operator=st.sampled_from(PEOPLE),
        kind=st.sampled_from(PlanVoteKind),
        plan=st.sampled_from(("d" * 32, "e" * 32)),
        at=st.integers(0, 60).map(lambda hours: OPENED + timedelta(hours=hours)),
    ),
    max_size=10,
)
REQUIREMENTS = st.builds(
    Requirement,
    need=st.integers(1, 3),
    not_requester=st.booleans(),
    approvers=st.sampled_from(([], ["ana", "ivo", "eva"], ["ana", "max", "Ana", "ivo"])),
    reviewers=st.just(["rea"]),
    expires=st.just("2d"),
)


def request(votes, requirement) -> ApprovalRequest:
    return ApprovalRequest(
        id=RequestId("r"),
        plan="d" * 32,
        rule="staff",
        purpose="",
        requester="max",
        requirement=requirement,
        summary="",
        trips=(),
        opened=OPENED,
        votes=tuple(votes),
    )


@given(VOTES, REQUIREMENTS, st.integers(0, 120))
def test_approved_means_that_enough_different_people_agreed_and_nobody_refused(votes, requirement, hours):
    now = OPENED + timedelta(hours=hours)
    agreement = decide(request([vote for vote in votes if vote.at <= now], requirement), now)
    if agreement.state != "approved":
        return
    named = requirement.approvers
    agreed = {
        vote.operator.strip().casefold()
        for vote in votes
        if vote.kind == "approve" and vote.plan == "d" * 32 and (not named or vote.operator in named)
    }
    if requirement.not_requester:
        agreed.discard("max")
    assert len(agreed) >= requirement.need
    assert {by.strip().casefold() for by in agreement.by} <= agreed
    assert now < agreement.until <= OPENED + timedelta(hours=96)


@given(VOTES, REQUIREMENTS, st.sampled_from(("ana", "ivo")), st.integers(0, 60))
def test_one_who_may_decide_and_refuses_in_time_has_the_last_word(votes, requirement, who, hours):
    held = decide(request(votes, requirement), OPENED + timedelta(hours=hours))
    refusal = PlanVote(
        operator=who, kind=PlanVoteKind.REJECT, plan="d" * 32, at=OPENED + timedelta(hours=hours), note=""
    )
    after = decide(request([*votes, refusal], requirement), OPENED + timedelta(hours=hours))
    if held.open:
        assert after.state == "rejected"
