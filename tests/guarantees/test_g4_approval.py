"""G4: what people have to agree to is not done before they agreed to exactly that, in full number, in time, and once."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

import pytest

from keepstep.core.approval import PlanVoteKind
from keepstep.core.authority import owner
from keepstep.core.guard import Override
from keepstep.core.plan import Plan
from keepstep.core.run import RunState
from keepstep.errors import ApprovalBroken, ApprovalMissing, GuardTripped, UsageError
from keepstep.ports import NoApprovals, Ports
from keepstep.usecases.apply import apply
from keepstep.usecases.approve import ApprovalDesk, ask_first
from keepstep.usecases.vote import Saying, vote
from tests.guarantees.test_g4_guards_act_first import Untouched, in_step, people
from tests.guarantees.world import INBOUND, OUTBOUND, World, hasty, reacting, unguarded

ASKED = {"approvers": ["ana", "ivo", "eva", "tester"], "need": 2, "not_requester": True}


@dataclass
class Silence:
    """Tells nobody."""

    def private(self, notice: object) -> bool:
        return False

    async def tell(self, notices: object) -> None:
        pass


def desk(ports: Ports) -> ApprovalDesk:
    return ApprovalDesk(
        requests=ports.approvals, journal=ports.journal, audit=ports.audit, clock=ports.clock, teller=Silence()
    )


async def ask(world: World, plan: Plan, rule: tuple, *, anew: bool = False) -> str:
    """Let somebody apply *plan*, so that people are asked; return the request."""
    async with world.ports() as ports:
        with pytest.raises(ApprovalMissing):
            await ask_first(desk(ports), ports, plan, rule[0], anew=anew)
        return ports.approvals.of_plan(plan.digest)[0].id


async def say(world: World, request: str, plan: Plan, *people: str, kind: str = "approve") -> None:
    async with world.ports() as ports:
        for person in people:
            saying = Saying(kind=PlanVoteKind(kind), plan=plan.digest)
            await vote(desk(ports), request, saying, by=owner(person))


@pytest.fixture(params=[OUTBOUND, INBOUND], ids=["outbound", "inbound"])
async def planned(request, world):
    """A plan of some changes on either side, of a rule that two of four have to agree to."""
    world.preset = hasty()
    rule = reacting(unguarded(request.param), approve=ASKED)
    await in_step(world, unguarded(request.param), range(8))
    people(world, rule, range(1, 9), changed=[2, 3])
    return world, await world.plan(rule, accept_size=True), rule


async def refused(world: World, plan: Plan, rule: tuple, text: str, **how: object) -> None:
    with Untouched(world):
        with pytest.raises(ApprovalMissing) as missing:
            await world.apply(plan, rule, **how)
        assert text in missing.value.message
        assert missing.value.hint
        async with world.ports() as ports:
            assert [run for run in ports.journal.runs() if run.plan == plan.digest] == []


async def test_nobody_is_touched_before_as_many_as_needed_agreed(planned):
    world, plan, rule = planned
    await refused(world, plan, rule, "and nobody was asked")
    await refused(world, plan, rule, "and nobody was asked", override=True)
    request = await ask(world, plan, rule)
    await refused(world, plan, rule, "waits for 2 of ana, ivo, eva, tester to approve")
    await say(world, request, plan, "ana")
    await refused(world, plan, rule, "waits for 1 of")
    await say(world, request, plan, "eva")
    assert (await world.apply(plan, rule)).state == "done"
    async with world.ports() as ports:
        (used,) = [one for one in ports.audit.entries() if one.action == "use_approval"]
    assert used.detail == {"plan": plan.digest, "request": request, "by": "ana, eva"}


async def test_who_applies_it_does_not_agree_to_it(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana")
    with pytest.raises(UsageError, match="tester may not decide"):
        await say(world, request, plan, "tester")
    await refused(world, plan, rule, "waits for 1 of")


async def test_a_rejected_plan_is_not_done(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana", "ivo")
    await say(world, request, plan, "eva", kind="reject")
    await refused(world, plan, rule, "was rejected by eva")


async def test_an_approval_is_good_for_no_other_plan(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana", "ivo")
    people(world, rule, range(1, 9), changed=[2, 3, 4])
    other = await world.plan(rule, accept_size=True)
    assert other.digest != plan.digest
    await refused(world, other, rule, "and nobody was asked")
    for less in (replace(plan, actions=plan.actions[:1]), replace(plan, actions=plan.actions[::-1])):
        await refused(world, less, rule, "and nobody was asked")
    await ask(world, other, rule)
    await refused(world, other, rule, "waits for 2 of")
    await refused(world, plan, rule, "was replaced by a newer plan")


async def test_an_approval_of_a_weaker_requirement_is_none(planned):
    world, plan, rule = planned
    weak = reacting(rule, approve={"approvers": ["ana"], "need": 1})
    request = await ask(world, plan, weak)
    await say(world, request, plan, "ana")
    await refused(world, plan, rule, "and nobody was asked")
    # who has to agree is no part of what is done, so the plan itself still stands
    assert (await world.apply(plan, weak)).state == "done"


async def test_an_approval_is_used_up_by_the_run_it_allowed(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana", "ivo")
    summary = await world.apply(plan, rule)
    with Untouched(world), pytest.raises(ApprovalMissing, match=f"was applied by run {summary.run.id}"):
        await world.apply(plan, rule)
    again = await ask(world, plan, rule)
    assert again != request


async def test_a_run_that_was_interrupted_goes_on_by_the_approval_it_began_with(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana", "ivo")
    async with world.ports() as ports:
        run = ports.journal.open_run(plan, operator="tester")
        ports.journal.close_run(run.id, RunState.RUNNING)
    summary = await world.apply(plan, rule)
    assert (summary.state, summary.run.id) == ("done", run.id)


async def test_a_vote_that_was_altered_lets_nothing_pass(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana", "ivo")
    with sqlite3.connect(world.home / "keepstep.db") as database:
        database.execute("UPDATE plan_votes SET operator = 'eva' WHERE operator = 'ivo'")
    with Untouched(world), pytest.raises(ApprovalBroken, match="vote 2"):
        await world.apply(plan, rule)


async def test_a_requirement_that_was_weakened_where_it_is_kept_lets_nothing_pass(planned):
    world, plan, rule = planned
    request = await ask(world, plan, rule)
    await say(world, request, plan, "ana")
    with sqlite3.connect(world.home / "keepstep.db") as database:
        database.execute("UPDATE approval_requests SET requirement = replace(requirement, '\"need\":2', '\"need\":1')")
    with Untouched(world), pytest.raises(ApprovalBroken, match=request):
        await world.apply(plan, rule)


async def test_where_nobody_could_be_asked_nothing_is_done(planned):
    world, plan, rule = planned
    with Untouched(world), pytest.raises(ApprovalMissing):
        async with world.ports() as ports:
            await apply(replace(ports, approvals=NoApprovals()), plan, *rule)


async def test_beyond_a_guard_both_leave_and_approval_are_needed(world):
    world.preset = hasty()
    rule = reacting(OUTBOUND, approve={**ASKED, "need": 1, "by_guard": True})
    await in_step(world, unguarded(OUTBOUND), range(20))
    people(world, rule, range(1, 20))
    small = await world.plan(rule, accept_size=True)
    assert (await world.apply(small, rule)).state == "done"
    people(world, rule, range(8, 20))
    large = await world.plan(rule, accept_size=True)
    await refused(world, large, rule, "and nobody was asked", override=True)
    request = await ask(world, large, rule)
    await say(world, request, large, "ana")
    with Untouched(world), pytest.raises(GuardTripped):
        await world.apply(large, rule)
    async with world.ports() as ports:
        override = Override(operator="tester", reason="the branch was closed")
        assert (await apply(ports, large, *rule, override=override)).state == "done"


@pytest.mark.parametrize("size", [2, 3])
async def test_above_a_size_people_have_to_agree(world, size):
    world.preset = hasty()
    rule = reacting(unguarded(OUTBOUND), approve={"above": 2})
    people(world, rule, range(size))
    plan = await world.plan(rule)
    if size > 2:
        await refused(world, plan, rule, "needs 1 of anybody to approve")
    else:
        assert (await world.apply(plan, rule)).state == "done"


async def test_a_plan_that_does_nothing_needs_nobody(world):
    rule = reacting(OUTBOUND, approve=ASKED)
    plan = await world.plan(rule)
    assert plan.empty
    assert (await world.apply(plan, rule)).state == "done"
