"""What is altered in the database behind the back of the program is found, and nothing is applied by it."""

import pytest
from sqlalchemy import delete, update

from keepstep.errors import ApprovalBroken, KeepstepError, UsageError
from keepstep.store.approvals import REQUEST, VOTE
from keepstep.store.key_source import create_master_key
from keepstep.store.tables import PLAN_PARTS
from keepstep.store.tables_approval import APPROVAL_REQUESTS, PLAN_VOTES
from keepstep.usecases.remind import remind_due
from tests.integration.approval_world import ApprovalWorld
from tests.integration.store_world import a_plan


@pytest.fixture
def world(database, tmp_path):
    return ApprovalWorld(database, tmp_path)


@pytest.fixture
async def voted(world):
    """A request with one vote of two that it needs."""
    asked = (await world.seek(a_plan(), approvers=["ana", "ivo"], need=2, tripped=True)).request
    await world.say("approve", asked, "ana", note="fine")
    return asked


def flipped(held):
    """Return *held* with one character changed, or one more where there is none."""
    if isinstance(held, int):
        return held + 1
    return held[:-1] + ("1" if held[-1:] != "1" else "2")


async def found_out(world, text):
    with pytest.raises(ApprovalBroken, match=text) as caught:
        world.requests.of_plan(a_plan().digest)
    assert "nothing is applied by it" in caught.value.hint
    with pytest.raises(ApprovalBroken, match=text):
        await world.seek(a_plan(), approvers=["ana", "ivo"], need=2, tripped=True)


@pytest.mark.parametrize("column", [*VOTE, "seal"])
async def test_one_changed_character_of_a_vote_is_found(world, voted, column):
    world.alter("plan_votes", column, flipped)
    await found_out(world, f"vote 1 on the request for approval {voted.id} was altered")


# The id and the plan are how a request is found: one that has others is not this request any more.
@pytest.mark.parametrize("column", [*(name for name in REQUEST if name not in {"id", "plan"}), "seal"])
async def test_one_changed_character_of_a_request_is_found(world, voted, column):
    world.alter("approval_requests", column, flipped)
    await found_out(world, f"the request for approval {voted.id} was altered")


async def test_an_approval_that_is_moved_to_another_plan_is_found(world, voted):
    other = a_plan(2)
    world.journal.save_plan(other)
    world.alter("approval_requests", "plan", lambda _: other.digest)
    with pytest.raises(ApprovalBroken, match="was altered"):
        world.requests.of_plan(other.digest)


async def test_a_vote_that_is_moved_to_another_request_is_found(world, voted):
    other = (await world.seek(a_plan(), purpose="weekly", approvers=["ana", "ivo"])).request
    numbers = {row.id: row.number for row in rows(world, APPROVAL_REQUESTS)}
    with world.database.write() as connection:
        connection.execute(update(PLAN_VOTES).values(request=numbers[other.id]))
    with pytest.raises(ApprovalBroken, match="vote 1 on the request"):
        world.requests.find(other.id)
    with pytest.raises(ApprovalBroken, match="request for approval"):
        world.requests.find(voted.id)


async def test_a_vote_that_is_taken_away_is_found(world):
    asked = (await world.seek(a_plan())).request
    await world.say("reject", asked, "ivo")
    with world.database.write() as connection:
        connection.execute(delete(PLAN_VOTES))
    with pytest.raises(ApprovalBroken, match="was altered"):
        world.requests.find(asked.id)


async def test_a_vote_that_is_copied_counts_for_nothing(world, voted):
    (row,) = rows(world, PLAN_VOTES)
    with world.database.write() as connection:
        connection.execute(PLAN_VOTES.insert(), {**row._mapping, "position": 1})
    with pytest.raises(ApprovalBroken, match="was altered"):
        world.requests.find(voted.id)


async def test_a_vote_made_with_the_key_of_another_home_is_found(world, voted, tmp_path):
    (tmp_path / "master.key").unlink()
    create_master_key(tmp_path / "master.key")
    with pytest.raises(ApprovalBroken, match="vote 1"):
        ApprovalWorld(world.database, tmp_path).requests.find(voted.id)


@pytest.mark.parametrize("change", ["byte", "whole"])
async def test_a_plan_that_is_changed_where_it_is_kept_is_shown_to_nobody(world, voted, change):
    if change == "byte":
        world.alter("plan_parts", "lines", lambda lines: lines.replace("Anna", "Hanna", 1))
    else:
        world.journal.save_plan(a_plan(1))
        kept = {row.digest: row.lines for row in rows(world, PLAN_PARTS)}
        with world.database.write() as connection:
            ours = PLAN_PARTS.c.digest == voted.plan
            connection.execute(update(PLAN_PARTS).where(ours).values(lines=kept[a_plan(1).digest]))
    with pytest.raises(KeepstepError, match=r"checksum|is another plan") as caught:
        world.journal.plan(voted.plan)
    assert caught.value.hint


async def test_a_request_that_was_altered_holds_up_no_other_and_is_told_once(world, voted):
    other = (await world.seek(a_plan(2), purpose="weekly", approvers=["eva"], expires="1d")).request
    with world.database.write() as connection:
        connection.execute(update(PLAN_VOTES).values(note="all fine"))
    world.postbox.taken()
    world.clock.pass_(days=1)
    lines = await remind_due(world.desk, world.clock.now()) + await remind_due(world.desk, world.clock.now())
    (told,) = (line for line in lines if "altered" in line)
    assert told.startswith(f"vote 1 on the request for approval {voted.id} was altered: the database was changed")
    assert world.postbox.taken() == [("max", "Approval expired")]
    assert world.requests.opened() == [voted.id]
    with pytest.raises(UsageError, match="is expired"):
        await world.say("approve", other, "eva")


def rows(world, table):
    with world.database.read() as connection:
        return connection.execute(table.select()).all()
