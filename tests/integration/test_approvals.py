"""Requests for approval on both stores: asked once, decided by those who may, found out when they were altered."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from keepstep.core.guard import Trip
from keepstep.core.plan import ActionKind
from keepstep.core.run import RunState
from keepstep.errors import UsageError
from keepstep.usecases.approve import override_by
from keepstep.usecases.remind import remind_due
from tests.integration.approval_world import ApprovalWorld
from tests.integration.store_world import a_plan


@pytest.fixture
def world(database, tmp_path):
    return ApprovalWorld(database, tmp_path)


async def test_however_often_is_asked_people_are_asked_once(world):
    plan = a_plan()
    first = await world.seek(plan, approvers=["ana", "ivo"], reviewers=["rea", "ana"])
    again = await world.seek(plan, approvers=["ana", "ivo"], reviewers=["rea", "ana"])
    assert (first.state, first.missing, again) == ("pending", 1, first)
    assert first.request.summary == "3 update"
    wanted = "Approval wanted"
    assert world.postbox.taken() == [("ana", wanted), ("ivo", wanted), ("rea", wanted)]
    assert [entry.action for entry in world.audit.entries()] == ["ask_approval"]


def test_many_who_seek_at_once_ask_once(world):
    plan = a_plan()
    world.journal.save_plan(plan)

    def once(_):
        return asyncio.run(world.seek(plan, approvers=["ana"])).request.id

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(once, range(6)))) == 1
    assert world.postbox.taken() == [("ana", "Approval wanted")]


async def test_a_newer_plan_of_the_rule_is_asked_for_by_itself(world):
    old = await world.seek(a_plan(3), approvers=["ana"])
    other = await world.seek(a_plan(3), approvers=["ana"], purpose="weekly")
    new = await world.seek(a_plan(2), approvers=["ana"])
    assert new.request.id not in {old.request.id, other.request.id}
    assert world.requests.find(old.request.id).replaced == new.request.id
    assert world.requests.find(other.request.id).replaced == ""
    assert world.requests.opened() == [other.request.id, new.request.id]


async def test_another_requirement_is_asked_for_by_itself(world):
    old = await world.seek(a_plan(), approvers=["ana"])
    new = await world.seek(a_plan(), approvers=["ana", "ivo"], need=2)
    assert (new.missing, world.requests.find(old.request.id).replaced) == (2, new.request.id)


async def test_what_nobody_decided_in_time_has_expired_until_it_is_asked_anew(world):
    first = await world.seek(a_plan(), expires="2d")
    world.clock.pass_(days=2)
    assert (await world.seek(a_plan(), expires="2d")).state == "expired"
    again = await world.seek(a_plan(), expires="2d", anew=True)
    assert (again.state, again.request.id == first.request.id) == ("pending", False)
    assert (await world.seek(a_plan(), expires="2d", anew=True)) == again


async def test_as_many_as_needed_have_to_agree_and_each_counts_once(world):
    asked = (await world.seek(a_plan(), approvers=["ana", "ivo", "eva"], need=2)).request
    assert (await world.say("approve", asked, "ana")).missing == 1
    with pytest.raises(UsageError, match="has approved request"):
        await world.say("approve", asked, "ana")
    after = await world.say("approve", asked, "eva", note="looked at all of it")
    assert (after.state, after.by, after.missing) == ("approved", ("ana", "eva"), 0)
    assert (await world.seek(a_plan(), approvers=["ana", "ivo", "eva"], need=2)) == after


async def test_who_agrees_twice_under_two_spellings_counts_once(world):
    asked = (await world.seek(a_plan(), need=2)).request
    await world.say("approve", asked, "ana")
    after = await world.say("approve", asked, "Ana ")
    assert (after.state, after.missing) == ("pending", 1)


@pytest.mark.parametrize("name", ["max", "MAX"])
async def test_who_asked_does_not_decide_where_that_is_chosen(world, name):
    asked = (await world.seek(a_plan(), requester="max", not_requester=True)).request
    for kind in ("approve", "reject"):
        with pytest.raises(UsageError, match="may not decide") as caught:
            await world.say(kind, asked, name)
        assert "not for who asked" in caught.value.hint
    assert (await world.say("approve", asked, "ana")).state == "approved"


async def test_reviewers_speak_and_do_not_decide(world):
    asked = (await world.seek(a_plan(), approvers=["ana"], reviewers=["rea"])).request
    world.postbox.taken()
    for kind in ("approve", "reject"):
        with pytest.raises(UsageError, match="rea may not decide"):
            await world.say(kind, asked, "rea")
    after = await world.say("changes", asked, "rea", note="leave the interns out")
    assert (after.state, after.by) == ("pending", ())
    assert world.postbox.taken() == [("max", "rea asks for changes"), ("ana", "rea asks for changes")]
    with pytest.raises(UsageError, match="eva may not comment"):
        await world.say("comment", asked, "eva", note="me too")
    with pytest.raises(UsageError, match="nothing said"):
        await world.say("comment", asked, "rea", note=" ")
    assert (await world.say("approve", asked, "ana")).state == "approved"


@pytest.mark.parametrize("name", ["", "unknown", " "])
async def test_whoever_decides_has_a_name(world, name):
    asked = (await world.seek(a_plan())).request
    with pytest.raises(UsageError, match="needs a name"):
        await world.say("approve", asked, name)


@pytest.mark.parametrize("seen", ["", "f", "f" * 32, a_plan(2).digest, a_plan().digest[:11]])
async def test_a_vote_names_the_plan_that_was_looked_at(world, seen):
    asked = (await world.seek(a_plan())).request
    with pytest.raises(UsageError, match="is not what was named"):
        await world.say("approve", asked, "ana", plan=seen)
    assert world.requests.find(asked.id).votes == ()


async def test_one_rejection_is_enough_until_people_are_asked_anew(world):
    asked = (await world.seek(a_plan(), approvers=["ana", "ivo"])).request
    world.postbox.taken()
    assert (await world.say("reject", asked, "ivo", note="not on a Friday")).state == "rejected"
    assert world.postbox.taken() == [("max", "Rejected by ivo")]
    with pytest.raises(UsageError, match="is rejected"):
        await world.say("approve", asked, "ana")
    held = await world.seek(a_plan(), approvers=["ana", "ivo"])
    assert (held.state, held.by, held.request.id) == ("rejected", ("ivo",), asked.id)
    again = await world.seek(a_plan(), approvers=["ana", "ivo"], anew=True)
    assert (again.state, again.by) == ("pending", ())


async def test_who_agreed_takes_it_back_until_it_is_applied(world):
    plan = a_plan()
    asked = (await world.seek(plan, approvers=["ana"])).request
    await world.say("approve", asked, "ana")
    assert (await world.say("reject", asked, "ana")).state == "rejected"
    again = (await world.seek(plan, approvers=["ana"], anew=True)).request
    await world.say("approve", again, "ana")
    world.run(plan)
    with pytest.raises(UsageError, match="is used"):
        await world.say("reject", again, "ana")


async def test_an_approval_is_for_one_run(world):
    plan = a_plan()
    asked = (await world.seek(plan, approvers=["ana"])).request
    await world.say("approve", asked, "ana")
    run = world.run(plan)
    assert world.requests.find(asked.id).run == run
    again = await world.seek(plan, approvers=["ana"])
    assert (again.state, again.request.id == asked.id) == ("pending", False)


async def test_a_run_that_is_not_over_goes_on_by_its_approval(world):
    plan = a_plan()
    asked = (await world.seek(plan, approvers=["ana"])).request
    await world.say("approve", asked, "ana")
    run = world.journal.open_run(plan, operator="max")
    world.journal.close_run(run.id, RunState.RUNNING)
    held = await world.seek(plan, approvers=["ana"])
    assert (held.state, held.by, held.request.id) == ("approved", ("ana",), asked.id)
    assert (await world.seek(plan, approvers=["ivo"])).state == "pending"


async def test_an_approval_holds_as_long_as_people_are_waited_for(world):
    asked = (await world.seek(a_plan(), expires="2d")).request
    world.clock.pass_(days=1, hours=23)
    await world.say("approve", asked, "ana")
    world.clock.pass_(days=1, hours=23)
    assert (await world.seek(a_plan(), expires="2d")).state == "approved"
    world.clock.pass_(hours=1)
    assert (await world.seek(a_plan(), expires="2d")).state == "expired"


async def test_what_expired_is_decided_by_nobody(world):
    asked = (await world.seek(a_plan(), expires="2d")).request
    world.clock.pass_(days=2)
    with pytest.raises(UsageError, match="is expired"):
        await world.say("approve", asked, "ana")


async def test_a_plan_that_was_replaced_is_decided_by_nobody_and_its_votes_go_with_it(world):
    old = (await world.seek(a_plan(3), approvers=["ana"])).request
    await world.say("approve", old, "ana")
    new = await world.seek(a_plan(2), approvers=["ana"])
    assert (new.state, new.by) == ("pending", ())
    with pytest.raises(UsageError, match="is replaced"):
        await world.say("reject", old, "ana")
    back = await world.seek(a_plan(3), approvers=["ana"])
    assert (back.state, back.request.id == old.id) == ("pending", False)


async def test_what_approvers_saw_beyond_the_guards_they_gave_leave_for(world):
    shown = await world.seek(a_plan(), approvers=["ana"], by_guard=True, tripped=True)
    after = await world.say("approve", shown.request, "ana")
    (text,) = shown.request.trips
    trip = Trip(kind=ActionKind.DELETE, count=3, accounts=4, text=text)
    leave = override_by(after, [trip])
    assert (leave.operator, shown.request.id in leave.reason) == ("ana", True)
    assert override_by(after, [trip, replace(trip, text="4 of 4 accounts would be deleted")]) is None
    assert override_by(shown, [trip]) is None


async def test_reminders_go_out_once_to_who_has_not_agreed(world):
    asked = await world.seek(a_plan(), approvers=["ana", "ivo"], need=2, remind=["4h", "1d"])
    await world.say("approve", asked.request, "ana")
    world.postbox.taken()
    assert await remind_due(world.desk, world.clock.now()) == []
    for hours, told in ((4, True), (1, False), (19, True), (30, False)):
        world.clock.pass_(hours=hours)
        for _ in range(2):
            await remind_due(world.desk, world.clock.now())
        assert world.postbox.taken() == ([("ivo", "Still waiting for approval")] if told else []), hours


async def test_of_reminders_that_were_missed_only_the_last_goes_out(world):
    await world.seek(a_plan(), approvers=["ana"], remind=["1h", "2h", "3h"])
    world.postbox.taken()
    world.clock.pass_(days=1)
    for _ in range(3):
        await remind_due(world.desk, world.clock.now())
    assert world.postbox.taken() == [("ana", "Still waiting for approval")]


async def test_when_nobody_decides_others_are_asked_and_may(world):
    asked = (await world.seek(a_plan(), approvers=["ana"], escalate={"after": "1d", "to": ["eva"]})).request
    with pytest.raises(UsageError, match="eva may not decide"):
        await world.say("approve", asked, "eva")
    world.postbox.taken()
    world.clock.pass_(days=1)
    for _ in range(2):
        await remind_due(world.desk, world.clock.now())
    assert world.postbox.taken() == [("eva", "Nobody decided yet")]
    assert (await world.say("approve", asked, "eva")).by == ("eva",)


async def test_the_end_without_a_decision_is_told_once(world):
    asked = (await world.seek(a_plan(), approvers=["ana"], expires="1d")).request
    world.postbox.taken()
    world.clock.pass_(days=1)
    for _ in range(2):
        await remind_due(world.desk, world.clock.now())
    assert world.postbox.taken() == [("max", "Approval expired")]
    assert world.requests.opened() == []
    assert "approval_expired" in [entry.action for entry in world.audit.entries()]
    assert world.requests.find(asked.id).votes == ()


async def test_everything_said_is_in_the_audit_log(world):
    asked = (await world.seek(a_plan(), approvers=["ana"])).request
    await world.say("comment", asked, "ana", note="why so many?")
    await world.say("approve", asked, "ana")
    found = [(entry.operator, entry.action) for entry in world.audit.entries()]
    assert found == [("max", "ask_approval"), ("ana", "plan_comment"), ("ana", "plan_approve")]
    assert all(entry.detail["plan"] == a_plan().digest for entry in world.audit.entries())


async def test_a_request_is_never_there_without_its_entry_in_the_log(world):
    plan = a_plan()
    world.postbox.tell = dies
    with pytest.raises(Killed):
        await world.seek(plan, approvers=["ana"])
    assert [entry.action for entry in world.audit.entries()] == ["ask_approval"]
    del world.postbox.tell
    await world.seek(plan, approvers=["ana"])
    assert world.postbox.taken() == []  # whoever opened it may still be telling
    world.clock.pass_(minutes=2)
    await world.seek(plan, approvers=["ana"])
    await world.seek(plan, approvers=["ana"])
    assert world.postbox.taken() == [("ana", "Approval wanted")]


async def test_a_vote_is_never_there_without_its_entry_in_the_log_and_the_end_is_told(world):
    asked = await world.seek(a_plan(), approvers=["ana"])
    world.postbox.taken()
    world.postbox.tell = dies
    with pytest.raises(Killed):
        await world.say("approve", asked.request, "ana")
    assert [entry.action for entry in world.audit.entries()] == ["ask_approval", "plan_approve"]
    del world.postbox.tell
    world.clock.pass_(minutes=2)
    for _ in range(2):
        await remind_due(world.desk, world.clock.now())
    assert len(world.postbox.taken()) == 1


class Killed(Exception):
    """Stands for the death of the process."""


async def dies(_notices):
    raise Killed
