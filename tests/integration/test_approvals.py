"""Requests for approval on both stores: asked once, decided by those who may, found out when they were altered."""

import pytest

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
